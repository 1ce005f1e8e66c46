package follow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/chain"
)

// journal is a projection that writes down each block it holds, and fails or
// panics when told to.
type journal struct {
	// countdown is how many more calls go well; below zero all do.
	countdown int
	panics    bool
	// last is what the last Connect or Disconnect was called with.
	calls []string
}

var errOrdered = errors.New("the test ordered this failure")

func makeJournal(t testing.TB, d *db.DB) {
	t.Helper()
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("CREATE TABLE test_journal (height INTEGER PRIMARY KEY, line TEXT NOT NULL)").Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (j *journal) Name() string { return "journal" }

func (j *journal) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	j.calls = append(j.calls, fmt.Sprintf("+%d", b.Height))
	if err := tx.Exec("INSERT INTO test_journal (height, line) VALUES (?, ?)", b.Height, b.Hash.String()).Error; err != nil {
		return err
	}
	return j.countDown()
}

func (j *journal) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	j.calls = append(j.calls, fmt.Sprintf("-%d", b.Height))
	res := tx.Exec("DELETE FROM test_journal WHERE height = ? AND line = ?", b.Height, b.Hash.String())
	if res.Error == nil && res.RowsAffected != 1 {
		return fmt.Errorf("block %s was never connected", b.BlockRef)
	}
	return errors.Join(res.Error, j.countDown())
}

func (j *journal) countDown() error {
	j.countdown--
	if j.countdown == -1 {
		if j.panics {
			panic("the test ordered this panic")
		}
		return errOrdered
	}
	j.countdown = max(j.countdown, -2)
	return nil
}

// fine makes all further calls go well.
func (j *journal) fine() { j.countdown = -2 }

// lines are the hashes the journal holds, by height.
func lines(t fataler, d *db.DB) []string {
	t.Helper()
	var out []string
	if err := d.Read(context.Background()).Raw("SELECT line FROM test_journal ORDER BY height").Scan(&out).Error; err != nil {
		t.Fatalf("reading the journal: %v", err)
	}
	return out
}

// fataler is what testing.TB and rapid.T share.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// wantLines checks that the journal holds exactly the blocks of the source from
// a height on.
func wantLines(t fataler, d *db.DB, s *fakeSource, from int32) {
	t.Helper()
	var want []string
	for _, b := range s.chain()[from:] {
		want = append(want, b.BlockHash().String())
	}
	if got := lines(t, d); !slices.Equal(got, want) {
		t.Fatalf("the journal holds\n%v\nwant\n%v", got, want)
	}
}
