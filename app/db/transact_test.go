package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

// counter is a table of one number, which lost updates would show in.
func makeCounter(t testing.TB, d *db.DB) {
	t.Helper()
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		if err := tx.Exec("CREATE TABLE test_counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)").Error; err != nil {
			return err
		}
		return tx.Exec("INSERT INTO test_counter (id, n) VALUES (1, 0), (2, 0)").Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func counter(t testing.TB, tx *gorm.DB, id int) (n int) {
	t.Helper()
	if err := tx.Raw("SELECT n FROM test_counter WHERE id = ?", id).Scan(&n).Error; err != nil {
		t.Error(err)
	}
	return n
}

func set(tx *gorm.DB, id, n int) error {
	return tx.Exec("UPDATE test_counter SET n = ? WHERE id = ?", n, id).Error
}

// Read, add one, write back: right only when transactions are serial.
func TestTransactLosesNoUpdate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeCounter(t, d)
		const workers, rounds = 8, 10
		var mu sync.Mutex
		runs := 0
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for range rounds {
					err := d.Transact(t.Context(), func(tx *gorm.DB) error {
						mu.Lock()
						runs++
						mu.Unlock()
						var n int
						if err := tx.Raw("SELECT n FROM test_counter WHERE id = 1").Scan(&n).Error; err != nil {
							return err
						}
						return set(tx, 1, n+1)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got := counter(t, d.Read(t.Context()), 1); got != workers*rounds {
			t.Errorf("counted %d, want %d", got, workers*rounds)
		}
		t.Logf("%d transactions took %d runs", workers*rounds, runs)
	})
}

// Write skew is what distinguishes serializable from snapshots: each of two
// transactions reads what the other writes, and at least one must see it.
func TestTransactRetriesARealSerializationFailure(t *testing.T) {
	d := dbtest.Open(t, db.Postgres)
	makeCounter(t, d)
	var once sync.WaitGroup
	once.Add(2)
	runs := make([]int, 2)
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() {
			err := d.Transact(t.Context(), func(tx *gorm.DB) error {
				runs[i]++
				n := counter(t, tx, 2-i)
				if runs[i] == 1 {
					once.Done()
					once.Wait() // until both have read
				}
				return set(tx, 1+i, n+1)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if runs[0]+runs[1] < 3 {
		t.Errorf("ran %v: none was retried", runs)
	}
	a, b := counter(t, d.Read(t.Context()), 1), counter(t, d.Read(t.Context()), 2)
	if !(a == 1 && b == 2 || a == 2 && b == 1) {
		t.Errorf("ended as %d, %d: not what any order of the two gives", a, b)
	}
}

// Two transactions that lock the same rows in opposite order.
func TestTransactRetriesADeadlock(t *testing.T) {
	d := dbtest.Open(t, db.Postgres)
	makeCounter(t, d)
	var first sync.WaitGroup
	first.Add(2)
	runs := make([]int, 2)
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() {
			err := d.Transact(t.Context(), func(tx *gorm.DB) error {
				runs[i]++
				add := func(id int) error {
					return tx.Exec("UPDATE test_counter SET n = n + 1 WHERE id = ?", id).Error
				}
				if err := add(1 + i); err != nil {
					return err
				}
				if runs[i] == 1 {
					first.Done()
					first.Wait()
				}
				return add(2 - i)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if runs[0]+runs[1] < 3 {
		t.Errorf("ran %v: none was retried", runs)
	}
	if a, b := counter(t, d.Read(t.Context()), 1), counter(t, d.Read(t.Context()), 2); a != 2 || b != 2 {
		t.Errorf("ended as %d, %d, want 2, 2", a, b)
	}
}

// A transaction that never succeeds is given up with a kind, in bounded time.
func TestTransactGivesUp(t *testing.T) {
	d := dbtest.Open(t, db.Postgres)
	runs := 0
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		runs++
		return tx.Exec("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$").Error
	})
	if !errors.Is(err, db.ErrBusy) || runs < 2 || runs > 100 {
		t.Errorf("after %d runs: %v, want ErrBusy", runs, err)
	}
}

var errMine = errors.New("mine")

func TestTransactUndoesWhatFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeCounter(t, d)
		err := d.Transact(t.Context(), func(tx *gorm.DB) error {
			return errors.Join(set(tx, 1, 5), errMine)
		})
		if !errors.Is(err, errMine) {
			t.Errorf("got %v, want the function's own error", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Transact(t.Context(), func(tx *gorm.DB) error {
				if err := set(tx, 1, 6); err != nil {
					t.Error(err)
				}
				panic("mine")
			})
		}()
		ctx, cancel := context.WithCancel(t.Context())
		err = d.Transact(ctx, func(tx *gorm.DB) error {
			err := set(tx, 1, 7)
			cancel()
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the commit: %v", err)
		}
		if n := counter(t, d.Read(t.Context()), 1); n != 0 {
			t.Errorf("%d stayed", n)
		}
		// The writer is free again after all of that.
		if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return set(tx, 1, 8) }); err != nil {
			t.Error(err)
		}
		if n := counter(t, d.Read(t.Context()), 1); n != 8 {
			t.Errorf("%d, want 8", n)
		}
	})
}

func TestTransactDoesNotNest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Transact(t.Context(), func(tx *gorm.DB) error {
			return d.Transact(tx.Statement.Context, func(*gorm.DB) error { return nil })
		})
		if !errors.Is(err, db.ErrNested) {
			t.Errorf("got %v, want ErrNested", err)
		}
	})
}

