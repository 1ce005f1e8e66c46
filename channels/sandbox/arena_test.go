package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/lightning"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// arena is a till on the site's node with two customers: the sandbox payer, and
// a stranger's node that came by itself and opened a channel.
type arena struct {
	*world
	stranger *lightning.Node
	store    *db.DB
	// ahead is how far the till's clock is before everybody else's.
	ahead atomic.Int64

	till *fees.Service
	stop func()
	// before is what the site had in channels when the till was opened.
	before amount.MilliSatoshi
}

func (a *arena) now() time.Time { return time.Now().Add(time.Duration(a.ahead.Load())) }

// open starts a till over the database, as a process does at its start.
func (a *arena) open(t *testing.T) {
	t.Helper()
	till, err := fees.New(fees.Config{
		DB: a.store, Invoices: a.siteSide, Addresses: lightning.Addresses{Wallet: a.siteWallet}, Secret: [32]byte{7},
		SettlePoll: 100 * time.Millisecond, SweepEvery: 50 * time.Millisecond, Now: a.now,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); till.Run(ctx) }()
	a.till, a.stop = till, func() { cancel(); <-done }
}

func newArena(ctx context.Context, t *testing.T) *arena {
	t.Helper()
	a := &arena{world: newWorld(t), store: dbtest.Open(t, db.SQLite)}
	engine, stranger := startEngine(t, a.chain, "")
	a.stranger = stranger
	a.run(t)
	until(ctx, t, "channels both ways", func() bool { return a.payer.Ready() && a.both(ctx, 2_000_000_000) })

	if err := engine.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	coins := walletOf(t, engine, dbtest.Open(t, db.SQLite))
	if err := coins.EnsureFunds(ctx, a.chain, 1, btcutil.SatoshiPerBitcoin/2); err != nil {
		t.Fatal(err)
	}
	at, err := ln.ParsePeer(a.site.Status().PubKey + "@" + a.listen)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Open(ctx, ln.Opening{Peer: at, Amount: 10_000_000, FeeRate: 2}); err != nil {
		t.Fatal(err)
	}
	until(ctx, t, "the stranger's channel", func() bool {
		can, err := stranger.Sendable(ctx)
		if err == nil && can == 0 && len(a.chain.Mempool()) > 0 {
			mine(t, a.chain)
		}
		return err == nil && can > 0
	})

	a.open(t)
	t.Cleanup(func() { a.stop() })
	blocks := follow.New(a.store, a.chain, follow.Config{StartHeight: -1}, follow.Watched{}, a.till.Coins())
	following, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); blocks.Run(following) }() //nolint:errcheck // ends with its context
	t.Cleanup(func() { stop(); <-done })
	until(ctx, t, "the follower", func() bool { return blocks.Tip() != (chain.BlockRef{}) })
	a.before = a.local(ctx, t)
	return a
}

// local is what the site has in its channels, once nothing is under way.
func (a *arena) local(ctx context.Context, t *testing.T) (sum amount.MilliSatoshi) {
	t.Helper()
	until(ctx, t, "quiet channels", func() bool {
		b, err := a.siteSide.Balance(ctx)
		sum = b.Local
		return err == nil && b.Unsettled == 0 && b.Opening == 0
	})
	return sum
}

func (a *arena) quote(ctx context.Context, t *testing.T, price amount.MilliSatoshi) fees.Quote {
	t.Helper()
	q, err := a.till.Quote(ctx, fees.Request{What: "race", Price: price, Expiry: time.Minute, Client: "racer"})
	if err != nil {
		t.Fatal(err)
	}
	if q.Invoice == "" {
		t.Fatal("the quote has no invoice")
	}
	return q
}

func (a *arena) awaitState(ctx context.Context, t *testing.T, id fees.ID, what string, ok func(fees.Quote) bool) (q fees.Quote) {
	t.Helper()
	changed, stop := a.till.Watch(id)
	defer stop()
	for {
		var err error
		if q, err = a.till.Get(ctx, id); err != nil {
			t.Fatal(err)
		}
		if ok(q) {
			return q
		}
		select {
		case <-changed:
		case <-time.After(200 * time.Millisecond): // a change told to the till before this one
		case <-ctx.Done():
			t.Fatalf("%s: the quote is %s with %s of %s", what, q.State, q.Received, q.Price)
		}
	}
}

func settled(q fees.Quote) bool { return q.State == fees.Settled }

// useOnce has several want the same paid quote: one gets it.
func (a *arena) useOnce(ctx context.Context, t *testing.T, id fees.ID) {
	t.Helper()
	var had atomic.Int32
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			_, err := a.till.Use(ctx, fees.Use{ID: id, For: fmt.Sprint("thing/", i), AcceptLate: true})
			switch {
			case err == nil:
				had.Add(1)
			case !errors.Is(err, fees.ErrUsed):
				t.Errorf("use: %v", err)
			}
		})
	}
	all.Wait()
	if had.Load() != 1 {
		t.Errorf("used %d times", had.Load())
	}
}

// balanced compares the ledger with lnd's invoices, its channels and its coins.
func (a *arena) balanced(ctx context.Context, t *testing.T) {
	t.Helper()
	books, err := a.till.Books(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list, err := lnrpc.NewLightningClient(a.site.Conn()).ListInvoices(ctx, &lnrpc.ListInvoiceRequest{NumMaxInvoices: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	invoices := amount.MilliSatoshi(0)
	for _, in := range list.Invoices {
		if in.State == lnrpc.Invoice_SETTLED {
			invoices += amount.MilliSatoshi(in.AmtPaidMsat)
		}
	}
	if books.Lightning != invoices {
		t.Errorf("the ledger has %d msat from Lightning, the node's invoices %d", books.Lightning, invoices)
	}
	// An invoice is settled a moment before the channel's balance is.
	until(ctx, t, "the balance of what was paid", func() bool { return a.local(ctx, t)-a.before == books.Lightning })

	coins, err := a.siteWallet.ListCoins(ctx)
	if err != nil {
		t.Fatal(err)
	}
	onChain := amount.MilliSatoshi(0)
	for _, c := range coins {
		onChain += amount.MilliSatoshi(c.Value) * amount.PerSatoshi
	}
	if books.OnChain != onChain {
		t.Errorf("the ledger has %d msat on chain, the wallet %d", books.OnChain, onChain)
	}
	if owed := books.Held + books.Credit + books.Income["race"] - books.Lost; owed != books.Lightning+books.OnChain {
		t.Errorf("owed and earned %d msat, have %d", owed, books.Lightning+books.OnChain)
	}
	t.Logf("lightning %s, on chain %s, held %s, credit %s, earned %s", books.Lightning, books.OnChain, books.Held, books.Credit, books.Income["race"])
}
