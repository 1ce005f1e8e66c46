package lightning

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/wallet"
	"cairn/channels/amount"
	"cairn/channels/fees"
)

// quotesASecond is the pace of the figures.
const quotesASecond = 50

// TestFigures measures what `make bench` prints: how long a quote with its
// invoice and its address takes at 50 a second, on real nodes and both
// databases. CAIRN_FIGURES says for how long; without it nothing is measured.
func TestFigures(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("CAIRN_FIGURES"))
	if err != nil {
		t.Skip("CAIRN_FIGURES says how long to measure, as 20s")
	}
	d, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	alice, bob := startParty(t, d), startParty(t, d)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute+2*length)
	defer cancel()
	for _, p := range []*party{alice, bob} {
		if err := p.engine.WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
	}
	openChannel(ctx, t, d, alice, bob)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		coins, err := wallet.New(wallet.Config{Conn: bob.engine.Conn(), DB: d, Network: chain.Devnet})
		if err != nil {
			t.Fatal(err)
		}
		till, err := fees.New(fees.Config{DB: d, Invoices: bob, Addresses: Addresses{coins}, Secret: [32]byte{9}})
		if err != nil {
			t.Fatal(err)
		}
		took := quoteAtPace(ctx, t, till, length)
		at := func(permille int) time.Duration {
			return took[(len(took)-1)*permille/1000].Round(100 * time.Microsecond)
		}
		t.Logf("%d quotes with invoice and address at %d/s: p50 %v, p99 %v, longest %v", len(took), quotesASecond, at(500), at(990), at(1000))
	})
}

// quoteAtPace asks at a steady pace, whether or not the earlier answers are
// there, and returns how long each took from when it was due, in order.
func quoteAtPace(ctx context.Context, t *testing.T, till *fees.Service, length time.Duration) []time.Duration {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	began := time.Now()
	for i := 0; ; i++ {
		due := began.Add(time.Duration(i) * time.Second / quotesASecond)
		if due.Sub(began) >= length {
			break
		}
		time.Sleep(time.Until(due))
		all.Go(func() {
			q, err := till.Quote(ctx, fees.Request{What: "figure", Price: 1234 * amount.PerSatoshi, Expiry: 15 * time.Minute, Memo: "Cairn: a figure"})
			if err != nil || q.Invoice == "" || q.Address == "" {
				t.Errorf("%+v, %v", q, err)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(due))
		})
	}
	all.Wait()
	slices.Sort(took)
	return took
}
