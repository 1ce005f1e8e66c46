package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

func fenced(t *testing.T, d *db.DB, epoch int64) error {
	t.Helper()
	return d.Transact(t.Context(), func(tx *gorm.DB) error { return db.Fence(tx, "leader", epoch) })
}

// runOut makes the lease look as old as if its ttl had passed.
func runOut(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE leases SET expires_at_ms = expires_at_ms - 3600000 WHERE name = 'leader'").Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOneOfFiftyRacersWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const racers = 50
		var last int64
		for round := 1; round <= 3; round++ {
			var won atomic.Int64
			var epoch atomic.Int64
			var all sync.WaitGroup
			start := make(chan struct{})
			for n := range racers {
				all.Go(func() {
					<-start
					l, err := d.Acquire(t.Context(), "leader", fmt.Sprintf("racer %d of round %d", n, round), time.Hour)
					switch {
					case err == nil:
						won.Add(1)
						epoch.Store(l.Epoch())
					case !errors.Is(err, db.ErrLeaseHeld):
						t.Errorf("racer %d: %v", n, err)
					}
				})
			}
			close(start)
			all.Wait()
			if won.Load() != 1 {
				t.Fatalf("round %d: %d winners", round, won.Load())
			}
			if got := epoch.Load(); got != last+1 {
				t.Errorf("round %d: epoch %d after %d", round, got, last)
			}
			if err := fenced(t, d, epoch.Load()); err != nil {
				t.Errorf("the winner is fenced: %v", err)
			}
			if last > 0 {
				if err := fenced(t, d, last); !errors.Is(err, db.ErrFenced) {
					t.Errorf("the last winner: got %v, want ErrFenced", err)
				}
			}
			last = epoch.Load()
			runOut(t, d)
		}
	})
}

func TestTheSameHolderNeedNotWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, err := d.Acquire(t.Context(), "leader", "me", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.Acquire(t.Context(), "leader", "me", time.Hour)
		if err != nil || again.Epoch() != first.Epoch() {
			t.Errorf("again: epoch %v, %v, want %d", again, err, first.Epoch())
		}
		if _, err := d.Acquire(t.Context(), "leader", "you", time.Hour); !errors.Is(err, db.ErrLeaseHeld) {
			t.Errorf("somebody else: got %v, want ErrLeaseHeld", err)
		}
		if _, err := d.Acquire(t.Context(), "other", "you", time.Hour); err != nil {
			t.Errorf("another lease: %v", err)
		}
		if err := again.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		next, err := d.Acquire(t.Context(), "leader", "you", time.Hour)
		if err != nil || next.Epoch() != first.Epoch()+1 {
			t.Fatalf("after the release: %v, %v", next, err)
		}
		for name, err := range map[string]error{"renew": first.Renew(t.Context()), "release": first.Release(t.Context()), "fence": fenced(t, d, first.Epoch())} {
			if !errors.Is(err, db.ErrFenced) {
				t.Errorf("%s by the old holder: got %v, want ErrFenced", name, err)
			}
		}
	})
}

// The database's clock may jump back an hour: a dead leader's lease then seems
// to last, and is taken over once it was watched standing still for its ttl. A
// living leader's is not.
func TestAClockThatJumpsBackKeepsNobodyInOffice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ttl := 100 * time.Millisecond
		old, err := d.Acquire(t.Context(), "leader", "old", ttl)
		if err != nil {
			t.Fatal(err)
		}
		jump := func() {
			t.Helper()
			err := d.Transact(t.Context(), func(tx *gorm.DB) error {
				return tx.Exec("UPDATE leases SET expires_at_ms = expires_at_ms + 3600000 WHERE name = 'leader'").Error
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		jump()
		try := func() error {
			_, err := d.Acquire(t.Context(), "leader", "new", ttl)
			return err
		}
		for range 4 { // alive: renewed while watched
			if err := try(); !errors.Is(err, db.ErrLeaseHeld) {
				t.Fatalf("taken from a living leader: %v", err)
			}
			time.Sleep(ttl / 2)
			if err := old.Renew(t.Context()); err != nil {
				t.Fatal(err)
			}
			jump()
		}
		if err := try(); !errors.Is(err, db.ErrLeaseHeld) {
			t.Fatalf("taken too early: %v", err)
		}
		time.Sleep(ttl + 10*time.Millisecond)
		if err := try(); err != nil {
			t.Errorf("a dead leader stays in office: %v", err)
		}
		if err := old.Renew(t.Context()); !errors.Is(err, db.ErrFenced) {
			t.Errorf("the old leader renewed: %v", err)
		}
	})
}

func TestKeep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ttl := 300 * time.Millisecond
		lease, err := d.Acquire(t.Context(), "leader", "me", ttl)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		var lost atomic.Bool
		go func() { ended <- db.Keep(ctx, lease, func() { lost.Store(true) }) }()
		for began := time.Now(); time.Since(began) < 3*ttl; time.Sleep(ttl / 5) {
			if _, err := d.Acquire(t.Context(), "leader", "you", ttl); !errors.Is(err, db.ErrLeaseHeld) {
				t.Fatalf("a kept lease was taken: %v", err)
			}
		}
		stop()
		if err := <-ended; err != nil || lost.Load() {
			t.Errorf("Keep ended with %v, lost %t", err, lost.Load())
		}
		// It was released.
		if _, err := d.Acquire(t.Context(), "leader", "you", time.Hour); err != nil {
			t.Errorf("after Keep: %v", err)
		}
		// A lease that somebody else has is lost at the next renewal.
		if err := db.Keep(t.Context(), lease, func() { lost.Store(true) }); !errors.Is(err, db.ErrFenced) || !lost.Load() {
			t.Errorf("Keep of a lost lease: %v, lost %t", err, lost.Load())
		}
	})
}

// The database is gone for longer than the ttl: the holder stops by itself.
func TestKeepStopsWithoutADatabase(t *testing.T) {
	s := dbtest.Server(t)
	d := dbtest.Connect(t, s.Database(t))
	lease, err := d.Acquire(t.Context(), "leader", "me", 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.StopImmediate(); err != nil {
		t.Fatal(err)
	}
	began, lost := time.Now(), false
	err = db.Keep(t.Context(), lease, func() { lost = true })
	if err == nil || !lost {
		t.Errorf("Keep ended with %v, lost %t", err, lost)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s to stop", took)
	}
}

// A transaction that has passed the fence ends before the next leader begins,
// and does not hold up the renewals of its own. (On SQLite nothing at all runs
// beside a transaction that writes.)
func TestFenceHoldsTheNextLeaderUp(t *testing.T) {
	d := dbtest.Open(t, db.Postgres)
	lease, err := d.Acquire(t.Context(), "leader", "old", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	passed, finish := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- d.Transact(context.Background(), func(tx *gorm.DB) error {
			if err := db.Fence(tx, "leader", lease.Epoch()); err != nil {
				return err
			}
			close(passed)
			<-finish
			return nil
		})
	}()
	<-passed
	renewal, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := lease.Renew(renewal); err != nil {
		t.Errorf("the renewal waits for the work: %v", err)
	}
	runOut(t, d)
	taken := make(chan error, 1)
	go func() {
		_, err := d.Acquire(context.Background(), "leader", "new", time.Hour)
		taken <- err
	}()
	select {
	case err := <-taken:
		t.Errorf("the next leader began during the work of the old one: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	close(finish)
	if err := <-done; err != nil {
		t.Errorf("the work: %v", err)
	}
	if err := <-taken; err != nil {
		t.Errorf("the next leader: %v", err)
	}
}
