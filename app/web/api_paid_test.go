package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/paywall"
	"cairn/app/web/api"
	"cairn/chain"
	"cairn/channels/fees"
	"cairn/channels/l402"
	"cairn/channels/mpp"
	"cairn/notary"

	"github.com/btcsuite/btcd/btcutil"
	"gopkg.in/macaroon.v2"
)

// shop is a site whose API sells: the real notary, till and paywall on a
// database, over a node on paper. 100 digests a day are free.
type shop struct {
	*apiContract
	*site
	d    *db.DB
	till *fakeTill
	wall *paywall.Wall
	stub *stubNotary
	n    int // makes lists differ
}

// stubNotary fails for as long as it is told to.
type stubNotary struct {
	api.Notary
	mu  sync.Mutex
	err error
}

func (n *stubNotary) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err = err
}

func (n *stubNotary) failing() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

func (n *stubNotary) StampMany(ctx context.Context, digests []notary.Digest) (notary.Batch, error) {
	if err := n.failing(); err != nil {
		return notary.Batch{}, err
	}
	return n.Notary.StampMany(ctx, digests)
}

func (n *stubNotary) StampBatch(ctx context.Context, id notary.BatchID, digests []notary.Digest) (notary.Batch, error) {
	if err := n.failing(); err != nil {
		return notary.Batch{}, err
	}
	return n.Notary.StampBatch(ctx, id, digests)
}

func newShop(t *testing.T, d *db.DB, perThousand btcutil.Amount) *shop {
	t.Helper()
	p := &shop{apiContract: newContract(t), d: d, till: newFakeTill(d, time.Now)}
	p.wall = newWall(t, p.till, perThousand)
	p.site = newSite(t, func(_ *Config, deps *Deps) {
		deps.API = realAPI(t, d)
		p.stub = &stubNotary{Notary: deps.API.Notary}
		deps.API.Notary, deps.API.Wall = p.stub, p.wall
	})
	return p
}

func newWall(t *testing.T, till paywall.Till, perThousand btcutil.Amount) *paywall.Wall {
	t.Helper()
	wall, err := paywall.New(paywall.Config{
		Till: till, Secret: [32]byte{9}, PublicURL: testCalendar, Network: chain.Devnet, Expiry: 15 * time.Minute,
		FreeStamps: 100, PerThousand: perThousand,
	})
	if err != nil {
		t.Fatal(err)
	}
	return wall
}

// list is n digests that no other list has.
func (p *shop) list(n int) string {
	p.n++
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\"%032x%032x\"\n", p.n, i)
	}
	return b.String()
}

func (p *shop) post(body string, header ...string) *httptest.ResponseRecorder {
	p.apiContract.t.Helper()
	return p.apiContract.ask(p.site, "POST", "/api/v1/stamps", body, append([]string{"Content-Type", asNDJSON}, header...)...)
}

// priced is the offer of an answer.
type priced struct {
	Kind, Type string
	Payment    struct {
		Quote, Checkout, URI string
		Sat, Digests         int64
		Lightning            *struct{ Invoice string }
		OnChain              *struct {
			Address string
			Sat     int64
		} `json:"on_chain"`
		Closed    []struct{ Door, Kind, Reason string }
		FreeAgain int64 `json:"free_again_in"`
	}
	challenges []string
}

// price posts a list and wants to be asked for money.
func (p *shop) price(status int, kind, body string, header ...string) priced {
	p.apiContract.t.Helper()
	w := p.post(body, header...)
	got := priced{challenges: w.Header().Values("WWW-Authenticate")}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != status || got.Kind != kind {
		p.apiContract.t.Fatalf("%d %s, want %d %s", w.Code, w.Body, status, kind)
	}
	return got
}

// offered is a price for beyond what is free.
func (p *shop) offered(digests int) priced {
	p.apiContract.t.Helper()
	p.post(p.list(100)) // what is free, unless it is gone already
	return p.price(402, "payment-required", p.list(digests))
}

// settle pays an offer's invoice.
func (p *shop) settle(o priced) fees.ID {
	p.apiContract.t.Helper()
	st, err := p.till.settle(o.Payment.Lightning.Invoice, 0)
	if err == nil {
		err = p.till.Settle(p.apiContract.t.Context(), st)
	}
	id, parseErr := fees.ParseID(o.Payment.Quote)
	if err != nil || parseErr != nil {
		p.apiContract.t.Fatal(err, parseErr)
	}
	return id
}

