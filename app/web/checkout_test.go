package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/notary"
	"cairn/templates/checkout"

	"github.com/btcsuite/btcd/btcutil"
)

// bought is a browser that has bought before, another one for each b of a
// test: its cookie, and the name under which it buys.
func bought(b byte) (cookie, client string) {
	number := make([]byte, buyerBytes)
	rand.Read(number) //nolint:errcheck // never fails
	number[0] = b
	return "cairn-buyer=" + hex.EncodeToString(number), browserName(number)
}

func (s *site) see(q fees.Quote, header ...string) string {
	s.t.Helper()
	w := s.ask("GET", payPath(q.ID), "", header...)
	wantStatus(s.t, w, http.StatusOK)
	checkMarkup(s.t, payPath(q.ID), w)
	return w.Body.String()
}

func says(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("%q is not in the page:\n%s", text, page)
		}
	}
}

func saysNot(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			t.Errorf("%q is in the page", text)
		}
	}
}

// moved lets a test move a site's clock by hand.
func moved(now *time.Time) func(*Config, *Deps) {
	*now = time.Now()
	return func(c *Config, _ *Deps) { c.Now = func() time.Time { return *now } }
}

func TestCheckoutAsksWithOneTextInAllPlaces(t *testing.T) {
	s := newSite(t)
	q := s.asked("")
	unified := "bitcoin:" + strings.ToUpper(q.Address) + "?amount=0.00001234&amp;lightning=" + strings.ToUpper(q.Invoice)
	page := s.see(q)
	says(t, page, "Pay <span class=\"num\">1,234 sat</span>", "Own transaction for one document",
		`data-copy="`+unified+`"`, `href="`+unified+`"`, `data-webln="`+q.Invoice+`"`, `<svg class="qr"`,
		payPath(q.ID)+"?only=lightning", payPath(q.ID)+"?only=chain", `hx-sse:connect="`+payPath(q.ID)+`/events"`,
		`<noscript><meta http-equiv="refresh" content="10">`, `<meta name="robots" content="noindex">`)

	lightning := s.ask("GET", payPath(q.ID)+"?only=lightning", "").Body.String()
	says(t, lightning, `data-copy="LIGHTNING:`+strings.ToUpper(q.Invoice)+`"`, `href="lightning:`+strings.ToUpper(q.Invoice)+`"`, `events?only=lightning`)
	saysNot(t, lightning, strings.ToUpper(q.Address))
	chain := s.ask("GET", payPath(q.ID)+"?only=chain", "").Body.String()
	says(t, chain, `data-copy="bitcoin:`+strings.ToUpper(q.Address)+`?amount=0.00001234"`)
	saysNot(t, chain, strings.ToUpper(q.Invoice), "data-webln")

	if got := s.ask("GET", payPath(q.ID), "").Header().Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	if strings.Contains(s.log.String(), q.ID.String()) {
		t.Error("the log tells the number of a quote, which opens its page")
	}
}

func TestCheckoutWithoutLightning(t *testing.T) {
	s := newSite(t)
	s.till.noRoute = true
	q := s.asked("")
	page := s.see(q)
	says(t, page, "Lightning cannot take this payment just now", "The payment counts after 2 blocks.",
		`data-copy="bitcoin:`+strings.ToUpper(q.Address)+`?amount=0.00001234"`)
	saysNot(t, page, `class="ways"`, "data-webln")
}

func TestQuotesThatAreNone(t *testing.T) {
	s := newSite(t)
	for _, id := range []string{strings.Repeat("0", 32), "x", strings.Repeat("0", 31), "%2e%2e"} {
		for _, rest := range []string{"", "/events", "/receipt.txt", "/receipt.json"} {
			wantStatus(t, s.ask("GET", "/pay/"+id+rest, ""), http.StatusNotFound)
		}
		for _, action := range []string{"/again", "/return", "/credit", "/sandbox"} {
			wantStatus(t, s.ask("POST", "/pay/"+id+action, ""), http.StatusNotFound)
		}
	}
	none := newSite(t, func(_ *Config, d *Deps) { d.Till = nil })
	for _, path := range []string{"/purchases", "/pay/" + strings.Repeat("0", 32)} {
		wantStatus(t, none.ask("GET", path, ""), http.StatusNotFound)
	}
}

