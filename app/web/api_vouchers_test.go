package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cairn/app/web/api"
	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// StatementKey implements api.Shops.
func (f *fakeShops) StatementKey() ([32]byte, bool) { return [32]byte{7}, true }

// refusingShops refuse everything with an error.
type refusingShops struct {
	api.Shops
	err error
}

func (r refusingShops) Shop(context.Context, string) (voucher.Shop, error) {
	return voucher.Shop{}, r.err
}

func (r refusingShops) Liability(context.Context, string) (voucher.Liability, error) {
	return voucher.Liability{}, r.err
}

func (r refusingShops) Look(context.Context, bearer.Name) (voucher.Info, error) {
	return voucher.Info{}, r.err
}

func (r refusingShops) Plan(context.Context, voucher.Key, bearer.Name, int64) (voucher.Plan, error) {
	return voucher.Plan{}, r.err
}

func (r refusingShops) Redeem(context.Context, voucher.Key, voucher.Redemption) (voucher.Booking, error) {
	return voucher.Booking{}, r.err
}

func (r refusingShops) Undo(context.Context, voucher.Key, int64) (voucher.Booking, error) {
	return voucher.Booking{}, r.err
}

func (r refusingShops) Bookings(context.Context, voucher.Key, int64, int) ([]voucher.Booking, error) {
	return nil, r.err
}

func (r refusingShops) Report(context.Context, voucher.Key, time.Time, time.Time) (voucher.Report, error) {
	return voucher.Report{}, r.err
}

// redeems checks a voucher, redeems and undoes as the software of a shop does, and
// asks for all that can be refused.
func (c *apiContract) redeems(t *testing.T) {
	books := newFakeShops(time.Now)
	s := newSite(t, func(_ *Config, d *Deps) { d.API.Shops = books })
	name := books.order[0]
	key := []string{"Authorization", "Bearer " + voucher.Key{1}.Text()}
	asked := append([]string{"Content-Type", asJSON}, key...)
	at := "/api/v1/vouchers/" + name.String()
	const shop = "/api/v1/shops/corner-bookshop"

	wantStatus(t, c.ask(s, "GET", shop, ""), http.StatusOK)
	wantStatus(t, c.ask(s, "GET", shop+"/liability", ""), http.StatusOK)
	wantStatus(t, c.ask(s, "GET", at, ""), http.StatusOK)
	w := c.ask(s, "POST", at+"/plan", `{"units":1}`, asked...)
	wantStatus(t, w, http.StatusOK)
	signed := signedPlan(t, w.Body.Bytes(), fakeSecret(0))
	redeem := fmt.Sprintf(`{"units":1,"signed":"%s","request":"%032x","note":"bill 12","offline_at":"2026-11-22T09:00:00+01:00"}`, signed, 7)
	w = c.ask(s, "POST", at+"/redeem", redeem, asked...)
	wantStatus(t, w, http.StatusOK)
	var booked struct{ Number int64 }
	if err := json.Unmarshal(w.Body.Bytes(), &booked); err != nil {
		t.Fatal(err)
	}
	again := c.ask(s, "POST", at+"/redeem", redeem, asked...)
	if !strings.Contains(again.Body.String(), fmt.Sprintf(`"number":%d,`, booked.Number)) {
		t.Errorf("booked as %d, then %s", booked.Number, again.Body)
	}
	wantStatus(t, c.ask(s, "GET", "/api/v1/redemptions?limit=5", "", key...), http.StatusOK)
	wantStatus(t, c.ask(s, "GET", "/api/v1/redemptions/report?from=2026-11-01&to=2026-11-22", "", key...), http.StatusOK)
	undo := fmt.Sprintf("/api/v1/redemptions/%d/undo", booked.Number)
	wantStatus(t, c.ask(s, "POST", undo, "", key...), http.StatusOK)

	// What is asked wrongly.
	for _, path := range []string{at + "/plan", at + "/redeem"} {
		c.fails(s, 404, "unknown-key", "POST", path, `{"units":1}`, "Content-Type", asJSON)
		c.fails(s, 404, "unknown-key", "POST", path, `{"units":1}`, "Content-Type", asJSON, "Authorization", "Bearer "+strings.Repeat("x", 32))
		c.fails(s, 400, "bad-json", "POST", path, `{"units":"1"}`, asked...)
		c.fails(s, 413, "too-large", "POST", path, `{"note":"`+strings.Repeat("x", 17<<10)+`"}`, asked...)
		c.fails(s, 415, "media-type", "POST", path, "units=1", key...)
	}
	c.fails(s, 422, "bad-voucher", "GET", "/api/v1/vouchers/"+strings.Repeat("z", 32), "")
	c.fails(s, 422, "bad-voucher", "POST", "/api/v1/vouchers/12/plan", `{"units":1}`, asked...)
	c.fails(s, 422, "request-reused", "POST", at+"/redeem", `{"units":1,"signed":"","request":""}`, asked...)
	c.fails(s, 422, "bad-voucher-transaction", "POST", at+"/redeem", fmt.Sprintf(`{"units":1,"signed":"zz","request":"%032x"}`, 8), asked...)
	c.fails(s, 404, "unknown-key", "GET", "/api/v1/redemptions", "")
	c.fails(s, 404, "unknown-key", "GET", "/api/v1/redemptions/report?from=2026-11-01&to=2026-11-22", "")
	c.fails(s, 404, "unknown-key", "POST", undo, "")
	c.fails(s, 404, "unknown-redemption", "POST", "/api/v1/redemptions/99999999999999999999/undo", "", key...)
	c.fails(s, 422, "page", "GET", "/api/v1/redemptions?before=x", "", key...)
	c.fails(s, 422, "page", "GET", "/api/v1/redemptions?limit=-1", "", key...)
	c.fails(s, 422, "bad-days", "GET", "/api/v1/redemptions/report?from=yesterday&to=2026-11-22", "", key...)
	c.fails(s, 422, "bad-days", "GET", "/api/v1/redemptions/report?from=2026-11-22", "", key...)

	c.refusals(t, books, redeem, at, undo, shop, asked, key)
	if text := s.log.String(); strings.Contains(text, voucher.Key{1}.Text()) || strings.Contains(text, name.String()) {
		t.Error("the log tells a key or a voucher")
	}
	nothing := newSite(t, func(_ *Config, d *Deps) { d.API.Shops = nil })
	c.fails(nothing, 404, "not-found", "GET", at, "")
}