// token pays an offer and is its L402 credential.
func (p *shop) token(o priced) l402.Credential {
	p.apiContract.t.Helper()
	token, bolt11, err := l402.ParseChallenge(o.challenges)
	if err != nil || bolt11 != o.Payment.Lightning.Invoice {
		p.apiContract.t.Fatal(bolt11, err)
	}
	return l402.Credential{Token: token, Preimage: p.till.Preimage(p.settle(o))}
}

func (p *shop) left(id string, want int64) {
	p.apiContract.t.Helper()
	quote, err := fees.ParseID(id)
	if err != nil {
		p.apiContract.t.Fatal(err)
	}
	purse, err := p.till.Purse(p.apiContract.t.Context(), quote)
	if err != nil || purse.Left() != want {
		p.apiContract.t.Errorf("left %d, %v, want %d", purse.Left(), err, want)
	}
}

func eachShop(t *testing.T, perThousand btcutil.Amount, fn func(t *testing.T, p *shop)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newShop(t, d, perThousand)) })
}

func TestListsBeyondWhatIsFreeArePaidByL402(t *testing.T) {
	eachShop(t, 10, func(t *testing.T, p *shop) {
		wantStatus(t, p.post(p.list(60)), http.StatusCreated)
		wantStatus(t, p.apiContract.ask(p.site, "POST", "/api/v1/stamps", `{"digest":"`+hexDigest(7)+`"}`, "Content-Type", asJSON), http.StatusCreated)
		o := p.price(402, "payment-required", p.list(60))
		pay := o.Payment
		if pay.Sat != 10 || pay.Digests != 1000 || pay.Checkout != testCalendar+"/pay/"+pay.Quote || pay.FreeAgain < 1 || pay.FreeAgain > 86_400*60/100 ||
			!strings.HasPrefix(pay.URI, "bitcoin:?") || !strings.Contains(pay.URI, "lightning=LNBCRT") || len(o.challenges) != 2 {
			t.Errorf("the offer is %+v", o)
		}
		if len(pay.Closed) != 1 || pay.Closed[0].Door != "on_chain" || pay.Closed[0].Kind != "too-small" || pay.OnChain != nil {
			t.Errorf("closed: %+v", pay.Closed)
		}
		if o.Type != "https://paymentauth.org/problems/payment-required" {
			t.Errorf("type %s", o.Type)
		}
		// A list that is never free names no time.
		if big := p.price(402, "payment-required", p.list(1001)).Payment; big.Sat != 20 || big.Digests != 2000 || big.FreeAgain != 0 {
			t.Errorf("1,001 digests: %+v", big)
		}

		header := []string{"Authorization", p.token(o).Header()}
		body := p.list(60)
		w := p.post(body, header...)
		wantStatus(t, w, http.StatusCreated)
		if got := w.Header().Get("Stamps-Left"); got != "940" {
			t.Errorf("left %q", got)
		}
		// The same list for the same payment is the same request.
		again := p.post(body, header...)
		if again.Body.String() != w.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" {
			t.Errorf("again: %d %s", again.Code, again.Body)
		}
		p.left(pay.Quote, 940)
		w = p.post(p.list(900), header...)
		wantStatus(t, w, http.StatusCreated)
		if o := p.price(402, "spent", p.list(41), header...); o.Payment.Quote == pay.Quote || len(o.challenges) != 2 {
			t.Errorf("used up, and no new offer: %+v", o)
		}
		wantStatus(t, p.post(p.list(40), append(header, "Idempotency-Key", "0b6d3c9e-8a53-4a2f-9d0e-3f2a1c5b7d90")...), http.StatusCreated)
		p.left(pay.Quote, 0)
		// The allowance was not touched by what was paid for.
		wantStatus(t, p.post(p.list(40)), http.StatusCreated)
	})
}

