package voucher

import (
	"context"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// costly is a world in which blocks ask for what the test says, with a voucher of
// 10 units, and coins of the node for raises of all sizes.
func costly(t *testing.T, d *db.DB, rate *chain.FeeRate, options ...func(*world)) (*world, Series, given) {
	t.Helper()
	w := newWorld(t, d, append(options, func(w *world) {
		w.cfg.Rate = func(context.Context) (chain.FeeRate, error) { return *rate, nil }
	})...)
	series, list := w.issued(plain(), 10)
	w.mine(1)
	w.purse.coins = append(w.purse.coins, w.funds(1_000, 1_000, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 9_000, 13_000)...)
	return w, series, list[0]
}

// sentOf is the transaction that a booking was sent with last.
func (w *world) sentOf(b Booking) *wire.MsgTx {
	w.Helper()
	now := w.stage(b.Number, Sent)
	hash, err := chainhash.NewHashFromStr(now.Txid)
	must(w, err)
	e, err := outbox.ByTxid(w.db.Read(w.Context()), *hash)
	must(w, err)
	tx, err := e.Tx()
	must(w, err)
	return tx
}

// entry is a transaction as it was stored.
func (w *world) entry(tx *wire.MsgTx) outbox.Entry {
	w.Helper()
	e, err := outbox.ByTxid(w.db.Read(w.Context()), tx.TxHash())
	must(w, err)
	return e
}

// sentOff lets a booking go out, without a block.
func (w *world) sentOff(b Booking) *wire.MsgTx {
	w.Helper()
	w.pass(time.Minute)
	w.work()
	return w.sentOf(b)
}

// used is what the shop has paid for the network.
func (w *world) used() int64 {
	w.Helper()
	a, err := w.service.Allowance(w.Context(), w.owner)
	must(w, err)
	return a.Used
}

// Blocks get dear while a redemption waits: it is sent again with one more coin of
// the node's. What the bearer has signed, and what is booked, stay the same.
func TestRaise(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rate := chain.FeeRate(253)
		w, series, v := costly(t, d, &rate, func(w *world) { w.cfg.Free = false })
		must(t, w.payIn(PaymentID{1}, 50_000))
		b := w.redeemed(v, 4)
		first := w.sentOff(b)
		used := w.used()

		rate = 4_000
		w.pass(9 * time.Minute)
		w.work()
		if got := w.sentOf(b); got.TxHash() != first.TxHash() {
			t.Fatal("it was raised before its time")
		}
		w.pass(time.Minute)
		w.work()
		raised := w.sentOf(b)
		if len(raised.TxIn) != len(first.TxIn)+1 || !sameOutputs(first, raised) {
			t.Fatalf("%d inputs became %d", len(first.TxIn), len(raised.TxIn))
		}
		if !w.chain.InMempool(raised.TxHash()) || w.chain.InMempool(first.TxHash()) {
			t.Fatal("the network has not the one in the place of the other")
		}
		if e := w.entry(raised); e.Fee < rate.Fee(weightOf(raised)) {
			t.Fatalf("it pays %d", e.Fee)
		}
		if w.used() <= used {
			t.Fatal("the shop pays nothing for it")
		}
		w.is(v, Part, 6)
		if now := w.stage(b.Number, Sent); now.Units != b.Units || now.Left != b.Left || now.At != b.At {
			t.Fatalf("the booking was %+v, and is %+v", b, now)
		}
		// What lies on a version that may not be the one in the block waits for it.
		_, err := w.service.Plan(t.Context(), w.till, v.Name, 1)
		isKind(t, err, ErrMoving)
		w.work()
		if got := w.sentOf(b); got.TxHash() != raised.TxHash() {
			t.Fatal("it was raised although it pays enough")
		}
		w.mine(1)
		w.stage(b.Number, Confirmed)
		rest := w.redeemed(v, 6)
		w.pass(time.Minute)
		w.settle()
		w.stage(rest.Number, Confirmed)
		if got := w.supply(series.Asset); got != 0 {
			t.Fatalf("there are %d units", got)
		}
	})
}

// A block has the version before: the raise is forgotten, and the booking stands.
func TestRaiseTooLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rate := chain.FeeRate(253)
		w, series, v := costly(t, d, &rate)
		b := w.redeemed(v, 4)
		first := w.sentOff(b)
		rate = 4_000
		w.pass(time.Hour)
		must(t, w.service.work(t.Context())) // the network has not heard of it yet
		if w.sentOf(b).TxHash() == first.TxHash() {
			t.Fatal("it was not raised")
		}
		w.mine(1)
		now := w.stage(b.Number, Confirmed)
		if now.Txid != first.TxHash().String() || now.Units != 4 {
			t.Fatalf("%+v", now)
		}
		w.is(v, Part, 6)
		w.stage(w.redeemed(v, 6).Number, Undoable)
		w.pass(time.Minute)
		w.settle()
		if got := w.supply(series.Asset); got != 0 {
			t.Fatalf("there are %d units", got)
		}
	})
}

