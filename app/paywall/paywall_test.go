package paywall

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/l402"
)

// node makes invoices on paper.
type node struct {
	mu       sync.Mutex
	invoices map[invoice.Hash]invoice.Status
	down     error
}

func (n *node) Create(_ context.Context, req invoice.Request) (invoice.Invoice, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	hash := req.Preimage.Hash()
	n.invoices[hash] = invoice.Status{State: invoice.Open}
	return invoice.Invoice{Hash: hash, Text: "lnbcrt1" + hash.String()}, nil
}

func (n *node) Status(_ context.Context, hash invoice.Hash) (invoice.Status, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.invoices[hash], n.down
}

func (*node) Cancel(context.Context, invoice.Hash) error { return nil }

func (*node) Settled(ctx context.Context, _ uint64, _ func(invoice.Settlement) error) error {
	<-ctx.Done()
	return ctx.Err()
}

// settle pays an invoice; nobody is told.
func (n *node) settle(q fees.Quote) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.invoices[q.InvoiceHash] = invoice.Status{State: invoice.Settled, Settlement: invoice.Settlement{
		Hash: q.InvoiceHash, Paid: q.Price, At: q.CreatedAt, Index: 1,
	}}
}

func config(t *testing.T, d *db.DB, n *node) (Config, *fees.Service) {
	t.Helper()
	till, err := fees.New(fees.Config{DB: d, Invoices: n, Secret: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Till: till, Secret: [32]byte{2}, PublicURL: "https://cairn.example:8443", Network: chain.Devnet,
		Expiry: time.Minute, FreeStamps: 100, PerThousand: 10,
	}, till
}

func newWall(t *testing.T, cfg Config) *Wall {
	t.Helper()
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func offer(t *testing.T, w *Wall, digests int) Offer {
	t.Helper()
	ask, err := w.StampsAsk(digests)
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.Offer(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Whoever has paid has the preimage, and may come with it before the node's
// word does; without the node nobody can say, which is another answer than no.
func TestThePreimageMayBeQuicker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := &node{invoices: map[invoice.Hash]invoice.Status{}}
		cfg, till := config(t, d, n)
		w := newWall(t, cfg)
		o := offer(t, w, 1)
		token, _, err := l402.ParseChallenge(o.Challenges)
		if err != nil {
			t.Fatal(err)
		}
		header := l402.Credential{Token: token, Preimage: till.Preimage(o.Quote.ID)}.Header()
		n.down = chain.ErrEngineDown
		if _, err := w.Admit(t.Context(), header, Stamps); !errors.Is(err, chain.ErrEngineDown) {
			t.Errorf("while the node is down: %v", err)
		}
		n.down = nil
		if _, err := w.Admit(t.Context(), header, Stamps); !errors.Is(err, fees.ErrUnpaid) {
			t.Errorf("unpaid: %v", err)
		}
		n.settle(o.Quote)
		pass, err := w.Admit(t.Context(), header, Stamps)
		if err != nil || pass.Quote.State != fees.Settled {
			t.Fatalf("%+v, %v", pass, err)
		}
		if _, err := w.Admit(t.Context(), header, "express-anchor"); !errors.Is(err, l402.ErrService) {
			t.Errorf("for something else: %v", err)
		}

		// Another process serves the same credential.
		other := newWall(t, cfg)
		if _, err := other.Admit(t.Context(), header, Stamps); err != nil {
			t.Errorf("at another process: %v", err)
		}
		for range 2 {
			if p, err := w.OpenStamps(t.Context(), pass.Quote); err != nil || p.Left() != 1000 {
				t.Fatalf("%+v, %v", p, err)
			}
		}
	})
}

// The database knows clients by what nobody can turn back into an address.
func TestAllowancesNameNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		cfg, _ := config(t, d, &node{})
		w := newWall(t, cfg)
		if err := w.TakeFree(t.Context(), "192.0.2.7/32", 100); err != nil {
			t.Fatal(err)
		}
		if err := w.TakeFree(t.Context(), "192.0.2.7/32", 1); !errors.Is(err, fees.ErrAllowance) {
			t.Errorf("beyond it: %v", err)
		}
		if err := w.TakeFree(t.Context(), "192.0.2.8/32", 100); err != nil {
			t.Errorf("another client: %v", err)
		}
		if err := w.GiveFree(t.Context(), "192.0.2.7/32", 40); err != nil {
			t.Fatal(err)
		}
		if err := w.TakeFree(t.Context(), "192.0.2.7/32", 40); err != nil {
			t.Errorf("what was given back: %v", err)
		}
		if err := w.TakeFree(t.Context(), "192.0.2.9/32", 101); !errors.Is(err, fees.ErrAllowance) {
			t.Errorf("more than a day's: %v", err)
		}
		var keys []string
		if err := d.Read(t.Context()).Table("allowances").Pluck("key", &keys).Error; err != nil || len(keys) != 2 {
			t.Fatal(keys, err)
		}
		for _, key := range keys {
			if strings.Contains(key, "192") || len(key) != len("stamps/")+32 {
				t.Errorf("the key is %s", key)
			}
		}
	})
}

func TestPricesGoByTheThousand(t *testing.T) {
	n := &node{invoices: map[invoice.Hash]invoice.Status{}}
	cfg, _ := config(t, dbtest.Open(t, db.SQLite), n)
	w := newWall(t, cfg)
	for digests, want := range map[int]struct{ units, msat int64 }{
		1: {1000, 10_000}, 1000: {1000, 10_000}, 1001: {2000, 20_000}, 10_000: {10_000, 100_000},
	} {
		if ask, err := w.StampsAsk(digests); err != nil || ask.Units != want.units || int64(ask.Price) != want.msat {
			t.Errorf("%d digests: %+v, %v", digests, ask, err)
		}
	}
	for _, digests := range []int{0, -1, 2_000_000_000} {
		if _, err := w.StampsAsk(digests); !errors.Is(err, fees.ErrRequest) {
			t.Errorf("%d digests: %v", digests, err)
		}
	}
	cfg.Network = chain.Testnet4
	if o := offer(t, newWall(t, cfg), 1); len(o.Challenges) != 1 || !strings.HasPrefix(o.Challenges[0], "L402 ") {
		t.Errorf("on a network the other scheme has no name for: %v", o.Challenges)
	}
	cfg.PerThousand = 0
	if err := newWall(t, cfg).TakeFree(t.Context(), "x", 1_000_000); err != nil {
		t.Errorf("where stamping is free: %v", err)
	}
}

func TestWallRefuses(t *testing.T) {
	good, _ := config(t, dbtest.Open(t, db.SQLite), &node{})
	for name, change := range map[string]func(*Config){
		"no till":          func(c *Config) { c.Till = nil },
		"no secret":        func(c *Config) { c.Secret = [32]byte{} },
		"no address":       func(c *Config) { c.PublicURL = "cairn" },
		"a negative price": func(c *Config) { c.PerThousand = -1 },
		"less than free":   func(c *Config) { c.FreeStamps = -1 },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: made", name)
		}
	}
}
