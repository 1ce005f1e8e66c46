package voucher

import (
	"errors"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
)

// both runs a test under each protocol that vouchers are made under, on each
// engine.
func both(t *testing.T, fn func(t *testing.T, w *world)) {
	for _, p := range []assets.Protocol{assets.OpenAssets, assets.Colu} {
		t.Run(p.String(), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d, func(w *world) { w.protocol = p })) })
		})
	}
}

// Twenty vouchers are issued; one is redeemed whole, one in part; one comes to two
// tills at once; one is undone. The chain says the same in the end.
func TestCounter(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		units := make([]int64, 20)
		for i := range units {
			units[i] = 10
		}
		series, list := w.issued(plain(), units...)
		w.is(list[0], Planned, 0)
		if _, err := w.tryRedeem(w.till, list[0], 1); !errors.Is(err, ErrPlanned) {
			t.Fatalf("redeemed before a block: %v", err)
		}
		w.mine(1)
		w.is(list[0], Issued, 10)

		whole := w.redeemed(list[0], 10)
		w.is(list[0], Booked, 0)
		part := w.redeemed(list[1], 3)
		w.is(list[1], Part, 7)
		back := w.redeemed(list[2], 10)
		if _, err := w.service.Undo(w.Context(), w.till, back.Number); err != nil {
			t.Fatal(err)
		}
		w.is(list[2], Issued, 10)

		second := w.newTill("Till 2")
		a, err := w.signed(w.till, list[3], 10)
		must(t, err)
		b, err := w.signed(second, list[3], 10)
		must(t, err)
		_, err = w.service.Redeem(w.Context(), second, b)
		must(t, err)
		_, err = w.service.Redeem(w.Context(), w.till, a)
		isKind(t, err, ErrRedeemed)

		w.stage(whole.Number, Undoable)
		w.work()
		w.stage(part.Number, Undoable)
		w.pass(time.Minute)
		w.settle()
		w.stage(whole.Number, Confirmed)
		w.stage(part.Number, Confirmed)
		w.stage(back.Number, Undone)
		w.is(list[0], Redeemed, 0)
		w.is(list[1], Part, 7)
		w.is(list[3], Redeemed, 0)
		if got := w.supply(series.Asset); got != 200-10-3-10 {
			t.Fatalf("there are %d units", got)
		}
		// The rest can be redeemed as any other.
		w.redeemed(list[1], 7)
		w.pass(time.Minute)
		w.settle()
		w.is(list[1], Redeemed, 0)
		if got := w.supply(series.Asset); got != 170 {
			t.Fatalf("there are %d units", got)
		}
	})
}
