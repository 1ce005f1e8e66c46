package express

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/notary"
	"cairn/notary/verify"
)

// The steps between which a process may die, in order. The last two need a
// transaction that lingers.
var crashSteps = []string{"placed", "prepared", "settled", "sent, not marked", "replaced", "replacement settled"}

// At each step the process dies once and begins anew with nothing in memory:
// in the end exactly one transaction of the chain carries the digest, and its
// payment is spent for it.
func TestCrashAtEveryStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		for i, step := range crashSteps {
			form := forms[i%len(forms)]
			o := w.buy(step, form)
			crashed := step == "placed"
			if crashed {
				w.restart()
			}
			w.untilSent(step, &crashed)
			// Whoever delivers does so again, not knowing how far it came.
			again, err := w.desk.Place(t.Context(), o.PaidBy, digestOf(step), form)
			if err != nil || again != o {
				t.Fatalf("%s: placed again: %+v, %v", step, again, err)
			}
			w.mine(1)
			w.stage(step, notary.StageComplete)
			w.verified(step, verify.Confirmed)
			w.work()
			w.send()
			w.mine(1)
			w.carriedTimes(o, 1)
			w.paidFor(o, "spent")
		}
	})
}

// untilSent works through crashes until a transaction waits to be mined.
func (w *world) untilSent(step string, crashed *bool) {
	w.Helper()
	lingered := false
	for range 20 {
		w.clock.Add(time.Second)
		w.desk.crash = func(at string) error {
			if at == step && !*crashed {
				*crashed = true
				return errCrash
			}
			return nil
		}
		if err := w.desk.work(w.Context(), w.lease); errors.Is(err, errCrash) {
			w.restart()
			continue
		} else if err != nil {
			w.Fatal(err)
		}
		if step == "sent, not marked" && !*crashed && len(w.unsent()) == 1 {
			// The network has it, and the process dies before it knows.
			tx, err := w.unsent()[0].Tx()
			must(w, err)
			must(w, w.chain.Submit(tx))
			*crashed = true
			w.restart()
			continue
		}
		w.send()
		own := w.own(step)
		if own.Stage != notary.StageBroadcast {
			continue
		}
		if *crashed {
			return
		}
		if !lingered {
			w.passWithout(own.Anchor.Txid)
			w.passWithout(own.Anchor.Txid)
			lingered = true
		}
	}
	w.Fatalf("%s: not sent after 20 steps (crashed: %v)", step, *crashed)
}

// However often the process dies while money goes back, it goes back once, and
// nothing is sent.
func TestCrashWhileGivingBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		for _, step := range []string{"prepared", "giving back", "gave back"} {
			o := w.buy(step, notary.FormPlain)
			w.desk.crash = func(at string) error {
				if at == step {
					return errCrash
				}
				return nil
			}
			if step == "prepared" { // signed, never stored
				if err := w.desk.work(t.Context(), w.lease); !errors.Is(err, errCrash) {
					t.Fatal(err)
				}
				w.restart()
			}
			w.wallet.Set(chain.ErrNoFunds, 0)
			w.clock.Add(2 * time.Hour)
			err := w.desk.work(t.Context(), w.lease)
			if want := map[bool]error{true: chain.ErrNoFunds, false: errCrash}[step == "prepared"]; !errors.Is(err, want) {
				t.Fatalf("%s: %v", step, err)
			}
			w.restart()
			w.wallet.Set(nil, chain.SatPerVByte(2))
			w.work()
			w.send()
			w.mine(1)
			w.carriedTimes(o, 0)
			w.paidFor(o, "returned")
			if own := w.own(step); !own.Returned {
				t.Errorf("%s: %+v", step, own)
			}
		}
	})
}

// A deposed leader that does not know it yet works beside its successor: each
// order is made and paid for once, and nothing of the old epoch is stored.
func TestTwoLeaders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		for round := range 6 {
			text := fmt.Sprint("deed ", round)
			o := w.buy(text, forms[round%len(forms)])
			old, deposed := w.desk, w.lease
			must(t, w.lease.Release(t.Context()))
			lease, err := d.Acquire(t.Context(), "leader", fmt.Sprint("holder ", round), time.Hour)
			must(t, err)
			w.lease = lease
			w.restart()

			var both sync.WaitGroup
			both.Go(func() { w.workBeside(old, deposed, db.ErrFenced) })
			both.Go(func() { w.workBeside(w.desk, lease, nil) })
			both.Wait()
			w.work() // what the race kept the new leader from
			w.send()
			w.mine(1)
			w.stage(text, notary.StageComplete)
			w.carriedTimes(o, 1)
			w.paidFor(o, "spent")
			attempts, err := book.AttemptsOf(d.Read(t.Context()), o.ID)
			must(t, err)
			for _, a := range attempts {
				if a.Entry.Epoch != lease.Epoch() {
					t.Errorf("round %d: stored under epoch %d, the leader has %d", round, a.Entry.Epoch, lease.Epoch())
				}
			}
		}
	})
}

// workBeside lets a desk work some times, which may fail only as allowed.
func (w *world) workBeside(d *Desk, lease *db.Lease, allowed error) {
	for range 5 {
		if err := d.work(w.Context(), lease); err != nil && (allowed == nil || !errors.Is(err, allowed)) {
			w.Errorf("a leader failed: %v", err)
		}
	}
}

// Many payments for many digests at once, some for the same: each payment has
// one order or none, and each order one transaction.
func TestManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		const buyers, deeds = 12, 4
		payments := make([]Payment, buyers)
		for i := range payments {
			payments[i] = w.pay()
		}
		orders := make([]Order, buyers)
		var all sync.WaitGroup
		for i := range buyers {
			all.Go(func() {
				o, err := w.desk.Place(t.Context(), payments[i], digestOf(fmt.Sprint(i%deeds)), notary.FormDocproof)
				if err != nil && !errors.Is(err, ErrOrdered) {
					t.Errorf("buyer %d: %v", i, err)
				}
				orders[i] = o
			})
		}
		all.Wait()
		w.work()
		w.send()
		w.mine(1)
		placed := 0
		for _, o := range orders {
			if o.ID == 0 {
				continue
			}
			placed++
			w.carriedTimes(o, 1)
			w.paidFor(o, "spent")
		}
		if placed != deeds {
			t.Errorf("%d orders for %d digests", placed, deeds)
		}
	})
}
