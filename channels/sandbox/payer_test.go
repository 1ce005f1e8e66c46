package sandbox_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/node"
	"cairn/chain/wallet"
	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/lightning"
	"cairn/channels/ln"
	"cairn/channels/sandbox"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// world is a devnet with the site's node and the payer's.
type world struct {
	chain      *devnet.Chain
	site, own  *node.Node
	siteSide   *lightning.Node
	ownSide    *lightning.Node
	siteWallet *wallet.Wallet
	payer      *sandbox.Payer
	listen     string // where the site's node is

	mu   sync.Mutex
	told []*wire.MsgTx // what the payer said it sent
}

func quickly(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func freePort(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}

func startEngine(t *testing.T, d *devnet.Chain, listen string) (*node.Node, *lightning.Node) {
	t.Helper()
	n, err := node.Open(node.Config{
		Network: chain.Devnet, Driver: node.InProcess, Dir: t.TempDir(), Listen: listen,
		Chain: node.ChainConfig{Connect: []string{d.P2PAddr()}}, HealthEvery: 100 * time.Millisecond,
		ExtraArgs: []string{"--bitcoin.defaultchanconfs=1", "--maxbackoff=5s"}, LogLevel: os.Getenv("CAIRN_TEST_LND_LOG"),
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	side, err := lightning.New(lightning.Config{Conn: n.Conn(), Network: chain.Devnet})
	if err != nil {
		t.Fatal(err)
	}
	return n, side
}

func walletOf(t *testing.T, n *node.Node, store *db.DB) *wallet.Wallet {
	t.Helper()
	w, err := wallet.New(wallet.Config{Conn: n.Conn(), DB: store, Network: chain.Devnet})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newWorld(t *testing.T) *world {
	t.Helper()
	d, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	w := &world{chain: d}
	w.listen = freePort(t)
	w.site, w.siteSide = startEngine(t, d, w.listen)
	w.own, w.ownSide = startEngine(t, d, "")
	store := dbtest.Open(t, db.SQLite) // one for both, as in an app
	w.siteWallet = walletOf(t, w.site, store)
	coins := walletOf(t, w.own, store)
	w.payer, err = sandbox.New(sandbox.Config{
		Node: w.ownSide, Engine: w.own, Site: w.siteSide, SiteEngine: w.site, SiteHost: w.listen, Chain: d,
		Fund:  func(ctx context.Context) error { return coins.EnsureFunds(ctx, d, 2, btcutil.SatoshiPerBitcoin/2) },
		Sent:  w.sent,
		Every: 500 * time.Millisecond, Log: quickly(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) sent(_ context.Context, tx *wire.MsgTx) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, tx)
}

// run keeps the payer going until the test ends.
func (w *world) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.payer.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

func mine(t *testing.T, d *devnet.Chain) {
	t.Helper()
	if _, err := d.Mine(1); err != nil {
		t.Fatal(err)
	}
}

func until(ctx context.Context, t *testing.T, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s did not happen", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func isKind(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%v, want %q", err, kind)
	}
}

func (w *world) invoice(ctx context.Context, t *testing.T, seed byte, pay amount.MilliSatoshi) invoice.Invoice {
	t.Helper()
	in, err := w.siteSide.Create(ctx, invoice.Request{Preimage: invoice.Preimage{seed}, Amount: pay, Memo: "a test", Expiry: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// both reports whether either side can pay the other at least so much.
func (w *world) both(ctx context.Context, pay amount.MilliSatoshi) bool {
	out, err := w.ownSide.Sendable(ctx)
	if err != nil || out < pay {
		return false
	}
	back, err := w.siteSide.Sendable(ctx)
	return err == nil && back >= pay
}

// A newcomer's first minutes: from two nodes that know nothing of each other to
// payments both ways, over Lightning and on chain, also after a restart and
// after the channels were closed.
func TestPayer(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	isKind(t, second(w.payer.PayOnChain(ctx, []byte{0x51}, 1000)), sandbox.ErrNotReady)
	began := time.Now()
	w.run(t)
	until(ctx, t, "the payer's first channel", w.payer.Ready)
	t.Logf("ready after %v", time.Since(began))
	until(ctx, t, "channels both ways", func() bool { return w.both(ctx, 2_000_000_000) })
	t.Logf("both ways after %v", time.Since(began))

	t.Run("pays the site's invoices, once", func(t *testing.T) { w.invoices(ctx, t) })
	t.Run("pays on chain", func(t *testing.T) { w.onChain(ctx, t) })
	t.Run("goes on after a restart", func(t *testing.T) { w.restarted(ctx, t) })
	t.Run("opens again what was closed", func(t *testing.T) { w.closed(ctx, t) })
}

func second[T any](_ T, err error) error { return err }

func (w *world) invoices(ctx context.Context, t *testing.T) {
	in := w.invoice(ctx, t, 1, 1_234_567)
	paid, err := w.payer.Pay(ctx, in.Text)
	if err != nil || paid.Preimage != (invoice.Preimage{1}) || paid.Fee != 0 {
		t.Fatalf("paid: %+v, %v", paid, err)
	}
	// Again, and again from two clicks at once: the same payment.
	var clicks sync.WaitGroup
	for range 2 {
		clicks.Go(func() {
			if again, err := w.payer.Pay(ctx, in.Text); err != nil || again != paid {
				t.Errorf("paid again: %+v, %v", again, err)
			}
		})
	}
	clicks.Wait()
	until(ctx, t, "the balance of what was paid", func() bool {
		st, err := w.siteSide.Status(ctx, in.Hash)
		return err == nil && st.State == invoice.Settled && st.Settlement.Paid == 1_234_567
	})

	most, err := w.siteSide.Receivable(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancelled := w.invoice(ctx, t, 2, 5000)
	if err := w.siteSide.Cancel(ctx, cancelled.Hash); err != nil {
		t.Fatal(err)
	}
	isKind(t, second(w.payer.Pay(ctx, cancelled.Text)), ln.ErrRefused)
	isKind(t, second(w.payer.Pay(ctx, "lnbcrt1nonsense")), ln.ErrInvoice)
	// Its own invoices are nobody's business.
	own, err := w.ownSide.Create(ctx, invoice.Request{Preimage: invoice.Preimage{3}, Amount: 1000, Expiry: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	isKind(t, second(w.payer.Pay(ctx, own.Text)), sandbox.ErrStranger)

	// The site pays out.
	until(ctx, t, "the site's own channel", func() bool { // its terms come a moment after it
		paid, err = w.siteSide.Pay(ctx, ln.Order{Invoice: own.Text})
		return !errors.Is(err, ln.ErrNoBalance) && !errors.Is(err, ln.ErrNoRoute)
	})
	if err != nil || paid.Amount != 1000 {
		t.Errorf("paid out: %+v, %v", paid, err)
	}

	// What is used up is opened anew. In parts, as it is in two channels.
	most -= 1_000_000_000
	large := w.invoice(ctx, t, 4, most)
	if _, err := w.payer.Pay(ctx, large.Text); err != nil {
		t.Fatalf("pay %s: %v", most, err)
	}
	until(ctx, t, "a new channel", func() bool {
		can, err := w.ownSide.Sendable(ctx)
		return err == nil && can > most/2
	})
	if _, err := w.payer.Pay(ctx, w.invoice(ctx, t, 5, 1_000_000).Text); err != nil {
		t.Error(err)
	}
}

func (w *world) onChain(ctx context.Context, t *testing.T) {
	_, script, err := lightning.Addresses{Wallet: w.siteWallet}.New(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// Two clicks are one payment.
	var clicks sync.WaitGroup
	made := make([]*wire.MsgTx, 2)
	for i := range made {
		clicks.Go(func() {
			if made[i], err = w.payer.PayOnChain(ctx, script, 40_000); err != nil {
				t.Error(err)
			}
		})
	}
	clicks.Wait()
	if t.Failed() {
		return
	}
	if made[0].TxHash() != made[1].TxHash() || !w.chain.InMempool(made[0].TxHash()) {
		t.Errorf("%s and %s, in the mempool %v", made[0].TxHash(), made[1].TxHash(), w.chain.Mempool())
	}
	again, err := w.payer.PayOnChain(ctx, script, 40_000)
	if err != nil || again.TxHash() != made[0].TxHash() {
		t.Errorf("once more: %v, %v", again, err)
	}
	// The rest of something underpaid is another payment.
	rest, err := w.payer.PayOnChain(ctx, script, 30_000)
	if err != nil || rest.TxHash() == made[0].TxHash() {
		t.Fatalf("the rest: %v, %v", rest, err)
	}
	mine(t, w.chain)
	until(ctx, t, "both coins", func() bool {
		coins, err := w.siteWallet.ListCoins(ctx)
		sum := btcutil.Amount(0)
		for _, c := range coins {
			sum += c.Value
		}
		return err == nil && sum == 70_000
	})
	isKind(t, second(w.payer.PayOnChain(ctx, script, 900*btcutil.SatoshiPerBitcoin)), sandbox.ErrTooMuch)
	isKind(t, second(w.payer.PayOnChain(ctx, script, 1)), chain.ErrRejected) // dust
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.told) != 2 {
		t.Errorf("told of %d payments, made 2", len(w.told))
	}
}

func (w *world) restarted(ctx context.Context, t *testing.T) {
	in := w.invoice(ctx, t, 6, 1_000_000)
	since := w.site.Status().Since
	w.site.Restart("The test asks for it.") // and the other with it: they share a process
	until(ctx, t, "the restart", func() bool {
		return w.site.Status().Since.After(since) && w.own.Status().Ready() && w.site.Status().Ready()
	})
	began := time.Now()
	until(ctx, t, "the payer after the restart", w.payer.Ready)
	t.Logf("ready again %v after the nodes", time.Since(began))
	if _, err := w.payer.Pay(ctx, in.Text); err != nil {
		t.Error(err)
	}
}

func (w *world) closed(ctx context.Context, t *testing.T) {
	channels, err := w.siteSide.Channels(ctx)
	if err != nil || len(channels) == 0 {
		t.Fatalf("channels %v, %v", channels, err)
	}
	for _, c := range channels {
		if _, err := w.siteSide.Close(ctx, c.Point, 2); err != nil {
			t.Fatal(err)
		}
	}
	mine(t, w.chain)
	until(ctx, t, "channels both ways", func() bool { return w.payer.Ready() && w.both(ctx, 2_000_000_000) })
	if _, err := w.payer.Pay(ctx, w.invoice(ctx, t, 7, 1_000_000).Text); err != nil {
		t.Error(err)
	}
}
