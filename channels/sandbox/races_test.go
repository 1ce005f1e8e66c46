package sandbox_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/lightningnetwork/lnd/lnrpc"
	"gorm.io/gorm"
)

// rounds is how often each race is run: 300 by `make races`, fewer in the tests
// that everybody waits for.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CAIRN_RACES")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("CAIRN_RACES is %q, which is no number of rounds", text)
	}
	return n
}

// Real nodes, and everything at once: whatever the order, nothing is counted
// twice or lost, and in the end the ledger is the node's own books to the
// millisatoshi.
func TestRaces(t *testing.T) {
	n := rounds(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute+time.Duration(n)*6*time.Second)
	defer cancel()
	a := newArena(ctx, t)
	for _, race := range []struct {
		name string
		run  func(context.Context, *testing.T, int)
	}{
		{"two clicks on one invoice", a.twoClicks},
		{"two payers of one invoice", a.twoPayers},
		{"paid over Lightning and on chain", a.bothWays},
		{"expired while being paid", a.expired},
		{"the till is restarted in flight", a.tillRestarts},
		{"the nodes are restarted in flight", a.nodesRestart},
		{"old settlements are told again", a.replayed},
		{"blocks are undone", a.reorganised},
	} {
		t.Run(race.name, func(t *testing.T) {
			began := time.Now()
			race.run(ctx, t, n)
			t.Logf("%d rounds in %v", n, time.Since(began).Round(time.Millisecond))
			a.balanced(ctx, t)
		})
	}
}

// twoClicks: the same invoice from the same payer, at once.
func (a *arena) twoClicks(ctx context.Context, t *testing.T, n int) {
	for i := range n {
		q := a.quote(ctx, t, amount.MilliSatoshi(1_000_000+i))
		var clicks sync.WaitGroup
		for range 2 {
			clicks.Go(func() {
				paid, err := a.payer.Pay(ctx, q.Invoice)
				if err != nil || paid.Amount != q.Price || paid.Preimage != a.till.Preimage(q.ID) {
					t.Errorf("paid: %s, %v", paid.Amount, err)
				}
			})
		}
		clicks.Wait()
		a.awaitState(ctx, t, q.ID, "two clicks", settled)
		a.useOnce(ctx, t, q.ID)
	}
}

// twoPayers: two nodes pay the same invoice at once; one of them is refused.
func (a *arena) twoPayers(ctx context.Context, t *testing.T, n int) {
	for i := range n {
		q := a.quote(ctx, t, amount.MilliSatoshi(1_500_000+i))
		var paid atomic.Int32
		var both sync.WaitGroup
		for _, pay := range []func() (ln.Payment, error){
			func() (ln.Payment, error) { return a.payer.Pay(ctx, q.Invoice) },
			func() (ln.Payment, error) { return a.stranger.Pay(ctx, ln.Order{Invoice: q.Invoice}) },
		} {
			both.Go(func() {
				switch _, err := pay(); {
				case err == nil:
					paid.Add(1)
				case !errors.Is(err, ln.ErrRefused):
					t.Errorf("pay: %v", err)
				}
			})
		}
		both.Wait()
		if paid.Load() != 1 {
			t.Errorf("%d of two payers were served", paid.Load())
		}
		a.awaitState(ctx, t, q.ID, "two payers", settled)
		a.useOnce(ctx, t, q.ID)
	}
}

// bothWays: over Lightning and on chain at once: the rest becomes credit.
func (a *arena) bothWays(ctx context.Context, t *testing.T, n int) {
	for i := range n {
		q := a.quote(ctx, t, amount.MilliSatoshi(2_000+i)*amount.PerSatoshi)
		script := scriptOf(t, q.Address)
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := a.payer.Pay(ctx, q.Invoice); err != nil {
				t.Errorf("over Lightning: %v", err)
			}
		})
		both.Go(func() {
			tx, err := a.payer.PayOnChain(ctx, script, q.OnChainAmount())
			if err == nil {
				err = a.till.SeeTransaction(ctx, tx)
			}
			if err != nil {
				t.Errorf("on chain: %v", err)
			}
		})
		both.Wait()
		mine(t, a.chain)
		q = a.awaitState(ctx, t, q.ID, "both ways", func(q fees.Quote) bool { return q.State == fees.Overpaid })
		if q.Received != 2*q.Price {
			t.Errorf("received %s for a price of %s", q.Received, q.Price)
		}
		a.useOnce(ctx, t, q.ID)
	}
}

