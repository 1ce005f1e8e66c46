package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/lnurl"
)

// credited is a site with a browser that has so much credit.
func credited(t *testing.T, sat int64, change ...func(*Config, *Deps)) (s *site, cookie string) {
	t.Helper()
	s = newSite(t, change...)
	go s.payouts.Run(t.Context())
	cookie, client := bought(byte(len(t.Name())) % 20)
	s.earn(client, sat)
	return s, cookie
}

// earn gives a client credit, as a payment that was given back.
func (s *site) earn(client string, sat int64) fees.Quote {
	s.t.Helper()
	ctx := s.t.Context()
	q, err := s.till.Quote(ctx, fees.Request{What: "donation", Client: client, Price: amount.MilliSatoshi(sat) * amount.PerSatoshi, Expiry: 60e9})
	if err == nil {
		err = s.till.Settle(ctx, invoice.Settlement{Hash: q.InvoiceHash, Paid: q.Price, At: s.cfg.Now()})
	}
	if err == nil {
		q, err = s.till.Return(ctx, q.ID)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return q
}

func (s *site) payOut(cookie, text string, more ...string) string {
	s.t.Helper()
	form := url.Values{"from": {"browser"}, "invoice": {text}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	w := s.ask("POST", "/credit", form.Encode(), "Cookie", cookie)
	if w.Code != http.StatusSeeOther {
		return w.Body.String()
	}
	page := s.ask("GET", w.Header().Get("Location"), "", "Cookie", cookie)
	wantStatus(s.t, page, http.StatusOK)
	checkMarkup(s.t, "/credit", page)
	return page.Body.String()
}

func TestCreditIsPaidOut(t *testing.T) {
	s, cookie := credited(t, 2_000)
	page := s.ask("GET", "/credit", "", "Cookie", cookie)
	checkMarkup(t, "/credit", page)
	says(t, page.Body.String(), "2,000 sat", "1,980 sat", `name="from" value="browser"`)
	saysNot(t, page.Body.String(), "LNURL") // wallets follow secure addresses alone
	says(t, s.payOut(cookie, " paper-1000-ann\n"), "1,000 sat", "arrived in your wallet", "1.25 sat", "998.75 sat")
	says(t, s.payOut(cookie, "paper-500-nobody"), "Nothing was sent", "No way to your wallet", "998.75 sat")
	says(t, s.payOut(cookie, "hello"), "invoice")
	says(t, s.payOut(cookie, "paper-1000-ann"), "used for a payout already")
	says(t, s.payOut(cookie, "paper-2000-bob"), "credit")
	says(t, s.payOut("", "paper-10-thief"), "no credit here")
	if strings.Contains(s.log.String(), "paper-") {
		t.Error("the log has an invoice")
	}
}

// Credit of a payment that nobody's name is on belongs to whoever has its number.
func TestCreditOfAPayment(t *testing.T) {
	s, cookie := credited(t, 2_000)
	q := s.earn("", 3_000)
	page := s.ask("GET", "/credit?quote="+q.ID.String(), "", "Cookie", cookie).Body.String()
	says(t, page, "2,970 sat", "1,980 sat", `value="payment"`, `type="radio"`)
	says(t, s.payOut("", "paper-2500-ann", "from", "payment", "quote", q.ID.String()), "2,500 sat", "arrived")
	_, other := bought(19)
	named := s.earn(other, 500)
	saysNot(t, s.ask("GET", "/credit?quote="+named.ID.String(), "").Body.String(), "495 sat")
	says(t, s.payOut("", "paper-400-thief", "from", "payment", "quote", named.ID.String()), "no credit here")
	wantStatus(t, s.ask("GET", "/credit?quote=7", ""), http.StatusNotFound)
}

// A wallet takes the credit by LUD-03, once.
func TestWalletTakesCredit(t *testing.T) {
	s, cookie := credited(t, 2_000, func(c *Config, _ *Deps) { c.PublicURL = "https://cairn.example" })
	cookie = "__Host-" + cookie
	w := s.ask("POST", "/credit/offer", "from=browser", "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	wantStatus(t, w, http.StatusOK)
	checkMarkup(t, "/credit/offer", w)
	_, text, _ := strings.Cut(w.Body.String(), `data-copy="`)
	text, _, _ = strings.Cut(text, `"`)
	link, err := lnurl.Decode(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	path := strings.TrimPrefix(link, "https://cairn.example")
	var offer struct {
		Tag, Callback, K1, DefaultDescription string
		MinWithdrawable, MaxWithdrawable      int64
	}
	get := func(path string, into any) {
		t.Helper()
		w := s.ask("GET", path, "")
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil || w.Code != 200 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	get(path, &offer)
	if offer.Tag != "withdrawRequest" || offer.MinWithdrawable != 1000 || offer.MaxWithdrawable != 1_980_000 || offer.DefaultDescription == "" {
		t.Fatalf("%+v", offer)
	}
	type answer struct{ Status, Reason string }
	var said answer
	take := func(text, want string) {
		t.Helper()
		said = answer{}
		get(strings.TrimPrefix(offer.Callback, "https://cairn.example")+"?k1="+offer.K1+"&pr="+text, &said)
		if said.Status != want || (want == "ERROR") != (said.Reason != "") {
			t.Errorf("%s: %+v", text, said)
		}
	}
	take("paper-1981-ann", "ERROR")
	take("nonsense", "ERROR")
	take("paper-1980-ann", "OK")
	take("paper-10-again", "ERROR")
	get(path, &said)
	if said.Status != "ERROR" {
		t.Errorf("a used offer: %+v", said)
	}
	get("/lnurl/withdraw?k1=7", &said)
	if said.Status != "ERROR" || strings.Contains(s.log.String(), offer.K1) {
		t.Errorf("%+v, or the log has the word", said)
	}
}
