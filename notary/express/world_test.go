package express

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/notary"
	"cairn/notary/anchor"
	"cairn/notary/calendar"
	"cairn/notary/carrier/carriertest"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// world is a desk beside a calendar on a real chain. Nothing in it runs by
// itself: tests say when the desk works, the outbox is sent, a block is mined
// and the follower reads.
type world struct {
	testing.TB
	db       *db.DB
	chain    *devnet.Chain
	wallet   *wallet
	till     *till
	desk     *Desk
	follower *follow.Follower
	ledger   Ledger
	anchors  *anchor.Ledger
	calendar *calendar.Calendar
	service  *notary.Service
	lease    *db.Lease
	clock    *clock
	needed   int32
	paid     int
}

type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// wallet notes what was given up.
type wallet struct {
	*carriertest.Wallet
	mu        sync.Mutex
	abandoned []string // guarded by mu
}

func (w *wallet) Abandon(_ context.Context, purpose string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.abandoned = append(w.abandoned, purpose)
	return nil
}

// till holds payments in a table of its own, as a real one does: what is spent
// or given back stays so, and a crash undoes it with its transaction.
type till struct {
	db *db.DB
	// fail makes GiveBack fail.
	fail error
}

func newTill(t testing.TB, d *db.DB) *till {
	t.Helper()
	bytea := "BLOB"
	if d.Dialect() == db.Postgres {
		bytea = "BYTEA"
	}
	must(t, d.Transact(t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("CREATE TABLE test_payments (id " + bytea + " PRIMARY KEY, state TEXT NOT NULL, spent_for BIGINT)").Error
	}))
	return &till{db: d}
}

func (t *till) take(ctx context.Context, id Payment) error {
	return t.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Exec("INSERT INTO test_payments (state, id) VALUES ('paid', ?)", id[:]).Error
	})
}

type payment struct {
	State    string
	SpentFor *int64
}

func (t *till) of(tx *gorm.DB, id Payment) (payment, error) {
	var p payment
	err := tx.Raw("SELECT state, spent_for FROM test_payments WHERE id = ?", id[:]).Scan(&p).Error
	return p, err
}

func (t *till) Spend(tx *gorm.DB, o Order) error {
	p, err := t.of(tx, o.PaidBy)
	switch {
	case err != nil:
		return err
	case p.State == "returned":
		return fmt.Errorf("the till: %w", ErrTakenBack)
	case p.State == "spent" && *p.SpentFor == o.ID:
		return nil
	case p.State != "paid":
		return fmt.Errorf("a payment that is %q was to be spent", p.State)
	}
	return tx.Exec("UPDATE test_payments SET state = 'spent', spent_for = ? WHERE id = ?", o.ID, o.PaidBy[:]).Error
}

func (t *till) Spent(Order) {}