func TestPaidOverLightningIsAReceipt(t *testing.T) {
	s := newSite(t)
	cookie, client := bought(1)
	q := s.asked(client)
	wantStatus(t, s.ask("GET", payPath(q.ID)+"/receipt.txt", ""), http.StatusConflict)
	s.paid(q, 0)
	preimage := s.till.Preimage(q.ID).Text()

	page := s.see(q, "Cookie", cookie)
	says(t, page, "Paid. Thank you.", "is being made", "Over Lightning", q.InvoiceHash.String(), preimage,
		"I changed my mind", "/proof/"+notary.Digest{42}.String(), `hx-sse:connect`)
	saysNot(t, page, `<svg class="qr"`, "data-webln")

	if _, err := s.till.Use(t.Context(), fees.Use{ID: q.ID, For: "test/1"}); err != nil {
		t.Fatal(err)
	}
	page = s.see(q, "Cookie", cookie)
	says(t, page, "What you bought is yours.", preimage)
	saysNot(t, page, "I changed my mind", "hx-sse:connect", "http-equiv")

	// Whoever the buyer sends the page to sees the receipt, not its proof.
	stranger, _ := bought(2)
	for _, header := range [][]string{{}, {"Cookie", stranger}, {"Cookie", "cairn-buyer=" + strings.Repeat("z", 32)}} {
		saysNot(t, s.see(q, header...), preimage)
		saysNot(t, s.ask("GET", payPath(q.ID)+"/receipt.json", "", header...).Body.String(), preimage)
	}

	text := s.ask("GET", payPath(q.ID)+"/receipt.txt", "", "Cookie", cookie)
	wantStatus(t, text, http.StatusOK)
	wantText(t, text, "Receipt", "Seller: http://cairn.test", "Own transaction for one document "+notary.Digest{42}.String(), "Price: 1,234 sat",
		"Over Lightning: 1,234 sat", "Payment hash: "+q.InvoiceHash.String(), "Proof of payment: "+preimage, "Number: "+q.ID.String())
	if got := text.Header().Get("Content-Type"); got != "text/plain; charset=UTF-8" {
		t.Errorf("Content-Type %q", got)
	}
	chinese := s.ask("GET", payPath(q.ID)+"/receipt.txt", "", "Cookie", cookie, "Accept-Language", "zh")
	wantText(t, chinese, "收据", "价格：1,234 sat")

	answer := s.ask("GET", payPath(q.ID)+"/receipt.json", "", "Cookie", cookie)
	wantStatus(t, answer, http.StatusOK)
	var r checkout.Receipt
	if err := json.Unmarshal(answer.Body.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Quote != q.ID.String() || r.Price != 1_234_000 || r.Hash != q.InvoiceHash.String() || r.Preimage != preimage ||
		len(r.Payments) != 1 || r.Payments[0].Way != fees.OverLightning || r.Payments[0].Settled == nil || r.PaidAt.IsZero() {
		t.Errorf("receipt %+v", r)
	}
}

// A payment on chain proves itself by its transaction; the preimage of the
// invoice, which nobody paid, stays a secret.
func TestPaidOnChainStepByStep(t *testing.T) {
	s := newSite(t)
	cookie, client := bought(3)
	q := s.asked(client)
	pay := func(sat int64) {
		t.Helper()
		if err := s.till.PayOnChain(t.Context(), q.Address, btcutil.Amount(sat)); err != nil {
			t.Fatal(err)
		}
	}
	pay(234)
	page := s.see(q, "Cookie", cookie)
	says(t, page, `<span class="num">1,000 sat</span> are missing.`, "234 sat", `data-copy="bitcoin:`+strings.ToUpper(q.Address)+`?amount=0.00001"`)
	saysNot(t, page, strings.ToUpper(q.Invoice), "Give it back")

	pay(1000)
	page = s.see(q, "Cookie", cookie)
	says(t, page, "Your payment is on its way.", "Confirmed 0 of 2.", s.quote(q.ID).Payments[0].Coin.Hash.String())
	saysNot(t, page, `<svg class="qr"`)
	for confirmed, says := range []string{"Confirmed 1 of 2.", "Paid. Thank you."} {
		if err := s.till.mine(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(s.see(q, "Cookie", cookie), says) {
			t.Errorf("after %d blocks the page does not say %q", confirmed+1, says)
		}
	}
	page = s.see(q, "Cookie", cookie)
	says(t, page, "On chain", s.quote(q.ID).Payments[1].Coin.Hash.String())
	saysNot(t, page, s.till.Preimage(q.ID).Text(), "Proof of payment")
	saysNot(t, s.ask("GET", payPath(q.ID)+"/receipt.json", "", "Cookie", cookie).Body.String(), "preimage")
}

func TestOverpaidIsSaidAndCredited(t *testing.T) {
	s := newSite(t)
	cookie, client := bought(4)
	q := s.asked(client)
	s.paid(q, 266*amount.PerSatoshi)
	says(t, s.see(q, "Cookie", cookie), "You paid <span class=\"num\">266 sat</span> more than was asked. It becomes credit")
	if _, err := s.till.Use(t.Context(), fees.Use{ID: q.ID, For: "test/2"}); err != nil {
		t.Fatal(err)
	}
	says(t, s.see(q, "Cookie", cookie), "266 sat</span> more than was asked. It is kept as credit")
	page := s.ask("GET", "/purchases", "", "Cookie", cookie)
	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "266 sat", "of credit", payPath(q.ID), "One purchase paid")
}

func TestExpiredAsksForTodaysPrice(t *testing.T) {
	var now time.Time
	s := newSite(t, moved(&now))
	cookie, client := bought(5)
	q := s.asked(client)
	now = now.Add(10*time.Minute + 2*time.Second)
	page := s.see(q, "Cookie", cookie) // before the sweep
	says(t, page, "This price has run out.", payPath(q.ID)+"/again")
	saysNot(t, page, `<svg class="qr"`)
	if err := s.till.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	says(t, s.see(q, "Cookie", cookie), "This price has run out.")

	w := s.ask("POST", payPath(q.ID)+"/again", "", "Cookie", cookie)
	wantStatus(t, w, http.StatusSeeOther)
	id, err := fees.ParseID(strings.TrimPrefix(w.Header().Get("Location"), "/pay/"))
	if err != nil {
		t.Fatal(err)
	}
	fresh := s.quote(id)
	if fresh.ID == q.ID || fresh.State != fees.Active || fresh.Client != client || fresh.Subject != q.Subject {
		t.Errorf("the new quote is %+v", fresh)
	}
	// One who never bought gets a number of his own.
	w = s.ask("POST", payPath(q.ID)+"/again", "")
	wantStatus(t, w, http.StatusSeeOther)
	if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, "cairn-buyer=") || !strings.Contains(got, "HttpOnly") {
		t.Errorf("cookie %q", got)
	}
}

