package fees

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

func TestAllowance(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		day := Limit{Key: "stamps/client/ann", Count: 10, Per: 24 * time.Hour}
		if err := w.TakeFree(t.Context(), 10, day); err != nil {
			t.Fatal(err)
		}
		err := w.TakeFree(t.Context(), 1, day)
		isKind(t, "the eleventh", err, ErrAllowance)
		var wait *Wait
		if !errors.As(err, &wait) || wait.For != 144*time.Minute {
			t.Errorf("wait: %v", err) // a tenth of a day
		}
		w.clock.pass(144*time.Minute - time.Microsecond)
		isKind(t, "a moment too early", w.TakeFree(t.Context(), 1, day), ErrAllowance)
		w.clock.pass(time.Microsecond)
		if err := w.TakeFree(t.Context(), 1, day); err != nil {
			t.Error(err)
		}
		isKind(t, "more than there ever is", w.TakeFree(t.Context(), 11, day), ErrRequest)
		isKind(t, "nothing", w.TakeFree(t.Context(), 0, day), ErrRequest)
		for _, bad := range []Limit{{Count: 1, Per: 1}, {Key: "a", Per: time.Hour}, {Key: "a", Count: 1}, {Key: "a\x00", Count: 1, Per: time.Hour}} {
			isKind(t, "a bad limit", w.TakeFree(t.Context(), 1, bad), ErrRequest)
		}
	})
}

// Of two limits both are taken or neither.
func TestAllowanceOfAllOrNone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mine := Limit{Key: "mine", Count: 5, Per: time.Hour}
		all := Limit{Key: "all", Count: 3, Per: time.Hour}
		if err := w.TakeFree(t.Context(), 3, mine, all); err != nil {
			t.Fatal(err)
		}
		isKind(t, "beyond the second", w.TakeFree(t.Context(), 1, mine, all), ErrAllowance)
		if err := w.TakeFree(t.Context(), 2, mine); err != nil {
			t.Errorf("the first was taken from: %v", err)
		}
		w.clock.pass(2 * time.Hour)
		if err := w.ForgetAllowances(t.Context()); err != nil {
			t.Fatal(err)
		}
		var rows int64
		if err := w.db.Read(t.Context()).Model(&allowanceRecord{}).Count(&rows).Error; err != nil || rows != 0 {
			t.Errorf("%d rows left, %v", rows, err)
		}
		if err := w.TakeFree(t.Context(), 3, mine, all); err != nil {
			t.Error(err)
		}
	})
}

func TestAllowanceAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		l := Limit{Key: "k", Count: 7, Per: time.Hour}
		var had atomic.Int32
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				switch err := w.TakeFree(context.Background(), 1, l); {
				case err == nil:
					had.Add(1)
				case !errors.Is(err, ErrAllowance):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if had.Load() != 7 {
			t.Errorf("%d of 7 were had", had.Load())
		}
	})
}

// Against a bucket that refills: in no stretch of time is more had than the
// allowance and its refill.
func TestAllowanceNeverGivesMore(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), nil)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		count := rapid.Int64Range(1, 6).Draw(t, "count")
		l := Limit{Key: time.Duration(run).String(), Count: count, Per: time.Duration(count) * time.Second}
		tokens := float64(count)
		for range rapid.IntRange(1, 20).Draw(t, "tries") {
			pause := time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond
			w.clock.pass(pause)
			tokens = min(float64(count), tokens+pause.Seconds())
			n := rapid.Int64Range(1, count).Draw(t, "n")
			err := w.TakeFree(context.Background(), n, l)
			enough := tokens+1e-6 >= float64(n)
			if enough != (err == nil) {
				t.Fatalf("%d of %v tokens: %v", n, tokens, err)
			}
			if err == nil {
				tokens -= float64(n)
			} else if !errors.Is(err, ErrAllowance) {
				t.Fatal(err)
			}
		}
	})
}
