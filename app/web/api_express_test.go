package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"cairn/app/paywall"
	"cairn/chain"
	"cairn/channels/fees"
	"cairn/channels/l402"
	"cairn/channels/mpp"
	"cairn/notary"
	"cairn/notary/express"
)

// sellsExpress gives every answer about transactions of their own.
func (c *apiContract) sellsExpress(t *testing.T) {
	s := newSite(t, func(_ *Config, d *Deps) { d.API.Wall = newWall(t, d.Till.(paywall.Till), 10) })
	const path = "/api/v1/express"
	d := notary.Digest{77}
	body := `{"digest":"` + d.String() + `"}`
	fails := func(status int, kind, body string, header ...string) {
		t.Helper()
		c.fails(s, status, kind, "POST", path, body, append([]string{"Content-Type", asJSON}, header...)...)
	}
	for i := range byte(4) {
		if _, err := s.notary.Stamp(t.Context(), notary.Digest{77 + i}); err != nil { // as the shop does
			t.Fatal(err)
		}
	}
	fails(400, "bad-json", `{"form":"plain"}`)
	fails(413, "too-large", `{"digest":"`+strings.Repeat(" ", 5000)+`"}`)
	fails(422, "digest-length", `{"digest":"ab"}`)
	fails(422, "form", `{"digest":"`+d.String()+`","form":"gold"}`)
	c.fails(s, 415, "media-type", "POST", path, body, "Content-Type", "text/plain")

	offered := func(body string) (o priced) {
		t.Helper()
		w := c.ask(s, "POST", path, body, "Content-Type", asJSON)
		if w.Code != http.StatusPaymentRequired {
			t.Fatalf("%d %s\n%s", w.Code, w.Body, s.log)
		}
		if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		o.challenges = w.Header().Values("WWW-Authenticate")
		return o
	}
	o := offered(body)
	if o.Kind != "payment-required" || o.Payment.Sat != 1234 || o.Payment.Digests != 0 || o.Payment.OnChain == nil || len(o.challenges) != 2 {
		t.Errorf("the offer is %+v", o)
	}
	bearer := func(o priced) []string { return []string{"Authorization", "Bearer " + o.Payment.Quote} }
	fails(402, "not-paid", body, bearer(o)...)
	token, _, err := l402.ParseChallenge(o.challenges)
	if err != nil {
		t.Fatal(err)
	}
	id, err := fees.ParseID(o.Payment.Quote)
	if err != nil {
		t.Fatal(err)
	}
	s.paid(s.quote(id), 0)
	credential := []string{"Authorization", l402.Credential{Token: token, Preimage: s.till.Preimage(id)}.Header()}
	for range 2 { // it may be asked again and again
		w := c.ask(s, "POST", path, body, append(credential, "Content-Type", asJSON)...)
		wantStatus(t, w, http.StatusAccepted)
		wantText(t, w, `"digest":"`+d.String()+`"`)
	}
	challenges, err := mpp.ParseChallenges(o.challenges)
	if err != nil {
		t.Fatal(err)
	}
	header, err := challenges[0].Pay(s.till.Preimage(id)).Header()
	if err != nil {
		t.Fatal(err)
	}
	if w := c.ask(s, "POST", path, body, "Authorization", header, "Content-Type", asJSON); w.Code != http.StatusAccepted || w.Header().Get("Payment-Receipt") == "" {
		t.Errorf("paid by the other scheme: %d %s", w.Code, w.Body)
	}
	// It pays for nothing else.
	fails(401, "other-purchase", `{"digest":"`+hexDigest(78)+`"}`, credential...)
	fails(401, "other-purchase", `{"digest":"`+d.String()+`","form":"docproof"}`, credential...)
	if w := c.ask(s, "POST", "/api/v1/stamps", lines(200), append(credential, "Content-Type", asNDJSON)...); !strings.Contains(w.Body.String(), `"kind":"token-service"`) {
		t.Errorf("a token for this at another route: %s", w.Body)
	}

	if _, err := s.till.Return(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	fails(409, "returned", body, credential...)
	late := offered(`{"digest":"` + hexDigest(79) + `"}`)
	if _, err := s.till.db.Writer().Exec(`UPDATE quotes SET expires_at = 5 WHERE address = '` + late.Payment.OnChain.Address + `'`); err != nil {
		t.Fatal(err)
	}
	if err := s.till.PayOnChain(t.Context(), late.Payment.OnChain.Address, 1234); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.till.mine(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fails(409, "late", `{"digest":"`+hexDigest(79)+`"}`, bearer(late)...)

	for _, why := range []struct {
		err    error
		status int
		kind   string
	}{
		{express.ErrOrdered, 409, "express-ordered"},
		{express.ErrComplete, 409, "complete"},
		{express.ErrDear, 503, "network-fees"},
		{express.ErrNoRate, 503, "network-fees"},
		{chain.ErrFeeCap, 503, "fee-cap"},
		{chain.ErrNoFunds, 503, "no-funds"},
		{notary.ErrStorage, 507, "storage"},
		{errors.New("oops"), 500, "internal"},
	} {
		s.express.refuse(nil, why.err)
		fails(why.status, why.kind, `{"digest":"`+hexDigest(80)+`"}`)
	}
	s.express.refuse(nil, nil)
	w := c.ask(s, "POST", path, body, "Content-Type", asJSON)
	for range 40 {
		if w.Code == http.StatusTooManyRequests {
			break
		}
		w = c.ask(s, "POST", path, body, "Content-Type", asJSON)
	}
	wantStatus(t, w, http.StatusTooManyRequests)
	none := newSite(t, func(_ *Config, d *Deps) { d.API.Wall = newWall(t, d.Till.(paywall.Till), 10); d.Express = nil })
	c.fails(none, 503, "unpayable", "POST", path, body, "Content-Type", asJSON)
}
