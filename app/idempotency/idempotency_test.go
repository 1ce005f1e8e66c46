package idempotency_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/idempotency"
)

const key = "0b6d3c9e-8a53-4a2f-9d0e-3f2a1c5b7d90"

var request = [32]byte{1}

// clock is a time that tests move; it may be read by many.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time       { return time.Unix(0, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

func says(text string) func(context.Context) (idempotency.Answer, error) {
	return func(context.Context) (idempotency.Answer, error) {
		return idempotency.Answer{Status: 201, Body: []byte(text)}, nil
	}
}

func wantAnswer(t *testing.T, k *idempotency.Keys, act func(context.Context) (idempotency.Answer, error), text string, replayed bool) {
	t.Helper()
	answer, again, err := k.Do(t.Context(), key, request, act)
	if err != nil || answer.Status != 201 || string(answer.Body) != text || again != replayed {
		t.Errorf("answered %d %q, replayed %t, %v; want %q, %t", answer.Status, answer.Body, again, err, text, replayed)
	}
}

// A hundred equal requests at once, in two processes: one effect and a hundred
// equal answers.
func TestOneEffect(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		keys := []*idempotency.Keys{idempotency.New(d, c.now, rand.Reader), idempotency.New(d, c.now, rand.Reader)}
		var effects, first atomic.Int32
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				answer, replayed, err := keys[i%2].Do(context.Background(), key, request, func(context.Context) (idempotency.Answer, error) {
					n := effects.Add(1)
					time.Sleep(50 * time.Millisecond)
					return idempotency.Answer{Status: 201, Body: fmt.Append(nil, "effect ", n)}, nil
				})
				if err != nil || string(answer.Body) != "effect 1" || answer.Status != 201 {
					t.Errorf("answered %d %q, %v", answer.Status, answer.Body, err)
				}
				if !replayed {
					first.Add(1)
				}
			})
		}
		wg.Wait()
		if effects.Load() != 1 || first.Load() != 1 {
			t.Errorf("%d effects, %d first answers", effects.Load(), first.Load())
		}
	})
}

func TestOtherRequestIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		k := idempotency.New(d, c.now, rand.Reader)
		wantAnswer(t, k, says("a"), "a", false)
		_, _, err := k.Do(t.Context(), key, [32]byte{2}, func(context.Context) (idempotency.Answer, error) {
			t.Error("it was done")
			return idempotency.Answer{}, nil
		})
		if !errors.Is(err, idempotency.ErrReused) {
			t.Errorf("another request: %v", err)
		}
		wantAnswer(t, k, says("b"), "a", true)
	})
}

func TestWhatFailedIsDoneAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := idempotency.New(d, newClock().now, rand.Reader)
		full := errors.New("the disk is full")
		if _, _, err := k.Do(t.Context(), key, request, func(context.Context) (idempotency.Answer, error) { return idempotency.Answer{}, full }); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		// Nothing happened, so the key is free for a corrected request too.
		if _, _, err := k.Do(t.Context(), key, [32]byte{2}, says("corrected")); err != nil {
			t.Errorf("corrected: %v", err)
		}
	})
}

// A process that dies while it acts is waited for, and then another one acts.
func TestACrashIsTakenOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		k := idempotency.New(d, c.now, rand.Reader)
		die, dead := make(chan struct{}), make(chan struct{})
		acting := make(chan struct{})
		go func() {
			defer close(dead)
			_, _, err := k.Do(context.Background(), key, request, func(context.Context) (idempotency.Answer, error) {
				close(acting)
				<-die
				return idempotency.Answer{Status: 201, Body: []byte("late")}, nil
			})
			if err != nil {
				t.Error(err)
			}
		}()
		<-acting
		if _, _, err := k.Do(t.Context(), key, request, says("second")); !errors.Is(err, idempotency.ErrRunning) {
			t.Errorf("while the first acts: %v", err)
		}
		c.pass(2 * time.Minute)
		wantAnswer(t, k, says("second"), "second", false)
		close(die) // it lives after all; the answer that was given stays
		<-dead
		wantAnswer(t, k, says("third"), "second", true)
	})
}

func TestAnswersLiveForADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		k := idempotency.New(d, c.now, rand.Reader)
		wantAnswer(t, k, says("a"), "a", false)
		c.pass(idempotency.Life - time.Second)
		if err := k.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantAnswer(t, k, says("b"), "a", true)
		c.pass(time.Second)
		wantAnswer(t, k, says("b"), "b", false)
		c.pass(idempotency.Life)
		if err := k.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		var rows int64
		if err := d.Read(t.Context()).Table("idempotency_keys").Count(&rows).Error; err != nil || rows != 0 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
}

func TestBadKeys(t *testing.T) {
	k := idempotency.New(dbtest.Open(t, db.SQLite), newClock().now, rand.Reader)
	for _, bad := range []string{"", "short", strings.Repeat("x", 256), strings.Repeat("x", 20) + " ", "sechzehn-Zeichen-ö", strings.Repeat("x", 20) + "\n"} {
		if _, _, err := k.Do(t.Context(), bad, request, says("a")); !errors.Is(err, idempotency.ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, _, err := k.Do(t.Context(), key, request, says(strings.Repeat("x", idempotency.MaxAnswer+1))); err == nil {
		t.Error("an endless answer was kept")
	}
	wantAnswer(t, k, says("a"), "a", false)
}
