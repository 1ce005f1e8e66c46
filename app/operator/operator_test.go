package operator_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/audit"
	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/operator"

	"gorm.io/gorm"
)

func TestALinkOpensOneSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		ops := operator.New(d, audit.New(d, func() time.Time { return now }), func() time.Time { return now }, rand.Reader)
		ctx := t.Context()

		first, _, err := ops.Link(ctx, audit.Console)
		if err != nil {
			t.Fatal(err)
		}
		link, expires, err := ops.Link(ctx, audit.Console)
		if err != nil || !expires.Equal(now.Add(operator.LinkLife)) {
			t.Fatal(expires, err)
		}
		if _, _, err := ops.Look(ctx, first); !errors.Is(err, operator.ErrLink) {
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
				s, _, err := ops.Look(ctx, link)
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
		if claimed, err := ops.Claimed(ctx); claimed || err != nil {
			t.Error("who only looks is no operator", err)
		}
	})
}

func TestAnOldLinkIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		ops := operator.New(d, audit.New(d, func() time.Time { return now }), func() time.Time { return now }, rand.Reader)
		link, _, err := ops.Link(t.Context(), audit.Console)
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(operator.LinkLife)
		if _, _, err := ops.Look(t.Context(), link); !errors.Is(err, operator.ErrLink) {
			t.Errorf("got %v", err)
		}
		if ok, err := ops.Session(t.Context(), ""); ok || err != nil {
			t.Errorf("no session is a session: %v %v", ok, err)
		}
	})
}

// account makes an account in the database and returns its number.
func account(t *testing.T, d *db.DB, first byte) (id [16]byte) {
	t.Helper()
	id[0] = first
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		return tx.Table("accounts").Create(map[string]any{"id": id[:], "name": "", "created_at": 0}).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestALinkMakesAnOperator(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, log := t.Context(), audit.New(d, time.Now)
		ops := operator.New(d, log, time.Now, rand.Reader)
		ada, bob := account(t, d, 1), account(t, d, 2)
		link, _, err := ops.Link(ctx, audit.Console)
		if err != nil {
			t.Fatal(err)
		}
		if good, err := ops.Good(ctx, link); !good || err != nil {
			t.Errorf("a new link is no good: %v", err)
		}
		if err := ops.Claim(ctx, link, ada); err != nil {
			t.Fatal(err)
		}
		if err := ops.Claim(ctx, link, bob); !errors.Is(err, operator.ErrLink) {
			t.Errorf("the link works twice: %v", err)
		}
		if good, _ := ops.Good(ctx, link); good {
			t.Error("a used link is called good")
		}
		is := func(id [16]byte, want bool) {
			t.Helper()
			if got, err := ops.Is(ctx, id); got != want || err != nil {
				t.Errorf("operator: %v, %v", got, err)
			}
		}
		is(ada, true)
		is(bob, false)
		if err := ops.Remove(ctx, ada, "x"); !errors.Is(err, operator.ErrLastOperator) {
			t.Errorf("the last one was removed: %v", err)
		}
		is(ada, true)
		link, _, err = ops.Link(ctx, operator.Name(ada))
		if err != nil {
			t.Fatal(err)
		}
		if err := ops.Claim(ctx, link, bob); err != nil {
			t.Fatal(err)
		}
		if err := ops.Remove(ctx, ada, operator.Name(bob)); err != nil {
			t.Fatal(err)
		}
		if err := ops.Remove(ctx, ada, operator.Name(bob)); !errors.Is(err, operator.ErrNobody) {
			t.Errorf("removed twice: %v", err)
		}
		is(ada, false)
		err = d.Transact(ctx, func(tx *gorm.DB) error {
			if err := ops.Note(tx, ada, "signed-in"); err != nil {
				return err
			}
			return ops.Note(tx, bob, "signed-in")
		})
		if err != nil {
			t.Fatal(err)
		}
		entries, err := log.Entries(ctx, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range entries {
			told = append(told, e.Who+" "+e.What)
		}
		want := []string{
			"operator-02000000 operator.signed-in", "operator-02000000 operator.removed", "operator-02000000 operator.joined",
			"operator-01000000 operator.link-made", "operator-01000000 operator.joined", "console operator.link-made",
		}
		if !slices.Equal(told, want) {
			t.Errorf("the log tells %q", told)
		}
	})
}