func TestLatePaymentBuysAtTodaysPrice(t *testing.T) {
	var now time.Time
	s := newSite(t, moved(&now))
	cookie, client := bought(6)
	q := s.asked(client)
	now = now.Add(11 * time.Minute)
	if err := s.till.PayOnChain(t.Context(), q.Address, 1234); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.till.mine(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	says(t, s.see(q, "Cookie", cookie), "Your payment came after the price had run out.", "1,234 sat", "Buy at today", "Give it back as credit")
	stranger, _ := bought(7)
	saysNot(t, s.see(q, "Cookie", stranger), payPath(q.ID)+"/again", payPath(q.ID)+"/return")

	w := s.ask("POST", payPath(q.ID)+"/again", "", "Cookie", cookie)
	wantStatus(t, w, http.StatusSeeOther)
	id, _ := fees.ParseID(strings.TrimPrefix(w.Header().Get("Location"), "/pay/"))
	if fresh := s.quote(id); fresh.State != fees.Settled || fresh.Paid(fees.OutOfCredit) != fresh.Price {
		t.Errorf("the new quote is %+v", fresh)
	}
	if old := s.quote(q.ID); old.State != fees.Returned {
		t.Errorf("the old quote is %s", old.State)
	}
}

func TestChangedMindThenFromCredit(t *testing.T) {
	s := newSite(t)
	cookie, client := bought(8)
	q := s.asked(client)
	wantStatus(t, s.ask("POST", payPath(q.ID)+"/return", "", "Cookie", cookie), http.StatusPaymentRequired)
	s.paid(q, 0)
	stranger, _ := bought(9)
	for _, action := range []string{"/return", "/credit"} {
		wantStatus(t, s.ask("POST", payPath(q.ID)+action, "", "Cookie", stranger), http.StatusForbidden)
		wantStatus(t, s.ask("POST", payPath(q.ID)+action, ""), http.StatusForbidden)
	}
	if got := s.quote(q.ID); got.State != fees.Settled {
		t.Fatalf("a stranger made it %s", got.State)
	}
	w := s.ask("POST", payPath(q.ID)+"/return", "", "Cookie", cookie)
	wantStatus(t, w, http.StatusSeeOther)
	says(t, s.see(q, "Cookie", cookie), `<span class="num">1,234 sat</span> were given back to you.`, "Buy it after all")

	next := s.asked(client)
	says(t, s.see(next, "Cookie", cookie), "You have <span class=\"num\">1,234 sat</span> of credit here.", payPath(next.ID)+"/credit")
	saysNot(t, s.see(next, "Cookie", stranger), "of credit here")
	for range 2 { // twice, as a double click does
		wantStatus(t, s.ask("POST", payPath(next.ID)+"/credit", "", "Cookie", cookie), http.StatusSeeOther)
	}
	says(t, s.see(next, "Cookie", cookie), "Paid. Thank you.", "From credit")
	third := s.asked(client)
	saysNot(t, s.see(third, "Cookie", cookie), "of credit here")
	wantStatus(t, s.ask("POST", payPath(third.ID)+"/credit", "", "Cookie", cookie), http.StatusConflict)

	if _, err := s.till.Use(t.Context(), fees.Use{ID: next.ID, For: "test/3"}); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, s.ask("POST", payPath(next.ID)+"/return", "", "Cookie", cookie), http.StatusConflict)
}

