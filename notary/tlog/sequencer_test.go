package tlog

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/tlog/format"

	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"
)

// referenceRoot is the root over the first n entries by another
// implementation of the tree.
func referenceRoot(t testing.TB, entries []format.Entry) format.Hash {
	t.Helper()
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for i := range entries {
		hashes, err := tlog.StoredHashes(int64(i), entries[i][:], reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(entries)), reader)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func testEntries(n int64) []format.Entry {
	entries := make([]format.Entry, n)
	for i := range entries {
		entries[i] = testEntry(int64(i))
	}
	return entries
}

// The log grows by pieces of many sizes, by one process after the other, and
// each checkpoint is the tree of all entries so far.
func TestLogGrows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.sequence()
		if _, c := w.stored(); c.Size != 0 || c.Origin != testOrigin {
			t.Fatalf("the empty log is %+v", c)
		}
		size := int64(0)
		for _, n := range []int64{1, 2, 252, 1, 1, 255, 1000, 33_000} {
			w.fill(n)
			size += n
			w.sequence()
			_, c := w.stored()
			if want := referenceRoot(t, testEntries(size)); c.Size != size || c.Root != want {
				t.Fatalf("after %d entries the log is %+v, want root %s", size, c, want)
			}
			w.restart()
		}
		before, _ := w.stored()
		w.sequence()
		if after, _ := w.stored(); string(after.Note) != string(before.Note) || !after.SignedAt.Equal(before.SignedAt) {
			t.Error("a checkpoint was signed again over nothing new")
		}
	})
}

// The steps of a checkpoint between which a process may die.
var crashSteps = []string{"tree built", "signed", "written, not committed", "stored"}

var errCrash = errors.New("crash")

// At each step the process dies once. The log that is found then is whole, it
// has the last checkpoint or the next one, and it goes on as if nothing
// happened.
func TestCrashAtEveryStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.fill(250)
		w.sequence()
		size := int64(250)
		for round, step := range crashSteps {
			last, _ := w.stored()
			w.fill(300)
			size += 300
			w.seq.crash = func(at string) error {
				if at == step {
					return errCrash
				}
				return nil
			}
			if _, err := w.seq.step(t.Context()); !errors.Is(err, errCrash) {
				t.Fatalf("%s was not reached: %v", step, err)
			}
			w.restart()
			found, _ := w.stored()
			if _, err := readTree(d.Read(t.Context()), found); err != nil {
				t.Fatalf("after a crash at %q: %v", step, err)
			}
			if stored := step == "stored"; stored != (found.Size == size) || !stored && found.Size != last.Size {
				t.Fatalf("after a crash at %q the log has %d entries", step, found.Size)
			}
			w.sequence()
			if _, c := w.stored(); c.Root != referenceRoot(t, testEntries(size)) {
				t.Fatalf("round %d: another tree", round)
			}
		}
	})
}

// A deposed leader that does not know it yet works beside its successor. All
// checkpoints that were ever stored are of one history.
func TestTwoLeaders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.sequence()
		var size int64
		for round := range 8 {
			old := w.seq
			w.lead(fmt.Sprint("holder ", round))
			w.restart()
			w.fill(100)
			size += 100
			var fenced error
			var both sync.WaitGroup
			both.Go(func() { _, fenced = old.step(t.Context()) })
			both.Go(func() {
				if _, err := w.seq.step(t.Context()); err != nil {
					t.Errorf("the leader failed: %v", err)
				}
			})
			both.Wait()
			// It either had nothing to store, or was refused.
			if fenced != nil && !errors.Is(fenced, db.ErrFenced) {
				t.Errorf("the old leader failed otherwise: %v", fenced)
			}
			w.sequence()
			if head, c := w.stored(); c.Size != size || c.Root != referenceRoot(t, testEntries(size)) {
				t.Fatalf("round %d: head %+v", round, head)
			}
		}
	})
}

// Two sequencers under one lease, which must not be, still make one history.
func TestSameLeaseTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.sequence()
		other := w.service.Sequencer()
		other.lease = w.lease
		var size int64
		for range 10 {
			w.fill(100)
			size += 100
			var both sync.WaitGroup
			for _, q := range []*Sequencer{w.seq, other} {
				both.Go(func() {
					for range 3 {
						if _, err := q.step(t.Context()); err != nil && !errors.Is(err, errMoved) {
							t.Errorf("a sequencer failed: %v", err)
						}
					}
				})
			}
			both.Wait()
			if _, c := w.stored(); c.Size != size || c.Root != referenceRoot(t, testEntries(size)) {
				t.Fatalf("the log is %+v", c)
			}
		}
	})
}

// Nothing more is signed when the stored commitments are not those that were
// signed, or lack some.
func TestNothingIsSignedOverADamagedLog(t *testing.T) {
	damages := map[string]string{
		"changed entry":   "UPDATE commitments SET time = time + 1 WHERE seq = 300",
		"dropped entry":   "DELETE FROM commitments WHERE seq = 300",
		"changed node":    "UPDATE log_nodes SET hash = (SELECT tip FROM commitments WHERE seq = 1) WHERE level = 1 AND n = 0",
		"dropped node":    "DELETE FROM log_nodes WHERE level = 1 AND n = 0",
		"another history": "UPDATE log_head SET root = (SELECT tip FROM commitments WHERE seq = 1)",
	}
	for name, statement := range damages {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				w.fill(310)
				w.sequence()
				before, _ := w.stored()
				if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err != nil {
					t.Fatal(err)
				}
				w.fill(10)
				w.restart()
				if _, err := w.seq.step(t.Context()); !errors.Is(err, ErrCorrupt) {
					t.Errorf("a damaged log was extended: %v", err)
				}
				after, err := readHead(d.Read(t.Context()))
				if err != nil || string(after.Note) != string(before.Note) {
					t.Errorf("another checkpoint was signed: %v", err)
				}
			})
		})
	}
}