func (t *till) GiveBack(ctx context.Context, o Order) error {
	if t.fail != nil {
		return t.fail
	}
	return t.db.Transact(ctx, func(tx *gorm.DB) error {
		p, err := t.of(tx, o.PaidBy)
		if err == nil && p.State == "spent" {
			err = errors.New("a spent payment was to be given back")
		}
		if err != nil {
			return err
		}
		return tx.Exec("UPDATE test_payments SET state = 'returned' WHERE id = ?", o.PaidBy[:]).Error
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t testing.TB, d *db.DB, needed int32) *world {
	t.Helper()
	c, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	w := &world{TB: t, db: d, chain: c, needed: needed, clock: &clock{now: time.Now().Truncate(time.Second)}}
	w.wallet = &wallet{Wallet: carriertest.NewWallet(t, c, 24)}
	w.till = newTill(t, d)
	journal, err := calendar.OpenJournal(t.Context(), d)
	must(t, err)
	t.Cleanup(journal.Close)
	w.calendar, err = calendar.New(calendar.Config{URI: "http://127.0.0.1:8780", Now: w.clock.Now}, journal)
	must(t, err)
	t.Cleanup(w.calendar.Close)
	w.lease, err = d.Acquire(t.Context(), "leader", "test", time.Hour)
	must(t, err)
	w.follower = follow.New(d, c, follow.Config{StartHeight: -1}, follow.Outbox{}, anchor.Projection{}, Projection{})
	w.ledger = Ledger{DB: d, Confirmations: needed}
	w.anchors = anchor.NewLedger(anchor.LedgerConfig{DB: d, Confirmations: needed, Interval: time.Minute, BlockInterval: time.Minute, Now: w.clock.Now})
	w.service = notary.New(notary.Config{Calendar: w.calendar, Anchors: w.anchors, Headers: w.follower, Owns: w.ledger})
	w.restart()
	w.follow()
	return w
}

// restart makes a new desk, as a new process does.
func (w *world) restart() { w.desk = w.newDesk() }

func (w *world) newDesk() *Desk {
	return NewDesk(Config{DB: w.db, Wallet: w.wallet, Till: w.till, BumpAfter: 2, Rand: rand.Reader, Now: w.clock.Now})
}

func digestOf(text string) notary.Digest { return sha256.Sum256([]byte(text)) }

// pay makes a payment that an order can be placed for.
func (w *world) pay() Payment {
	w.Helper()
	w.paid++
	id := Payment{byte(w.paid >> 8), byte(w.paid)}
	must(w, w.till.take(w.Context(), id))
	return id
}

// buy stamps a text, pays, and places the order.
func (w *world) buy(text string, form notary.Form) Order {
	w.Helper()
	_, err := w.service.Stamp(w.Context(), digestOf(text))
	must(w, err)
	o, err := w.desk.Place(w.Context(), w.pay(), digestOf(text), form)
	must(w, err)
	return o
}

// work lets the desk act, as often as something may be left to do.
func (w *world) work() {
	w.Helper()
	for range 3 {
		w.clock.Add(time.Second)
		must(w, w.desk.work(w.Context(), w.lease))
	}
}

func (w *world) unsent() []outbox.Entry {
	w.Helper()
	entries, err := outbox.Pending(w.db.Read(w.Context()), 100)
	must(w, err)
	return entries
}

// send is the broadcaster: it hands the network what the outbox has.
func (w *world) send() {
	w.Helper()
	for _, e := range w.unsent() {
		tx, err := e.Tx()
		must(w, err)
		sent := w.chain.Submit(tx)
		must(w, w.db.Transact(w.Context(), func(tx *gorm.DB) error {
			if errors.Is(sent, chain.ErrRejected) {
				return outbox.MarkFailed(tx, e.Key, sent.Error())
			}
			return outbox.MarkBroadcast(tx, e.Key, w.clock.Now())
		}))
	}
}

// runUntilSent lets the calendar's own loop make its anchor, and sends it.
func (w *world) runUntilSent(loop *anchor.Loop) {
	w.Helper()
	ctx, stop := context.WithTimeout(w.Context(), 30*time.Second)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx, w.lease) }()
	for len(w.unsent()) == 0 && ctx.Err() == nil {
		w.clock.Add(time.Second)
		loop.Kick()
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	must(w, <-ended)
	w.send()
}

func (w *world) mine(n int) {
	w.Helper()
	_, err := w.chain.Mine(n)
	must(w, err)
	w.follow()
}

func (w *world) follow() {
	w.Helper()
	must(w, w.follower.CatchUp(w.Context()))
	_, err := w.anchors.Mark(w.Context())
	must(w, err)
}

// passWithout makes the chain longer while a transaction waits in the mempool
// as before, as when nobody mines it at its rate.
func (w *world) passWithout(txid chainhash.Hash) {
	w.Helper()
	_, err := w.chain.Mine(1)
	must(w, err)
	_, err = w.chain.Reorg(1)
	must(w, err)
	w.follow()
	if !w.chain.InMempool(txid) {
		w.Fatalf("%s does not wait any more", txid)
	}
}

// own is the only transaction of a text.
func (w *world) own(text string) notary.Own {
	w.Helper()
	owns, err := w.ledger.Of(w.Context(), digestOf(text))
	must(w, err)
	if len(owns[digestOf(text)]) != 1 {
		w.Fatalf("%q has %d orders", text, len(owns[digestOf(text)]))
	}
	return owns[digestOf(text)][0]
}

func (w *world) stage(text string, want notary.Stage) notary.Own {
	w.Helper()
	own := w.own(text)
	if own.Stage != want {
		w.Fatalf("%q is at stage %d, want %d (%+v)", text, own.Stage, want, own)
	}
	return own
}

func (w *world) proof(text string) notary.Proof {
	w.Helper()
	p, err := w.service.Proof(w.Context(), digestOf(text))
	must(w, err)
	return p
}

// verified checks the .ots file of a text by the codec and the headers of the
// chain, and that it is canonical.
func (w *world) verified(text string, want verify.Outcome) *ots.File {
	w.Helper()
	digest := digestOf(text)
	raw, err := w.service.File(w.Context(), digest)
	must(w, err)
	result, err := w.service.Verify(w.Context(), raw, &digest)
	must(w, err)
	if result.Verdict.Outcome != want {
		w.Fatalf("the proof of %q is %s, want %s: %+v", text, result.Verdict.Outcome, want, result.Verdict)
	}
	again, err := result.File.MarshalBinary()
	if err != nil || !bytes.Equal(again, raw) {
		w.Fatalf("the file of %q is not canonical: %v\n%x\n%x", text, err, raw, again)
	}
	return result.File
}

// script is the output script of an order.
func (w *world) script(o Order) []byte {
	w.Helper()
	row, err := byID(w.db.Read(w.Context()), o.ID)
	must(w, err)
	return row.load().Output.PkScript
}

// carriedTimes asserts how many transactions of the chain carry an order, and
// that none waits.
func (w *world) carriedTimes(o Order, times int) {
	w.Helper()
	mined, waiting := carriertest.Carriers(w.TB, w.chain, w.script(o))
	if len(mined) != times || len(waiting) != 0 {
		w.Fatalf("order %d is in %d transactions of the chain and %d that wait, want %d and none", o.ID, len(mined), len(waiting), times)
	}
}

// paidFor asserts what became of an order's payment.
func (w *world) paidFor(o Order, state string) {
	w.Helper()
	p, err := w.till.of(w.db.Read(w.Context()), o.PaidBy)
	must(w, err)
	if p.State != state || (state == "spent") != (p.SpentFor != nil && *p.SpentFor == o.ID) {
		w.Fatalf("the payment of order %d is %+v, want it %s", o.ID, p, state)
	}
}