// refusals are those of the books, each with its name.
func (c *apiContract) refusals(t *testing.T, books *fakeShops, redeem, at, undo, shop string, asked, key []string) {
	for _, x := range []struct {
		err    error
		status int
		kind   string
	}{
		{voucher.ErrUnknown, 404, "unknown-voucher"},
		{voucher.ErrRevoked, 403, "key-revoked"},
		{voucher.ErrRole, 403, "other-role"},
		{voucher.ErrWords, 422, "words"},
		{voucher.ErrPlanned, 422, "voucher-planned"},
		{voucher.ErrOtherShop, 422, "other-shop"},
		{voucher.ErrExpired, 422, "voucher-expired"},
		{voucher.ErrRedeemed, 409, "voucher-redeemed"},
		{voucher.ErrInsufficient, 409, "too-little-left"},
		{voucher.ErrChanged, 409, "voucher-changed"},
		{voucher.ErrGone, 410, "voucher-gone"},
		{voucher.ErrGivenUp, 410, "voucher-given-up"},
		{voucher.ErrUndone, 410, "redemption-undone"},
		{voucher.ErrMoving, 425, "voucher-moving"},
		{bearer.ErrSignature, 422, "voucher-signature"},
	} {
		refusing := newSite(t, func(_ *Config, d *Deps) { d.API.Shops = refusingShops{books, x.err} })
		c.fails(refusing, x.status, x.kind, "POST", at+"/plan", `{"units":1}`, asked...)
		c.fails(refusing, x.status, x.kind, "POST", at+"/redeem", redeem, asked...)
	}
	refusing := func(err error) *site {
		return newSite(t, func(_ *Config, d *Deps) { d.API.Shops = refusingShops{books, err} })
	}
	c.fails(refusing(voucher.ErrShop), 404, "unknown-shop", "GET", shop, "")
	c.fails(refusing(voucher.ErrShop), 404, "unknown-shop", "GET", shop+"/liability", "")
	c.fails(refusing(voucher.ErrUnknown), 404, "unknown-voucher", "GET", at, "")
	c.fails(refusing(voucher.ErrRole), 403, "other-role", "GET", "/api/v1/redemptions/report?from=2026-11-01&to=2026-11-22", "", key...)
	c.fails(refusing(voucher.ErrRevoked), 403, "key-revoked", "GET", "/api/v1/redemptions", "", key...)
	c.fails(refusing(voucher.ErrRole), 403, "other-role", "POST", undo, "", key...)
	c.fails(refusing(voucher.ErrTooLate), 410, "too-late", "POST", undo, "", key...)
	c.fails(refusing(voucher.ErrOrder), 422, "undo-later-first", "POST", undo, "", key...)

	limited := newSite(t, func(cfg *Config, d *Deps) { cfg.APIRate, d.API.Shops = 1, books })
	for range 2 {
		c.ask(limited, "GET", at, "")
	}
	for _, path := range []string{shop, shop + "/liability", at, "/api/v1/redemptions", "/api/v1/redemptions/report?from=2026-11-01&to=2026-11-22"} {
		c.fails(limited, 429, "too-many-requests", "GET", path, "", key...)
	}
	for _, path := range []string{at + "/plan", at + "/redeem", undo} {
		c.fails(limited, 429, "too-many-requests", "POST", path, redeem, asked...)
	}
}

// signedPlan signs what a plan tells, and nothing else, with a voucher's key.
func signedPlan(t *testing.T, answer []byte, secret bearer.Secret) string {
	t.Helper()
	var plan struct {
		Transaction string `json:"transaction"`
		ValueSat    int64  `json:"value_sat"`
		Script      string `json:"script"`
		InternalKey string `json:"internal_key"`
	}
	if err := json.Unmarshal(answer, &plan); err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(plan.Transaction)
	if err != nil {
		t.Fatal(err)
	}
	tx := wire.NewMsgTx(0)
	if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	out, err := secret.Output(bearer.Terms{})
	if err != nil {
		t.Fatal(err)
	}
	script, err := hex.DecodeString(plan.Script)
	if err != nil || !out.Is(script) || hex.EncodeToString(out.Inner[:]) != plan.InternalKey {
		t.Errorf("%s is another voucher's script, or %s its key: %v", plan.Script, plan.InternalKey, err)
	}
	if err := bearer.SignKey(tx, bearer.Coin{OutPoint: tx.TxIn[0].PreviousOutPoint, Value: btcutil.Amount(plan.ValueSat), Output: out}, secret); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b.Bytes())
}
