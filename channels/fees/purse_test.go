package fees

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

const month = 30 * 24 * time.Hour

// purse is a paid one of so many units.
func (w *world) purse(units int64) ID {
	w.t.Helper()
	q := w.ask("")
	w.payLightning(q, price)
	p, err := w.OpenPurse(w.t.Context(), q.ID, units, month)
	if err != nil {
		w.t.Fatal(err)
	}
	if p.Left() != units || !p.Until.Equal(w.clock.Now().Add(month).UTC()) {
		w.t.Fatalf("a new purse: %+v", p)
	}
	return q.ID
}

func (w *world) left(id ID, want int64) {
	w.t.Helper()
	p, err := w.Purse(w.t.Context(), id)
	if err != nil || p.Left() != want {
		w.t.Fatalf("left %d, %v, want %d", p.Left(), err, want)
	}
}

func name(n byte) [32]byte { return [32]byte{31: n} }

func TestPurseIsSpentByName(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.purse(1000)
		w.state(id, Used)
		spend := func(n byte, units int64) error {
			_, _, err := w.Spend(ctx, Spending{Quote: id, Name: name(n), Units: units})
			return err
		}
		if err := errors.Join(spend(1, 600), spend(1, 600)); err != nil {
			t.Fatal(err)
		}
		w.left(id, 400)
		isKind(t, "more than is left", spend(2, 401), ErrSpent)
		isKind(t, "nothing", spend(2, 0), ErrRequest)
		if err := spend(2, 400); err != nil {
			t.Fatal(err)
		}
		w.left(id, 0)
		isKind(t, "of an empty purse", spend(3, 1), ErrSpent)
		if err := spend(1, 600); err != nil {
			t.Errorf("what was taken before: %v", err)
		}

		// Opening it again is no new purse.
		if p, err := w.OpenPurse(ctx, id, 1000, month); err != nil || p.Left() != 0 {
			t.Errorf("opened again: %+v, %v", p, err)
		}
		_, _, err := w.Spend(ctx, Spending{Quote: ID{1}, Name: name(1), Units: 1})
		isKind(t, "no purse", err, ErrNoPurse)
	})
}

func TestPurseIsGivenBackUnlessDone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.purse(10)
		take := func(n byte, units int64) Spending {
			sp := Spending{Quote: id, Name: name(n), Units: units}
			if _, fresh, err := w.Spend(ctx, sp); err != nil || !fresh {
				t.Fatal(fresh, err)
			}
			return sp
		}
		first := take(1, 4)
		if err := errors.Join(w.GiveBack(ctx, id, first.Name), w.GiveBack(ctx, id, first.Name)); err != nil {
			t.Fatal(err)
		}
		w.left(id, 10)
		second := take(2, 4)
		if err := errors.Join(w.Done(ctx, second), w.Done(ctx, second), w.GiveBack(ctx, id, second.Name)); err != nil {
			t.Fatal(err)
		}
		w.left(id, 6)
		// Given back by somebody else while it was done after all.
		third := take(3, 5)
		if err := errors.Join(w.GiveBack(ctx, id, third.Name), w.Done(ctx, third)); err != nil {
			t.Fatal(err)
		}
		w.left(id, 1)

		w.clock.pass(time.Hour)
		take(4, 1)
		undone, err := w.Undone(ctx, w.clock.Now(), 10)
		if err != nil || len(undone) != 0 {
			t.Errorf("undone before now: %v, %v", undone, err)
		}
		w.clock.pass(time.Minute)
		undone, err = w.Undone(ctx, w.clock.Now(), 10)
		if err != nil || len(undone) != 1 || undone[0] != (Spent{Quote: id, Name: name(4)}) {
			t.Errorf("undone: %v, %v", undone, err)
		}
	})
}

func TestPurseHasBounds(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.purse(10)
		_, _, err := w.Spend(ctx, Spending{Quote: id, Name: name(1), Units: 6, Most: 5})
		isKind(t, "above what the holder allows", err, ErrSpent)
		if _, _, err = w.Spend(ctx, Spending{Quote: id, Name: name(1), Units: 5, Most: 5}); err != nil {
			t.Fatal(err)
		}
		_, _, err = w.Spend(ctx, Spending{Quote: id, Name: name(2), Units: 1, Most: 5})
		isKind(t, "above it in all", err, ErrSpent)
		_, _, err = w.Spend(ctx, Spending{Quote: id, Name: name(2), Units: 1, Whole: true})
		isKind(t, "whole, of one in use", err, ErrSpent)

		whole := w.purse(10)
		p, _, err := w.Spend(ctx, Spending{Quote: whole, Name: name(1), Units: 3, Whole: true})
		if err != nil || p.Left() != 0 {
			t.Fatalf("whole: %+v, %v", p, err)
		}
		w.left(whole, 0)

		w.clock.pass(month)
		_, _, err = w.Spend(ctx, Spending{Quote: id, Name: name(3), Units: 1})
		isKind(t, "after its time", err, ErrPurseOver)
		if _, fresh, err := w.Spend(ctx, Spending{Quote: id, Name: name(1), Units: 5}); err != nil || fresh {
			t.Errorf("what was taken in time: %v, %v", fresh, err)
		}

		unpaid := w.ask("")
		_, err = w.OpenPurse(ctx, unpaid.ID, 10, month)
		isKind(t, "unpaid", err, ErrUnpaid)
		_, err = w.OpenPurse(ctx, unpaid.ID, 0, month)
		isKind(t, "of nothing", err, ErrRequest)
	})
}

// 40 at once want 300 of 1,000 units under 20 names: three names get theirs,
// each once.
func TestPurseUnderARace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		id := w.purse(1000)
		var all sync.WaitGroup
		var fresh atomic.Int64
		for i := range 40 {
			all.Go(func() {
				_, first, err := w.Spend(t.Context(), Spending{Quote: id, Name: name(byte(i % 20)), Units: 300})
				switch {
				case err != nil && !errors.Is(err, ErrSpent):
					t.Error(err)
				case first:
					fresh.Add(1)
				}
			})
		}
		all.Wait()
		if fresh.Load() != 3 {
			t.Errorf("%d names got theirs", fresh.Load())
		}
		w.left(id, 100)
	})
}