func scriptOf(t *testing.T, address string) []byte {
	t.Helper()
	params, err := chain.Devnet.Params()
	if err != nil {
		t.Fatal(err)
	}
	to, err := btcutil.DecodeAddress(address, params)
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// expired: the quote's time ends, and its invoice is cancelled, somewhere in
// the middle of the payment. It was paid, or refused, and both sides agree.
func (a *arena) expired(ctx context.Context, t *testing.T, n int) {
	paid, took := 0, 60*time.Millisecond
	for i := range n {
		q := a.quote(ctx, t, amount.MilliSatoshi(1_000_000+i))
		outcome := make(chan error, 1)
		go func() {
			_, err := a.payer.Pay(ctx, q.Invoice)
			outcome <- err
		}()
		time.Sleep(rand.N(2 * took)) // anywhere in a payment, however long those take here
		a.ahead.Store(int64(time.Hour))
		if err := errors.Join(a.till.Sweep(ctx), a.till.Reconcile(ctx)); err != nil {
			t.Fatal(err)
		}
		switch err := <-outcome; {
		case err == nil:
			paid, took = paid+1, took*3/4
			a.awaitState(ctx, t, q.ID, "paid", func(q fees.Quote) bool { return q.Received == q.Price })
			a.useOnce(ctx, t, q.ID)
		case errors.Is(err, ln.ErrRefused):
			took = took * 3 / 2
			q = a.awaitState(ctx, t, q.ID, "refused", func(q fees.Quote) bool { return !q.InvoiceOpen })
			if q.State != fees.Expired || q.Received != 0 {
				t.Errorf("refused, and the quote is %s with %s", q.State, q.Received)
			}
		default:
			t.Errorf("pay: %v", err)
		}
		a.ahead.Store(0)
	}
	t.Logf("%d paid, %d refused", paid, n-paid)
	if n >= 20 && (paid == 0 || paid == n) {
		t.Errorf("%d of %d were paid: this was no race", paid, n)
	}
}

// tillRestarts: the till goes away somewhere in the payment and comes back.
func (a *arena) tillRestarts(ctx context.Context, t *testing.T, n int) {
	for i := range n {
		q := a.quote(ctx, t, amount.MilliSatoshi(1_000_000+i))
		outcome := make(chan error, 1)
		go func() {
			_, err := a.payer.Pay(ctx, q.Invoice)
			outcome <- err
		}()
		time.Sleep(rand.N(60 * time.Millisecond))
		a.stop()
		if i%2 == 0 { // and only comes back when all is over
			outcome <- <-outcome
		}
		a.open(t)
		if err := <-outcome; err != nil {
			t.Errorf("pay: %v", err)
		}
		a.awaitState(ctx, t, q.ID, "settled after the restart", settled)
		a.useOnce(ctx, t, q.ID)
	}
}

// nodesRestart: payer and site go down with payments under way, which end well
// all the same. A restart takes seconds, so that there is one for many rounds.
func (a *arena) nodesRestart(ctx context.Context, t *testing.T, n int) {
	const flight = 20
	var lost stuck
	for range max(n/flight, 1) {
		quotes := make([]fees.Quote, flight)
		for i := range quotes {
			quotes[i] = a.quote(ctx, t, amount.MilliSatoshi(1_000_000+i))
		}
		var all sync.WaitGroup
		for _, q := range quotes {
			all.Go(func() { a.payStubbornly(ctx, t, q, &lost) })
		}
		time.Sleep(rand.N(500 * time.Millisecond))
		began := a.site.Status().Since
		a.site.Restart("The test asks for it.") // all of them: they share a process
		until(ctx, t, "the restart", func() bool { return a.site.Status().Since.After(began) && a.site.Status().Ready() })
		all.Wait()
		for _, q := range quotes {
			a.awaitState(ctx, t, q.ID, "settled after the restart", settled)
			a.useOnce(ctx, t, q.ID)
		}
	}
	// Everybody finds everybody again.
	until(ctx, t, "the stranger's channel", func() bool {
		can, err := a.stranger.Sendable(ctx)
		return err == nil && can > 0
	})
	a.giveUp(ctx, t, lost.hashes)
}

// stuck are payments that never left.
type stuck struct {
	sync.Mutex
	hashes []invoice.Hash
}

// giveUp has the payer hear that payments never left: not before their time
// locks are over, and then at once.
func (a *arena) giveUp(ctx context.Context, t *testing.T, hashes []invoice.Hash) {
	if len(hashes) == 0 {
		return
	}
	t.Logf("%d payments never left (lnd issue 9340)", len(hashes))
	track := func(hash invoice.Hash, limit time.Duration) error {
		short, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		_, err := a.ownSide.Track(short, hash)
		return err
	}
	isKind(t, track(hashes[0], 2*time.Second), ln.ErrUnknownOutcome)
	if _, err := a.chain.Mine(400); err != nil { // longer than any lock
		t.Fatal(err)
	}
	for _, hash := range hashes {
		until(ctx, t, "the end of a payment that never left", func() bool {
			err := track(hash, 5*time.Second)
			return errors.Is(err, ln.ErrTimedOut) && !errors.Is(err, ln.ErrUnknownOutcome)
		})
	}
}

// payStubbornly pays until the outcome is known: that never pays twice. A node
// that goes down between noting a payment and passing it on holds it for being
// under way for ever (lnd issue 9340), although nothing left: then the invoice
// is still free for another payer.
func (a *arena) payStubbornly(ctx context.Context, t *testing.T, q fees.Quote, lost *stuck) {
	trying, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var err error
	for trying.Err() == nil {
		var paid ln.Payment
		if paid, err = a.payer.Pay(trying, q.Invoice); err == nil {
			if paid.Amount != q.Price {
				t.Errorf("paid %s for %s", paid.Amount, q.Price)
			}
			return
		}
		for _, told := range []error{ln.ErrRefused, ln.ErrInvoice, ln.ErrExpired} {
			if errors.Is(err, told) {
				t.Errorf("pay: %v", err)
				return
			}
		}
		wait(trying, 100*time.Millisecond)
	}
	isKind(t, err, ln.ErrUnknownOutcome)
	if b, err := a.ownSide.Balance(ctx); err != nil || b.Unsettled != 0 {
		t.Errorf("%s is under way, %v", b.Unsettled, err)
	}
	until(ctx, t, "another's payment", func() bool {
		_, err = a.stranger.Pay(ctx, ln.Order{Invoice: q.Invoice})
		return !errors.Is(err, ln.ErrNoBalance) && !errors.Is(err, ln.ErrNoRoute) && !errors.Is(err, chain.ErrEngineDown)
	})
	if err != nil {
		t.Errorf("another could not pay it either: %v", err)
	}
	in, err := a.ownSide.Decode(q.Invoice)
	if err != nil {
		t.Error(err)
		return
	}
	lost.Lock()
	defer lost.Unlock()
	lost.hashes = append(lost.hashes, in.Hash)
}

// wait pauses, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// replayed: every settlement is told again, by several at once, and by lnd from
// the very first; with another amount too. Nothing changes.
func (a *arena) replayed(ctx context.Context, t *testing.T, n int) {
	a.settle(ctx, t, n)
	before, err := a.till.Books(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list, err := lnrpc.NewLightningClient(a.site.Conn()).ListInvoices(ctx, &lnrpc.ListInvoiceRequest{NumMaxInvoices: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, in := range list.Invoices {
		if in.State != lnrpc.Invoice_SETTLED || told >= n {
			continue
		}
		told++
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				paid := amount.MilliSatoshi(in.AmtPaidMsat + int64(i)*1_000_000)
				err := a.till.Settle(ctx, invoice.Settlement{
					Hash: invoice.Hash(in.RHash), Paid: paid, At: time.Unix(in.SettleDate, 0), Index: in.SettleIndex,
				})
				if err != nil {
					t.Errorf("told again: %v", err)
				}
			})
		}
		all.Wait()
	}
	if told < n {
		t.Errorf("there were %d settlements to tell again, of %d", told, n)
	}
	// A till that has lost its place hears everything from the first again.
	a.stop()
	err = a.store.Transact(ctx, func(tx *gorm.DB) error { return tx.Exec("UPDATE quote_cursor SET settle_index = 0").Error })
	if err != nil {
		t.Fatal(err)
	}
	a.open(t)
	q := a.quote(ctx, t, 1_000_000)
	if _, err := a.payer.Pay(ctx, q.Invoice); err != nil {
		t.Fatal(err)
	}
	a.awaitState(ctx, t, q.ID, "settled", settled)
	after, err := a.till.Books(ctx)
	if err != nil || after.Lightning != before.Lightning+q.Price || after.Credit != before.Credit {
		t.Errorf("books %+v, before %+v, %v", after, before, err)
	}
}

// settle pays quotes until the node has n settled invoices.
func (a *arena) settle(ctx context.Context, t *testing.T, n int) {
	list, err := lnrpc.NewLightningClient(a.site.Conn()).ListInvoices(ctx, &lnrpc.ListInvoiceRequest{NumMaxInvoices: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range list.Invoices {
		if in.State == lnrpc.Invoice_SETTLED {
			n--
		}
	}
	for i := range max(n, 0) {
		q := a.quote(ctx, t, amount.MilliSatoshi(1_000_000+i))
		if _, err := a.payer.Pay(ctx, q.Invoice); err != nil {
			t.Fatal(err)
		}
		a.awaitState(ctx, t, q.ID, "settled", settled)
	}
}

// reorganised: blocks with payments are undone and mined again in others; what
// came in comes in once.
func (a *arena) reorganised(ctx context.Context, t *testing.T, n int) {
	for i := range max(n/10, 2) {
		// A node that has gone deaf after a reorganisation is restarted, and has
		// no address to give meanwhile.
		var q fees.Quote
		until(ctx, t, "a quote with an address", func() (ok bool) {
			var err error
			q, err = a.till.Quote(ctx, fees.Request{
				What: "race", Price: amount.MilliSatoshi(3_000+i) * amount.PerSatoshi, Expiry: time.Minute, Client: "racer",
			})
			return err == nil && q.Address != ""
		})
		tx, err := a.payer.PayOnChain(ctx, scriptOf(t, q.Address), q.OnChainAmount())
		if err != nil {
			t.Fatal(err)
		}
		mine(t, a.chain)
		a.awaitState(ctx, t, q.ID, "confirmed", settled)
		if _, err := a.chain.Reorg(1); err != nil {
			t.Fatal(err)
		}
		// The competing blocks hold nothing; the payment waits, and comes again.
		until(ctx, t, "the payment in the mempool again", func() bool { return a.chain.InMempool(tx.TxHash()) })
		mine(t, a.chain)
		a.awaitState(ctx, t, q.ID, "confirmed again", func(q fees.Quote) bool { return q.Received == q.Price && q.State == fees.Settled })
		a.useOnce(ctx, t, q.ID)
	}
	until(ctx, t, "no losses", func() bool {
		books, err := a.till.Books(ctx)
		return err == nil && books.Lost == 0
	})
	// The wallet has seen it too.
	tip, err := a.chain.Tip(ctx)
	if err != nil {
		t.Fatal(err)
	}
	until(ctx, t, "the node at the tip", func() bool {
		who, err := a.siteSide.Identity(ctx)
		return err == nil && who.Height == uint32(tip.Height)
	})
}