// Readers go on while a transaction writes, and see the time before it.
func TestReadersDoNotWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeCounter(t, d)
		err := d.Transact(t.Context(), func(tx *gorm.DB) error {
			if err := set(tx, 1, 3); err != nil {
				return err
			}
			if n := counter(t, d.Read(t.Context()), 1); n != 0 {
				t.Errorf("a reader saw %d before the commit", n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := counter(t, d.Read(t.Context()), 1); n != 3 {
			t.Errorf("a reader saw %d after the commit, want 3", n)
		}
	})
}

// A caller that gives up while others hold the writer gets its answer then.
func TestTransactWaitsNoLongerThanItsCaller(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- d.Transact(context.Background(), func(*gorm.DB) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := d.Transact(ctx, func(*gorm.DB) error { return errors.New("should not run") })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestErrorsHaveKinds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Transact(t.Context(), func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO settings (name, value) VALUES ('a', ?), ('a', ?)", []byte("1"), []byte("2")).Error
		})
		if !errors.Is(err, gorm.ErrDuplicatedKey) {
			t.Errorf("the same key twice: got %v, want gorm.ErrDuplicatedKey", err)
		}
		if err := d.Read(t.Context()).Table("leases").Where("name = 'none'").Take(&struct{ Name string }{}).Error; !errors.Is(err, gorm.ErrRecordNotFound) {
			t.Errorf("no row: got %v, want gorm.ErrRecordNotFound", err)
		}
	})
}

// The server ends this session's connections: what was not committed is gone,
// and the next transaction gets a new connection by itself.
func TestPostgresConnectionLost(t *testing.T) {
	d := dbtest.Open(t, db.Postgres)
	makeCounter(t, d)
	killer := dbtest.Open(t, db.Postgres)
	runs := 0
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		runs++
		var pid int
		if err := tx.Raw("SELECT pg_backend_pid()").Scan(&pid).Error; err != nil {
			return err
		}
		if err := set(tx, 1, 1); err != nil {
			return err
		}
		if err := killer.Read(t.Context()).Exec("SELECT pg_terminate_backend(?)", pid).Error; err != nil {
			return err
		}
		return set(tx, 2, 1)
	})
	if !errors.Is(err, db.ErrUnavailable) || runs != 1 {
		t.Errorf("after %d runs: %v, want ErrUnavailable", runs, err)
	}
	if n := counter(t, d.Read(t.Context()), 1); n != 0 {
		t.Errorf("%d stayed", n)
	}
}

// The connection is lost when only the commit is left to do: it is said to be
// unknown, never retried, and a look tells.
func TestPostgresCommitUnknown(t *testing.T) {
	d := dbtest.Open(t, db.Postgres)
	makeCounter(t, d)
	killer := dbtest.Open(t, db.Postgres)
	runs := 0
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		runs++
		var pid int
		if err := tx.Raw("SELECT pg_backend_pid()").Scan(&pid).Error; err != nil {
			return err
		}
		if err := set(tx, 1, 1); err != nil {
			return err
		}
		return killer.Read(t.Context()).Exec("SELECT pg_terminate_backend(?)", pid).Error
	})
	if !errors.Is(err, db.ErrCommitUnknown) || runs != 1 {
		t.Errorf("after %d runs: %v, want ErrCommitUnknown", runs, err)
	}
	if n := counter(t, d.Read(t.Context()), 1); n != 0 {
		t.Errorf("found %d: the server had ended before the commit", n)
	}
}

func TestPostgresServerCrash(t *testing.T) {
	s := dbtest.Server(t)
	d := dbtest.Connect(t, s.Database(t))
	makeCounter(t, d)
	for round := 1; round <= 2; round++ {
		if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return set(tx, 1, round) }); err != nil {
			t.Fatal(err)
		}
		if err := s.StopImmediate(); err != nil {
			t.Fatal(err)
		}
		err := d.Transact(t.Context(), func(tx *gorm.DB) error { return set(tx, 1, -1) })
		if !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("while the server is down: got %v, want ErrUnavailable", err)
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if n := counter(t, d.Read(t.Context()), 1); n != round {
			t.Errorf("after the crash: %d, want %d", n, round)
		}
	}
}

func BenchmarkTransact(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		makeCounter(b, d)
		for i := 0; b.Loop(); i++ {
			if err := d.Transact(b.Context(), func(tx *gorm.DB) error { return set(tx, 1, i) }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func ExampleRedact() {
	fmt.Println(db.Redact("postgres://cairn:secret@db.example/cairn?sslmode=verify-full"))
	// Output: postgres://cairn:xxxxx@db.example/cairn?sslmode=verify-full
}