func TestListsArePaidByThePaymentScheme(t *testing.T) {
	eachShop(t, 10, func(t *testing.T, p *shop) {
		o := p.offered(70)
		challenges, err := mpp.ParseChallenges(o.challenges)
		if err != nil || len(challenges) != 1 {
			t.Fatal(challenges, err)
		}
		charge, err := challenges[0].Charge()
		if err != nil || charge.Amount != 10 || charge.Network != "regtest" || charge.Invoice != o.Payment.Lightning.Invoice {
			t.Fatalf("%+v, %v", charge, err)
		}
		unpaid, err := challenges[0].Pay([32]byte{1}).Header()
		if err != nil {
			t.Fatal(err)
		}
		p.price(402, "challenge-preimage", p.list(70), "Authorization", unpaid)
		id := p.settle(o)
		credential, err := challenges[0].Pay(p.till.Preimage(id)).Header()
		if err != nil {
			t.Fatal(err)
		}
		body := p.list(70)
		w := p.post(body, "Authorization", credential)
		wantStatus(t, w, http.StatusCreated)
		receipt, err := mpp.ParseReceipt(w.Header().Get("Payment-Receipt"))
		if err != nil || receipt.Reference != charge.Payment.String() || receipt.ChallengeID != challenges[0].ID {
			t.Errorf("receipt %+v, %v", receipt, err)
		}
		p.left(o.Payment.Quote, 0) // it is good once
		wantStatus(t, p.post(body, "Authorization", credential), http.StatusCreated)
		if w := p.post(p.list(1), "Authorization", credential); w.Header().Get("Payment-Receipt") != "" || w.Code != http.StatusPaymentRequired {
			t.Errorf("a second list: %d %s", w.Code, w.Body)
		}
		p.price(402, "spent", p.list(1), "Authorization", credential)
	})
}

func TestListsArePaidOnChain(t *testing.T) {
	eachShop(t, 2000, func(t *testing.T, p *shop) {
		o := p.offered(70)
		if o.Payment.OnChain == nil || o.Payment.OnChain.Sat != 2000 || len(o.Payment.Closed) != 0 {
			t.Fatalf("%+v", o.Payment)
		}
		bearer := []string{"Authorization", "Bearer " + o.Payment.Quote}
		if again := p.price(402, "not-paid", p.list(70), bearer...); again.Payment.Quote != o.Payment.Quote {
			t.Errorf("an unpaid number leads to another offer: %+v", again)
		}
		if err := p.till.PayOnChain(t.Context(), o.Payment.OnChain.Address, 1500); err != nil {
			t.Fatal(err)
		}
		if rest := p.price(402, "not-paid", p.list(70), bearer...); rest.Payment.OnChain.Sat != 500 {
			t.Errorf("the rest is %+v", rest.Payment.OnChain)
		}
		if err := p.till.PayOnChain(t.Context(), o.Payment.OnChain.Address, 500); err != nil {
			t.Fatal(err)
		}
		w := p.post(p.list(70), bearer...)
		wantStatus(t, w, http.StatusConflict)
		wantText(t, w, `"kind":"arriving"`)
		for range 2 {
			if err := p.till.mine(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wantStatus(t, p.post(p.list(70), bearer...), http.StatusCreated)
		p.left(o.Payment.Quote, 930)
	})
}

// Only what can be paid now is offered, and why not is told.
func TestOffersNameOpenDoorsOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newShop(t, d, 2000)
		p.till.noRoute = true
		o := p.offered(70)
		if o.Payment.Lightning != nil || len(o.challenges) != 0 || len(o.Payment.Closed) != 1 || o.Payment.Closed[0].Kind != "no-inbound" || o.Payment.Closed[0].Reason == "" {
			t.Errorf("%+v", o)
		}
		p.wall = newWall(t, p.till, 10)
		cheap := newSite(t, func(_ *Config, deps *Deps) { deps.API = realAPI(t, d); deps.API.Wall = p.wall })
		p.apiContract.fails(cheap, 503, "no-inbound", "POST", "/api/v1/stamps", p.list(101), "Content-Type", asNDJSON)
		free := newSite(t, func(_ *Config, deps *Deps) { deps.API = realAPI(t, d); deps.API.Wall = newWall(t, p.till, 0) })
		wantStatus(t, p.apiContract.ask(free, "POST", "/api/v1/stamps", p.list(5000), "Content-Type", asNDJSON), http.StatusCreated)
	})
}

// with adds conditions to a token, as any holder can.
func with(t *testing.T, c l402.Credential, conditions ...string) string {
	t.Helper()
	var m macaroon.Macaroon
	err := m.UnmarshalBinary(c.Token)
	for _, condition := range conditions {
		if err == nil {
			err = m.AddFirstPartyCaveat([]byte(condition))
		}
	}
	raw, marshalErr := m.MarshalBinary()
	if err != nil || marshalErr != nil {
		t.Fatal(err, marshalErr)
	}
	return l402.Credential{Token: raw, Preimage: c.Preimage}.Header()
}

