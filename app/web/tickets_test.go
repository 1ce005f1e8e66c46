package web

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/paywall"
	"cairn/chain"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/tickets"
	"cairn/notary"

	"github.com/cloudflare/circl/blindsign/blindrsa"
)

// issued buys tickets at a site's page and has them signed, as its script does.
func (s *site) issued(count string) (list []string, quote string, ask func() (int, string)) {
	t := s.t
	t.Helper()
	w := s.ask("POST", "/tickets", "count="+count)
	wantStatus(t, w, http.StatusSeeOther)
	quote = strings.TrimPrefix(w.Header().Get("Location"), "/pay/")
	id, err := fees.ParseID(quote)
	if err != nil {
		t.Fatal(err)
	}
	q, err := s.till.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.till.Settle(t.Context(), invoice.Settlement{Hash: q.InvoiceHash, Paid: q.Price, At: s.cfg.Now()}); err != nil {
		t.Fatal(err)
	}
	key, err := s.tickets.Selling(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := blindrsa.NewClient(blindrsa.SHA384PSSDeterministic, key.Public)
	if err != nil {
		t.Fatal(err)
	}
	request := issueRequest{Quote: quote, Key: key.ID.String()}
	var numbers [][32]byte
	var states []blindrsa.State
	for range tickets.CountOf(q) {
		var number [32]byte
		rand.Read(number[:])
		blinded, state, err := client.Blind(rand.Reader, number[:])
		if err != nil {
			t.Fatal(err)
		}
		numbers, states = append(numbers, number), append(states, state)
		request.Blinded = append(request.Blinded, base64.RawURLEncoding.EncodeToString(blinded))
	}
	raw, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	ask = func() (int, string) {
		w := s.ask("POST", "/tickets/issue", string(raw), "Content-Type", "application/json", "Accept", "application/json")
		return w.Code, w.Body.String()
	}
	code, body := ask()
	var answer issueAnswer
	if err := json.Unmarshal([]byte(body), &answer); err != nil || code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	for i, text := range answer.Signatures {
		signed, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		final, err := client.Finalize(states[i], signed)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, tickets.Ticket{Key: key.ID, Number: numbers[i], Signature: [256]byte(final)}.Text())
	}
	return list, quote, ask
}

