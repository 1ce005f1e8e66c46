package operator_test

import (
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/operator"
)

func TestALinkOpensOneSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		ops := operator.New(d, func() time.Time { return now }, rand.Reader)
		ctx := t.Context()

		first, _, err := ops.Link(ctx)
		if err != nil {
			t.Fatal(err)
		}
		link, expires, err := ops.Link(ctx)
		if err != nil || !expires.Equal(now.Add(operator.LinkLife)) {
			t.Fatal(expires, err)
		}
		if _, _, err := ops.Claim(ctx, first); !errors.Is(err, operator.ErrLink) {
			t.Errorf("a replaced link still works: %v", err)
		}
		if claimed, err := ops.Claimed(ctx); claimed || err != nil {
			t.Error("claimed before anybody came", err)
		}

		// Of a hundred who come with the same link at once, one gets in.
		var in atomic.Int32
		var session atomic.Value
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				s, _, err := ops.Claim(ctx, link)
				if err == nil {
					in.Add(1)
					session.Store(s)
				} else if !errors.Is(err, operator.ErrLink) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Fatalf("%d got in", in.Load())
		}
		token := session.Load().(string)
		good := func(want bool, when string) {
			t.Helper()
			if ok, err := ops.Session(ctx, token); ok != want || err != nil {
				t.Errorf("%s: session good = %v, %v", when, ok, err)
			}
		}
		good(true, "fresh")
		now = now.Add(operator.SessionLife - time.Second)
		good(true, "just before its end")
		now = now.Add(time.Second)
		good(false, "at its end")
		now = now.Add(-time.Hour)
		if err := ops.Leave(ctx, token); err != nil {
			t.Fatal(err)
		}
		good(false, "after leaving")
		if claimed, err := ops.Claimed(ctx); !claimed || err != nil {
			t.Error("not claimed", err)
		}
	})
}

func TestAnOldLinkIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		ops := operator.New(d, func() time.Time { return now }, rand.Reader)
		link, _, err := ops.Link(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(operator.LinkLife)
		if _, _, err := ops.Claim(t.Context(), link); !errors.Is(err, operator.ErrLink) {
			t.Errorf("got %v", err)
		}
		if ok, err := ops.Session(t.Context(), ""); ok || err != nil {
			t.Errorf("no session is a session: %v %v", ok, err)
		}
	})
}