func TestCheckoutForPrograms(t *testing.T) {
	s := newSite(t)
	q := s.asked("")
	state := func() (st checkout.State) {
		w := s.ask("GET", payPath(q.ID), "", "Accept", "application/json")
		wantStatus(t, w, http.StatusOK)
		if err := json.Unmarshal(w.Body.Bytes(), &st); err != nil {
			t.Fatal(err)
		}
		return st
	}
	st := state()
	if st.State != fees.Active || st.Price != 1_234_000 || st.Missing != 1_234_000 || st.Invoice != q.Invoice || st.Address != q.Address ||
		!strings.HasPrefix(st.Payment, "bitcoin:") || st.ExpiresAt.IsZero() {
		t.Errorf("active: %+v", st)
	}
	s.paid(q, 0)
	if st := state(); st.State != fees.Settled || st.Missing != 0 || st.Received != 1_234_000 || st.Payment != "" || st.Invoice != "" {
		t.Errorf("settled: %+v", st)
	}
}

func TestSandboxPaysWhatIsAskedFor(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() { s.till.Run(ctx); close(ran) }()
	t.Cleanup(func() { cancel(); <-ran })

	q := s.asked("")
	says(t, s.see(q), "Play money.", payPath(q.ID)+"/sandbox")
	s.till.starting = true
	says(t, s.see(q), "still opening its channels", "disabled")
	w := s.ask("POST", payPath(q.ID)+"/sandbox", "way=lightning", "Accept", "application/json")
	wantStatus(t, w, http.StatusServiceUnavailable)
	wantText(t, w, "still opening its channels")
	s.till.starting = false

	w = s.ask("POST", payPath(q.ID)+"/sandbox", "way=lightning")
	wantStatus(t, w, http.StatusSeeOther)
	// Also without a script the next page is the receipt.
	says(t, s.see(q), "Paid. Thank you.")
	wantStatus(t, s.ask("POST", payPath(q.ID)+"/sandbox", "way=lightning"), http.StatusConflict)

	q = s.asked("")
	w = s.ask("POST", payPath(q.ID)+"/sandbox", "way=chain")
	wantStatus(t, w, http.StatusSeeOther)
	if got := w.Header().Get("Location"); got != payPath(q.ID)+"?sent=chain" {
		t.Errorf("led to %q", got)
	}
	says(t, s.see(q), "Your payment is on its way.")

	none := newSite(t, func(_ *Config, d *Deps) { d.SandboxPayer = nil })
	q = none.asked("")
	saysNot(t, none.see(q), "Play money")
	wantStatus(t, none.ask("POST", payPath(q.ID)+"/sandbox", "way=lightning"), http.StatusNotFound)
}