// The rest was redeemed too before a block: its bearer has signed for the first
// transaction as it is. So that stays, and the second pays for both.
func TestRaiseOfTheRest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rate := chain.FeeRate(253)
		w, series, v := costly(t, d, &rate)
		b := w.redeemed(v, 4)
		first := w.sentOff(b)
		second := w.redeemed(v, 1)
		w.pass(time.Minute)
		w.work()
		child := w.sentOf(second)
		rate = 3_000
		w.pass(time.Hour)
		w.work()
		if w.sentOf(b).TxHash() != first.TxHash() {
			t.Fatal("the first was replaced under the second")
		}
		raised := w.sentOf(second)
		if len(raised.TxIn) != len(child.TxIn)+1 {
			t.Fatalf("the second has %d inputs", len(raised.TxIn))
		}
		if fee, asked := w.entry(first).Fee+w.entry(raised).Fee, rate.Fee(weightOf(first)+weightOf(raised)); fee < asked {
			t.Fatalf("both pay %d of %d", fee, asked)
		}
		w.settle()
		w.stage(b.Number, Confirmed)
		w.stage(second.Number, Confirmed)
		w.is(v, Part, 5)
		if got := w.supply(series.Asset); got != 5 {
			t.Fatalf("there are %d units", got)
		}
	})
}

// While the rest is booked and can be undone nothing is replaced under it; once it
// is undone, the first is raised by itself.
func TestRaiseAfterUndo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rate := chain.FeeRate(253)
		w, _, v := costly(t, d, &rate, func(w *world) { w.cfg.RaiseAfter = time.Second })
		b := w.redeemed(v, 4)
		first := w.sentOff(b)
		second := w.redeemed(v, 1)
		rate = 3_000
		w.pass(30 * time.Second)
		w.work()
		if w.sentOf(b).TxHash() != first.TxHash() {
			t.Fatal("the first was replaced under the second")
		}
		_, err := w.service.Undo(t.Context(), w.till, second.Number)
		must(t, err)
		w.work()
		if w.sentOf(b).TxHash() == first.TxHash() {
			t.Fatal("it was not raised")
		}
		w.settle()
		w.stage(b.Number, Confirmed)
		w.is(v, Part, 6)
	})
}

// After a crash between any two steps of a raise there is one redemption, and no
// coin of the node stays set aside for what is over.
func TestCrashesOfRaises(t *testing.T) {
	for _, step := range append([]string{"lent"}, raiseSteps...) {
		t.Run(step, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				rate := chain.FeeRate(253)
				w, series, v := costly(t, d, &rate)
				b := w.redeemed(v, 4)
				first := w.sentOff(b)
				rate = 4_000
				w.pass(time.Hour)
				w.service.crash = func(at string) error {
					if at == step {
						return errCrash
					}
					return nil
				}
				isKind(t, w.service.work(t.Context()), errCrash)
				w.restart()
				w.work()
				if raised := w.sentOf(b); len(raised.TxIn) != len(first.TxIn)+1 {
					t.Fatalf("it has %d inputs", len(raised.TxIn))
				}
				w.settle()
				w.stage(b.Number, Confirmed)
				w.is(v, Part, 6)
				if got := w.supply(series.Asset); got != 6 {
					t.Fatalf("there are %d units", got)
				}
			})
		})
	}
}

// Its loan ran out before the node signed, or a block was quicker than the raise:
// the coin is free again.
func TestRaiseOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rate := chain.FeeRate(253)
		w, _, v := costly(t, d, &rate)
		b := w.redeemed(v, 4)
		w.sentOff(b)
		rate = 4_000
		w.pass(time.Hour)
		w.service.crash = func(at string) error {
			if at == "raise lent" {
				return errCrash
			}
			return nil
		}
		isKind(t, w.service.work(t.Context()), errCrash)
		w.mine(1)
		w.restart()
		w.work()
		w.stage(b.Number, Confirmed)
		raises, err := list[raiseRecord](d.Read(t.Context()))
		must(t, err)
		if len(raises) != 1 || raises[0].State != raiseOver || w.purse.loans[raises[0].key()] != nil {
			t.Fatalf("%+v", raises)
		}
	})
}
