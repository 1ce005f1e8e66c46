package anchor

import (
	"bytes"
	"context"
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
	"cairn/notary/calendar"
	"cairn/notary/carrier"
	"cairn/notary/carrier/carriertest"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"gorm.io/gorm"
)

const testURI = "http://127.0.0.1:8780"

// world is a calendar with everything behind it on a real chain. Nothing in it
// runs by itself: tests say when the loop steps, the outbox is sent, a block
// is mined and the follower reads.
type world struct {
	testing.TB
	db       *db.DB
	chain    *devnet.Chain
	wallet   *carriertest.Wallet
	calendar *calendar.Calendar
	journal  *calendar.Journal
	follower *follow.Follower
	ledger   *Ledger
	service  *notary.Service
	loop     *Loop
	lease    *db.Lease
	clock    *clock
	needed   int32
}

// clock moves when a test says so.
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

func newWorld(t testing.TB, d *db.DB, needed int32) *world {
	t.Helper()
	c, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{TB: t, db: d, chain: c, needed: needed, clock: &clock{now: time.Now().Truncate(time.Second)}}
	w.wallet = carriertest.NewWallet(t, c, 24)
	if w.journal, err = calendar.OpenJournal(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.journal.Close)
	if w.calendar, err = calendar.New(calendar.Config{URI: testURI, Now: w.clock.Now}, w.journal); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.calendar.Close)
	if w.lease, err = d.Acquire(t.Context(), "leader", "test", time.Hour); err != nil {
		t.Fatal(err)
	}
	w.follower = follow.New(d, c, follow.Config{StartHeight: -1}, follow.Outbox{}, Projection{})
	w.ledger = NewLedger(LedgerConfig{
		DB: d, Confirmations: needed, Interval: time.Minute, BlockInterval: time.Minute, Headers: w.follower, Now: w.clock.Now,
	})
	w.service = notary.New(notary.Config{Calendar: w.calendar, Anchors: w.ledger, Headers: w.follower})
	w.restart()
	w.follow()
	return w
}

// restart makes a new loop, as a new process does.
func (w *world) restart() {
	w.loop = NewLoop(Config{DB: w.db, Wallet: w.wallet, Interval: time.Minute, BumpAfter: 2, Now: w.clock.Now})
	w.loop.lease = w.lease
}

func (w *world) stamp(text string) notary.Proof {
	w.Helper()
	proof, err := w.service.Stamp(w.Context(), sha256.Sum256([]byte(text)))
	if err != nil {
		w.Fatal(err)
	}
	return proof
}

// step lets the loop act until it would wait.
func (w *world) step() {
	w.Helper()
	w.clock.Add(2 * time.Minute)
	for range 3 {
		if _, err := w.loop.step(w.Context()); err != nil {
			w.Fatal(err)
		}
		w.clock.Add(time.Second)
	}
}

// unsent lists what the outbox has to send.
func (w *world) unsent() []outbox.Entry {
	w.Helper()
	entries, err := outbox.Pending(w.db.Read(w.Context()), 100)
	if err != nil {
		w.Fatal(err)
	}
	return entries
}

// send is the broadcaster: it hands the network what the outbox has.
func (w *world) send() {
	w.Helper()
	for _, e := range w.unsent() {
		tx, err := e.Tx()
		if err != nil {
			w.Fatal(err)
		}
		sent := w.chain.Submit(tx)
		err = w.db.Transact(w.Context(), func(tx *gorm.DB) error {
			if errors.Is(sent, chain.ErrRejected) {
				return outbox.MarkFailed(tx, e.Key, sent.Error())
			}
			return outbox.MarkBroadcast(tx, e.Key, w.clock.Now())
		})
		if err != nil {
			w.Fatal(err)
		}
	}
}

func (w *world) mine(n int) {
	w.Helper()
	if _, err := w.chain.Mine(n); err != nil {
		w.Fatal(err)
	}
	w.follow()
}

func (w *world) follow() {
	w.Helper()
	if err := w.follower.CatchUp(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.look()
}

// look makes the ledger forget how recently it looked.
func (w *world) look() {
	w.Helper()
	if _, err := w.ledger.Mark(w.Context()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) proof(text string) notary.Proof {
	w.Helper()
	w.look()
	proof, err := w.service.Proof(w.Context(), sha256.Sum256([]byte(text)))
	if err != nil {
		w.Fatal(err)
	}
	return proof
}

func (w *world) stage(text string, want notary.Stage) notary.Proof {
	w.Helper()
	proof := w.proof(text)
	if proof.Stage != want {
		w.Fatalf("%q is at stage %d, want %d (anchor %+v)", text, proof.Stage, want, proof.Anchor)
	}
	return proof
}

// verified checks the .ots file of a text, and the calendar's own answer, by
// the codec and the headers of the chain, and that both are canonical.
func (w *world) verified(text string, want verify.Outcome) *ots.File {
	w.Helper()
	digest := notary.Digest(sha256.Sum256([]byte(text)))
	w.look()
	raw, err := w.service.File(w.Context(), digest)
	if err != nil {
		w.Fatal(err)
	}
	result, err := w.service.Verify(w.Context(), raw, &digest)
	if err != nil {
		w.Fatal(err)
	}
	if result.Verdict.Outcome != want {
		w.Fatalf("the proof of %q is %s, want %s: %+v", text, result.Verdict.Outcome, want, result.Verdict)
	}
	if result.Stamped == nil || result.Stamped.Digest != digest {
		w.Fatalf("the proof of %q is not known here", text)
	}
	again, err := result.File.MarshalBinary()
	if err != nil || !bytes.Equal(again, raw) {
		w.Fatalf("the file of %q is not canonical: %v\n%x\n%x", text, err, raw, again)
	}
	return result.File
}

func (w *world) status() notary.Status {
	w.Helper()
	status, err := w.service.Status(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return status
}

// onlyCarrier asserts that exactly one transaction of the chain carries the
// root of an anchor, and none waits.
func (w *world) onlyCarrier(root [32]byte) {
	w.Helper()
	mined, waiting := carriertest.Carriers(w.TB, w.chain, Output(root).PkScript)
	if len(mined) != 1 || len(waiting) != 0 {
		w.Fatalf("root %x is in %d transactions of the chain and %d that wait", root, len(mined), len(waiting))
	}
}

func (w *world) attempts(anchorID int64) []carrier.Attempt {
	w.Helper()
	attempts, err := book.AttemptsOf(w.db.Read(context.Background()), anchorID)
	if err != nil {
		w.Fatal(err)
	}
	return attempts
}

// fillJournal makes n group commits of one digest each, in one transaction.
func fillJournal(t testing.TB, d *db.DB, n int) {
	t.Helper()
	rows := make([]map[string]any, n)
	for i := range rows {
		tip := sha256.Sum256(fmt.Append(nil, i))
		rows[i] = map[string]any{"seq": i + 1, "time": i, "tip": tip[:], "mac": tip[:8], "digests": 1}
	}
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		if err := tx.Table("commitments").CreateInBatches(rows, 1000).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE calendar_head SET seq = ?, digests = ?", n, n).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}