func TestPurchasesAreTheVisitorsOwn(t *testing.T) {
	s := newSite(t)
	cookie, client := bought(10)
	q := s.asked(client)
	w := s.ask("GET", "/purchases", "", "Cookie", cookie)
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, payPath(q.ID), "to be paid", "Own transaction for one document")
	stranger, _ := bought(11)
	for _, header := range [][]string{{}, {"Cookie", stranger}} {
		w := s.ask("GET", "/purchases", "", header...)
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, "Nothing bought yet")
		saysNot(t, w.Body.String(), payPath(q.ID))
	}
}

// Who is signed in buys for his account, on whatever device, and sees what this
// browser bought beside it.
func TestAccountsHaveTheirPurchases(t *testing.T) {
	s := newSite(t)
	v := s.signUp()
	cookie, client := bought(13)
	before := s.asked(client)
	w := s.ask("POST", payPath(before.ID)+"/again", "", "Cookie", v.cookie+"; "+cookie)
	wantStatus(t, w, http.StatusSeeOther)
	path := w.Header().Get("Location")
	id, err := fees.ParseID(strings.TrimPrefix(path, "/pay/"))
	if err != nil {
		t.Fatal(err)
	}
	q := s.quote(id)
	if !strings.HasPrefix(q.Client, accountBuyer) || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("it was bought for %q", q.Client)
	}
	both := s.ask("GET", "/purchases", "", "Cookie", v.cookie+"; "+cookie)
	wantText(t, both, path, payPath(before.ID), "with your account and with this browser")
	elsewhere := s.ask("GET", "/purchases", "", "Cookie", v.cookie)
	wantText(t, elsewhere, path)
	saysNot(t, elsewhere.Body.String(), payPath(before.ID), "/purchases/forget")
	s.paid(q, 0)
	says(t, s.see(q, "Cookie", v.cookie), s.till.Preimage(q.ID).Text())
	saysNot(t, s.see(q, "Cookie", cookie), s.till.Preimage(q.ID).Text())
}

func TestABrowserForgetsItsPurchases(t *testing.T) {
	s := newSite(t)
	cookie, client := bought(12)
	q := s.asked(client)
	wantText(t, s.ask("GET", "/purchases", "", "Cookie", cookie), "/purchases/forget")
	w := s.ask("POST", "/purchases/forget", "", "Cookie", cookie)
	wantStatus(t, w, http.StatusSeeOther)
	if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, "cairn-buyer=;") || !strings.Contains(got, "Max-Age=0") {
		t.Errorf("cookie %q", got)
	}
	if got := s.quote(q.ID); got.State != fees.Active {
		t.Errorf("the quote is %s", got.State)
	}
}

func TestCheckoutWhileTheNodeIsAway(t *testing.T) {
	s := newSite(t)
	q := s.asked("")
	s.engine.status = chain.EngineStatus{Phase: chain.EngineDown}
	says(t, s.see(q), "The node is away for a moment", `<svg class="qr"`)
}

func TestWhatIsNoLongerSoldHasAPageAndAName(t *testing.T) {
	s := newSite(t)
	q, err := s.till.Quote(t.Context(), fees.Request{What: "tulips", Price: 700, Expiry: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	says(t, s.see(q), "A service of this site", "Pay <span class=\"num\">0.7 sat</span>")
	w := s.ask("POST", payPath(q.ID)+"/again", "")
	wantStatus(t, w, http.StatusSeeOther)
	if got := w.Header().Get("Location"); got != "/" {
		t.Errorf("led to %q", got)
	}
}

func TestEveryStateHasItsPage(t *testing.T) {
	s := newSite(t)
	for _, sample := range checkout.Samples(time.Now()) {
		for _, lang := range []string{"en", "zh"} {
			w := s.ask("GET", "/gallery/checkout?state="+sample.Name, "", "Accept-Language", lang)
			wantStatus(t, w, http.StatusOK)
			checkMarkup(t, sample.Name, w)
		}
	}
}
