package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/paywall"
	"cairn/channels/fees"
	"cairn/notary"
)

// newBulkSite is a site where 100 digests a day are free in lists, and 1,000 more
// cost 10 sat.
func newBulkSite(t *testing.T) *site {
	t.Helper()
	till := newFakeTill(dbtest.Open(t, db.SQLite), time.Now) // allowances of its own
	s := newSite(t, func(_ *Config, d *Deps) { d.Till, d.SandboxPayer, d.API.Wall = till, till, newWall(t, till, 10) })
	s.till = till
	return s
}

// pasted is a form with n digests that no other list of the test has.
func pasted(list byte, n int, quote string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s\n", notary.Digest{list, byte(i >> 8), byte(i)})
	}
	return url.Values{"digest": {b.String()}, "quote": {quote}}.Encode()
}

var hiddenQuote = regexp.MustCompile(`name="quote" value="([0-9a-f]{32})"`)

func TestAPastedListIsPaidForBeyondWhatIsFree(t *testing.T) {
	s := newBulkSite(t)
	wantStatus(t, s.ask("POST", "/stamp", pasted(1, 80, "")), http.StatusOK)
	wantStatus(t, s.ask("POST", "/stamp", "digest="+notary.Digest{9}.String()), http.StatusSeeOther)

	page := s.ask("POST", "/stamp", pasted(2, 60, ""))
	wantStatus(t, page, http.StatusPaymentRequired)
	wantText(t, page, "60", "10 sat", `target="_blank"`, "Paid? Stamp the list", notary.Digest{2, 0, 59}.String())
	found := hiddenQuote.FindStringSubmatch(page.Body.String())
	if found == nil {
		t.Fatalf("no quote in the form: %s", page.Body)
	}
	id, err := fees.ParseID(found[1])
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, page, `href="/pay/`+found[1]+`"`)
	q := s.quote(id)
	if q.What != paywall.Stamps || !strings.HasPrefix(q.Client, "browser/") {
		t.Errorf("quote %+v", q)
	}

	early := s.ask("POST", "/stamp", pasted(2, 60, found[1]))
	wantStatus(t, early, http.StatusPaymentRequired)
	wantText(t, early, "This list is not paid for yet.", found[1], notary.Digest{2, 0, 59}.String())
	if n := s.till.quotes(t.Context(), paywall.Stamps); n != 1 {
		t.Errorf("%d quotes were made for one list", n)
	}

	s.paid(q, 0)
	for range 2 { // once more costs nothing more
		wantStatus(t, s.ask("POST", "/stamp", pasted(2, 60, found[1])), http.StatusOK)
	}
	if _, err := s.notary.Proof(t.Context(), notary.Digest{2, 0, 59}); err != nil {
		t.Errorf("the list is not stamped: %v", err)
	}
	// 1,000 were bought and 60 used.
	wantStatus(t, s.ask("POST", "/stamp", pasted(3, 900, found[1])), http.StatusOK)
	spent := s.ask("POST", "/stamp", pasted(4, 50, found[1]))
	wantStatus(t, spent, http.StatusPaymentRequired)
	if again := hiddenQuote.FindStringSubmatch(spent.Body.String()); again == nil || again[1] == found[1] {
		t.Errorf("what is used up is offered once more: %v", again)
	}
	// What is left of the day is free all the same.
	wantStatus(t, s.ask("POST", "/stamp", pasted(5, 20, "")), http.StatusOK)
}

func TestAPriceForLists(t *testing.T) {
	s := newBulkSite(t)
	w := s.ask("POST", "/stamps/price", "digests=2500", "Accept", "application/json")
	wantStatus(t, w, http.StatusCreated)
	var price priceAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &price); err != nil || price.Sat != 30 || price.Digests != 2500 || price.Checkout != "/pay/"+price.Quote {
		t.Errorf("price %+v, %v", price, err)
	}
	if !strings.Contains(w.Header().Get("Set-Cookie"), buyerCookie) {
		t.Error("the buyer is not remembered")
	}
	led := s.ask("POST", "/stamps/price", "digests=1")
	wantStatus(t, led, http.StatusSeeOther)
	if !strings.HasPrefix(led.Header().Get("Location"), "/pay/") {
		t.Errorf("led to %s", led.Header().Get("Location"))
	}
	for body, status := range map[string]int{
		"": http.StatusBadRequest, "digests=x": http.StatusBadRequest, "digests=%zz": http.StatusBadRequest,
		"digests=0": http.StatusUnprocessableEntity, "digests=-5": http.StatusUnprocessableEntity,
		"digests=9000000000": http.StatusUnprocessableEntity, "digests=99999999999999999999": http.StatusBadRequest,
	} {
		if w := s.ask("POST", "/stamps/price", body); w.Code != status {
			t.Errorf("%q: %d, want %d", body, w.Code, status)
		}
	}
}

func TestWhatComesBackWithAStrangeQuote(t *testing.T) {
	s := newBulkSite(t)
	other := s.asked("")
	s.paid(other, 0)
	for _, quote := range []string{"nonsense", strings.Repeat("0", 32), other.ID.String()} {
		w := s.ask("POST", "/stamp", pasted(1, 20, quote))
		wantStatus(t, w, http.StatusPaymentRequired)
		if found := hiddenQuote.FindStringSubmatch(w.Body.String()); found == nil || found[1] == quote {
			t.Errorf("%s: no new price", quote)
		}
	}
	program := s.ask("POST", "/stamp", pasted(1, 500, ""), "Accept", "application/json")
	wantStatus(t, program, http.StatusPaymentRequired)
	wantText(t, program, `"checkout":"/pay/`, `"sat":10`, `"error":"`)
	if _, err := s.notary.Proof(t.Context(), notary.Digest{1}); err == nil {
		t.Error("stamped without being paid for")
	}
}

func TestAnAllowanceIsGivenBackWhenNothingIsStored(t *testing.T) {
	s := newBulkSite(t)
	s.notary.fail = notary.ErrStorage
	for range 3 {
		wantStatus(t, s.ask("POST", "/stamp", pasted(1, 90, "")), http.StatusInsufficientStorage)
	}
	s.notary.fail = nil
	wantStatus(t, s.ask("POST", "/stamp", pasted(1, 90, "")), http.StatusOK)
}

func TestWhereStampingIsFreeListsCostNothing(t *testing.T) {
	s := newSite(t)
	wantStatus(t, s.ask("POST", "/stamp", pasted(1, 900, "")), http.StatusOK)
	wantStatus(t, s.ask("POST", "/stamps/price", "digests=5"), http.StatusNotFound)
}