func TestTicketsPage(t *testing.T) {
	s := newSite(t)
	w := s.ask("GET", "/tickets", "")
	wantStatus(t, w, http.StatusOK)
	checkMarkup(t, "/tickets", w)
	key, err := s.tickets.Selling(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	says(t, w.Body.String(), "10 tickets for <b class=\"num\">100 sat</b>", `data-key-id="`+key.ID.String()+`"`, "js/tickets", "1,000")
	says(t, s.ask("GET", "/tickets", "", "Accept-Language", "zh-CN").Body.String(), "预付票券")
	says(t, s.ask("GET", "/tickets/key", "").Body.String(), key.ID.String(), base64.RawURLEncoding.EncodeToString(key.SPKI))

	list, quote, ask := s.issued("3")
	if len(list) != 3 {
		t.Fatalf("%d tickets", len(list))
	}
	if code, _ := ask(); code != http.StatusOK {
		t.Errorf("the same again: %d", code)
	}
	for body, status := range map[string]int{
		`{`: 400, `{}`: 404, `{"quote":"` + quote + `"}`: 410,
		`{"quote":"` + quote + `","key":"` + key.ID.String() + `","blinded":["!","",""]}`: 422,
		`{"quote":"` + quote + `","key":"` + key.ID.String() + `","blinded":["","",""]}`:  409,
		`{"quote":"` + quote + `","key":"` + key.ID.String() + `","blinded":[""]}`:        422,
	} {
		if status == 410 {
			status = 401 // no key is named
		}
		wantStatus(t, s.ask("POST", "/tickets/issue", body, "Content-Type", "application/json"), status)
	}
	for _, count := range []string{"0", "101", "x", ""} {
		wantStatus(t, s.ask("POST", "/tickets", "count="+count), http.StatusUnprocessableEntity)
	}
	if log := s.log.String(); strings.Contains(log, list[0]) || strings.Contains(log, quote) {
		t.Error("the log has a ticket or a quote")
	}
}

// A payment whose tickets were not fetched is shown until they are.
func TestTicketsWaiting(t *testing.T) {
	s := newSite(t)
	cookie, client := bought(17)
	q, err := s.tickets.Sell(t.Context(), client, 4)
	if err != nil {
		t.Fatal(err)
	}
	saysNot(t, s.ask("GET", "/tickets", "", "Cookie", cookie).Body.String(), "data-fetch")
	if err := s.till.Settle(t.Context(), invoice.Settlement{Hash: q.InvoiceHash, Paid: q.Price, At: s.cfg.Now()}); err != nil {
		t.Fatal(err)
	}
	says(t, s.ask("GET", "/tickets", "", "Cookie", cookie).Body.String(), `data-fetch="`+q.ID.String()+`" data-count="4"`)
	saysNot(t, s.ask("GET", "/tickets", "").Body.String(), "data-fetch")
}

// ticketed pays lists with tickets, and holds the answers to the contract.
func (c *apiContract) ticketed(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	p := &shop{apiContract: c, d: d, till: newFakeTill(d, time.Now)}
	p.site = newSite(t, func(_ *Config, deps *Deps) {
		deps.Till = p.till
		sold := withTickets(deps, p.till, time.Now)
		wall, err := paywall.New(paywall.Config{
			Till: p.till, Tickets: sold, Secret: [32]byte{9}, PublicURL: testCalendar, Network: chain.Devnet, Expiry: 15 * time.Minute,
			FreeStamps: 100, PerThousand: 10,
		})
		if err != nil {
			t.Fatal(err)
		}
		p.wall, deps.API = wall, realAPI(t, d)
		p.stub = &stubNotary{Notary: deps.API.Notary}
		deps.API.Notary, deps.API.Wall, deps.API.Sponsor = p.stub, wall, newFakeSponsor()
	})
	p.site.till, p.site.tickets = p.till, p.site.deps.Tickets.(*tickets.Service)
	list, _, _ := p.site.issued("10")
	show := func(texts ...string) string { return "Ticket " + strings.Join(texts, ", ") }

	body := p.list(1_001)
	wantStatus(t, p.post(body, "Authorization", show(list[:3]...)), http.StatusCreated)
	again := p.post(body, "Authorization", show(list[:3]...)) // the same once more
	wantStatus(t, again, http.StatusCreated)
	if again.Header().Get("Idempotent-Replayed") != "true" {
		t.Error("it was stamped anew")
	}
	p.price(402, "ticket-used", p.list(200), "Authorization", show(list[0]))
	p.price(402, "ticket-used", p.list(2_000), "Authorization", show(list[1], list[4]))
	wantStatus(t, p.post(p.list(2_000), "Authorization", show(list[2], list[3])), http.StatusCreated)
	p.price(402, "spent", p.list(1_001), "Authorization", show(list[4]))

	// What was not stamped costs no ticket.

	p.stub.fail(notary.ErrBusy)
	failed := p.list(500)
	wantStatus(t, p.post(failed, "Authorization", show(list[4])), http.StatusServiceUnavailable)
	p.stub.fail(nil)
	wantStatus(t, p.post(p.list(500), "Authorization", show(list[4])), http.StatusCreated)

	bad := []byte(list[5])
	bad[100] ^= 1
	old := "AAAAAAAAAAA" + list[5][11:]
	p.price(401, "not-a-ticket", p.list(200), "Authorization", show(string(bad)))
	p.price(401, "not-a-ticket", p.list(200), "Authorization", "Ticket abc")
	p.price(401, "ticket-too-old", p.list(200), "Authorization", show(old))
	p.price(401, "ticket-twice", p.list(200), "Authorization", show(list[5], list[5]))
	p.price(422, "too-many-tickets", p.list(200), "Authorization", show(append(list, list...)...))
	wantStatus(t, p.post(p.list(200), "Authorization", show(list[5])), http.StatusCreated)
}