func TestBadCredentialsAreNamed(t *testing.T) {
	eachShop(t, 10, func(t *testing.T, p *shop) { p.namesBadCredentials(t) })
}

// namesBadCredentials brings every one there is, and then a good one.
func (p *shop) namesBadCredentials(t *testing.T) {
	o := p.offered(70)
	good := p.token(o)
	stranger, err := l402.NewMint([32]byte{1}).Token(l402.TokenID{1}, good.Preimage.Hash(), l402.Terms{Service: "stamps"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := p.till.Quote(t.Context(), fees.Request{What: "tickets", Price: 1000, Expiry: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status              int
		kind, authorization string
	}{
		"another scheme":       {401, "authorization", "Basic eDp5"},
		"no token":             {401, "token-syntax", "L402 abc"},
		"a wrong preimage":     {401, "token-preimage", l402.Credential{Token: good.Token, Preimage: [32]byte{1}}.Header()},
		"a stranger's token":   {401, "token-stranger", l402.Credential{Token: stranger, Preimage: good.Preimage}.Header()},
		"a stranger's caveat":  {401, "token-caveat", with(t, good, "ip=192.0.2.1")},
		"another service":      {401, "token-service", with(t, good, "services=express-anchor:0")},
		"expired":              {401, "token-expired", with(t, good, "stamps_valid_until=1700000000")},
		"a holder's bound":     {402, "spent", with(t, good, "stamps_count=69")},
		"no number":            {401, "unknown-payment", "Bearer abc"},
		"nobody's number":      {401, "unknown-payment", "Bearer " + strings.Repeat("0", 32)},
		"of another thing":     {401, "other-purchase", "Bearer " + other.ID.String()},
		"no credential":        {402, "challenge-syntax", "Payment abc"},
		"too long":             {401, "authorization", "L402 " + strings.Repeat("x", 15<<10) + strings.Repeat("y", 2<<10)},
		"another method's one": {400, "challenge-method", "Payment " + base64.RawURLEncoding.EncodeToString([]byte(`{"challenge":{"id":"a","realm":"cairn.example","method":"card","intent":"charge","request":"e30"},"payload":{}}`))},
		"not our challenge":    {402, "challenge-stranger", "Payment " + base64.RawURLEncoding.EncodeToString([]byte(`{"challenge":{"id":"a","realm":"cairn.example","method":"lightning","intent":"charge","request":"e30"},"payload":{}}`))},
	} {
		got := p.price(c.status, c.kind, p.list(70), "Authorization", c.authorization)
		if got.Payment.Quote == "" || len(got.challenges) != 2 {
			t.Errorf("%s: no new offer: %+v", name, got)
		}
	}
	wantStatus(t, p.post(p.list(70), "Authorization", good.Header()), http.StatusCreated)
	p.left(o.Payment.Quote, 930)
}

// Who asks for prices without end is told to wait.
func TestPricesAreNotToldWithoutEnd(t *testing.T) {
	p := newShop(t, dbtest.Open(t, db.SQLite), 10)
	p.post(p.list(100))
	body := p.list(70)
	for range 30 {
		p.price(402, "payment-required", body)
	}
	w := p.post(body)
	wantStatus(t, w, http.StatusTooManyRequests)
	wantText(t, w, `"kind":"too-many-requests"`)
}

// Twenty lists of 300 at once, each sent twice, and 1,000 paid: three lists go
// through, and the purse says so.
func TestATokenUnderARace(t *testing.T) {
	eachShop(t, 10, func(t *testing.T, p *shop) {
		o := p.offered(300)
		header := p.token(o).Header()
		before, _ := counts(t, p.d)
		var work sync.WaitGroup
		var mu sync.Mutex
		stamped := map[string]bool{}
		for range 20 {
			body := p.list(300)
			for range 2 {
				work.Go(func() {
					r := httptest.NewRequest("POST", "/api/v1/stamps", strings.NewReader(body))
					r.Header.Set("Content-Type", asNDJSON)
					r.Header.Set("Authorization", header)
					w := httptest.NewRecorder()
					p.site.ServeHTTP(w, r)
					switch w.Code {
					case http.StatusCreated:
						mu.Lock()
						defer mu.Unlock()
						stamped[w.Header().Get("Location")] = true
					case http.StatusPaymentRequired, http.StatusTooManyRequests: // no more offers
					default:
						t.Errorf("%d %s", w.Code, w.Body)
					}
				})
			}
		}
		work.Wait()
		after, _ := counts(t, p.d)
		if len(stamped) != 3 || after-before != 3 {
			t.Errorf("%d lists were stamped, %d batches stored", len(stamped), after-before)
		}
		p.left(o.Payment.Quote, 100)
	})
}

// What fails costs nothing, unless it may have been done after all.
func TestWhatFailsIsGivenBack(t *testing.T) {
	eachShop(t, 10, func(t *testing.T, p *shop) {
		// Of the allowance.
		p.stub.fail(notary.ErrBusy)
		for range 3 {
			wantStatus(t, p.post(p.list(100)), http.StatusServiceUnavailable)
		}
		p.stub.fail(nil)
		o := p.offered(70)
		header := p.token(o).Header()
		body := p.list(70)
		p.stub.fail(notary.ErrStorage)
		wantStatus(t, p.post(body, "Authorization", header), http.StatusInsufficientStorage)
		p.left(o.Payment.Quote, 1000)
		// The disk may have it: nobody knows before it is asked again.
		p.stub.fail(db.ErrCommitUnknown)
		wantStatus(t, p.post(body, "Authorization", header), http.StatusServiceUnavailable)
		p.left(o.Payment.Quote, 930)
		p.stub.fail(nil)
		wantStatus(t, p.post(body, "Authorization", header), http.StatusCreated)
		p.left(o.Payment.Quote, 930)
	})
}

// sells gives every answer that selling knows.
func (c *apiContract) sells(t *testing.T) {
	p := newShop(t, dbtest.Open(t, db.SQLite), 2000)
	p.apiContract = c
	p.namesBadCredentials(t)
	fails := func(s *site, status int, kind, authorization string) {
		t.Helper()
		c.fails(s, status, kind, "POST", "/api/v1/stamps", p.list(70), "Content-Type", asNDJSON, "Authorization", authorization)
	}
	o := p.offered(70)
	bearer := "Bearer " + o.Payment.Quote
	fails(p.site, 402, "not-paid", bearer)
	challenges, err := mpp.ParseChallenges(o.challenges)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := challenges[0].Pay([32]byte{1}).Header()
	if err != nil {
		t.Fatal(err)
	}
	fails(p.site, 402, "challenge-preimage", wrong)
	if err := p.till.PayOnChain(t.Context(), o.Payment.OnChain.Address, 2000); err != nil {
		t.Fatal(err)
	}
	fails(p.site, 409, "arriving", bearer)
	for range 2 {
		if err := p.till.mine(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantStatus(t, p.post(p.list(70), "Authorization", bearer), http.StatusCreated)
	if _, err := p.d.Writer().Exec(`UPDATE purses SET until = 1`); err != nil {
		t.Fatal(err)
	}
	fails(p.site, 401, "over", bearer)
	returned := p.price(402, "payment-required", p.list(70))
	if _, err := p.till.Return(t.Context(), p.settle(returned)); err != nil {
		t.Fatal(err)
	}
	fails(p.site, 409, "returned", "Bearer "+returned.Payment.Quote)

	later := p.beside(func(cfg *paywall.Config) { cfg.Now = func() time.Time { return time.Now().Add(time.Hour) } })
	fails(later, 402, "challenge-expired", wrong)
	p.till.noRoute = true
	poor := p.beside(func(cfg *paywall.Config) { cfg.PerThousand = 10 })
	fails(poor, 503, "no-inbound", "Bearer abc")
	none := p.beside(func(cfg *paywall.Config) { cfg.Till = closedTill{cfg.Till} })
	fails(none, 503, "unpayable", "Bearer abc")
}

// beside is a site of other terms on the same database.
func (p *shop) beside(change func(*paywall.Config)) *site {
	t := p.apiContract.t
	t.Helper()
	cfg := paywall.Config{
		Till: p.till, Secret: [32]byte{9}, PublicURL: testCalendar, Network: chain.Devnet, Expiry: 15 * time.Minute,
		FreeStamps: 100, PerThousand: 2000,
	}
	change(&cfg)
	wall, err := paywall.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return newSite(t, func(_ *Config, deps *Deps) { deps.API = realAPI(t, p.d); deps.API.Wall = wall })
}

// closedTill has no way to be paid.
type closedTill struct{ paywall.Till }

func (closedTill) Quote(context.Context, fees.Request) (fees.Quote, error) {
	return fees.Quote{}, fees.ErrUnpayable
}
