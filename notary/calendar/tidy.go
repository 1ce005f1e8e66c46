package calendar

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"cairn/app/db"
)

// The states of a run in index_runs.
const (
	runMade    = 0 // being written by Tidy
	runLive    = 1
	runRemoved = 2 // joined into another, to be deleted
)

const (
	// Runs are of one level when their sizes have the same number of digits to
	// the base of 4; a level with joinAt runs is joined, joinMost of them at a
	// time. So no more than joinAt-1 runs stay on each level, for ten million
	// digests in large batches about ten in all, and each entry is rewritten
	// once for each level, or less often.
	joinAt, joinMost = 4, 64
	// sliceEntries is about how many entries are read, and written in one
	// transaction, at a time.
	sliceEntries = 1 << 15
	// removeBuckets is how many buckets one transaction deletes.
	removeBuckets = 1 << 10
	// tidyEvery is how often Tidy looks for work, at most.
	tidyEvery = time.Second
)

// errOvertaken: another process has taken the work over.
var errOvertaken = errors.New("the index is being tidied by another process")

type tidyStatements struct {
	live, left *sql.Stmt
	read       *sql.Stmt
	nextRun    *sql.Stmt
	hold       *sql.Stmt
	become     *sql.Stmt
	abandon    *sql.Stmt
	clear      *sql.Stmt
	forget     *sql.Stmt
}

func (s *tidyStatements) prepare(writer, reader func(query string) *sql.Stmt) {
	s.live = reader(`SELECT id, entries, shift FROM index_runs WHERE state = 1 ORDER BY id`)
	s.left = reader(`SELECT id, entries, shift FROM index_runs WHERE state = 2 ORDER BY id`)
	s.read = reader(`SELECT entries FROM index_buckets WHERE "key" BETWEEN ? AND ?`)
	s.nextRun = writer(`UPDATE calendar_head SET runs = runs + 1 WHERE id = 1 RETURNING runs`)
	s.hold = writer(`UPDATE index_runs SET state = state WHERE id = ? AND state = 0`)
	s.become = writer(`UPDATE index_runs SET state = ? WHERE id = ? AND state = ?`)
	s.abandon = writer(`UPDATE index_runs SET state = 2 WHERE state = 0`)
	s.clear = writer(`DELETE FROM index_buckets WHERE "key" BETWEEN ? AND ?`)
	s.forget = writer(`DELETE FROM index_runs WHERE id = ? AND state = 2`)
}

// run is a row of index_runs.
type run struct {
	id, entries int64
	shift       uint
}

func (r run) buckets() int64 { return 1 << (markBits - r.shift) }
func (r run) level() int     { return bits.Len64(uint64(r.entries)) / 2 }

// Tidy keeps the runs of the index few until ctx ends; one process at a time
// should do it. Should two, then what one of them does is lost, and nothing
// else. It writes little at a time and rests as long as it worked, so that
// digests do not wait for it. Error: one of the database that stays.
func (j *Journal) Tidy(ctx context.Context) error {
	// What a process began and did not finish is of no use.
	err := j.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.StmtContext(ctx, j.tidying.abandon).ExecContext(ctx)
		return err
	})
	for err == nil {
		var did bool
		if did, err = j.tidyOnce(ctx, true); did && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tidyEvery):
		}
		if errors.Is(err, errOvertaken) {
			err = nil
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("tidy the index: %w", err)
}

// tidyOnce deletes what was joined before, and joins the runs of one level if
// there are many.
func (j *Journal) tidyOnce(ctx context.Context, rest bool) (did bool, err error) {
	left, err := j.runs(ctx, j.tidying.left)
	if err != nil {
		return false, err
	}
	for _, r := range left {
		if err := j.remove(ctx, r, rest); err != nil {
			return false, err
		}
	}
	live, err := j.runs(ctx, j.tidying.live)
	if err != nil {
		return false, err
	}
	chosen := choose(live)
	if chosen == nil {
		return false, nil
	}
	return true, j.join(ctx, chosen, rest)
}

func (j *Journal) runs(ctx context.Context, stmt *sql.Stmt) ([]run, error) {
	rows, err := stmt.QueryContext(ctx)
	if err != nil {
		return nil, db.Classify(err)
	}
	defer rows.Close()
	var list []run
	for rows.Next() {
		var r run
		if err := rows.Scan(&r.id, &r.entries, &r.shift); err != nil {
			return nil, db.Classify(err)
		}
		list = append(list, r)
	}
	return list, db.Classify(rows.Err())
}

// choose picks the runs to be joined: the oldest of the lowest level that has
// joinAt of them.
func choose(live []run) []run {
	levels := make(map[int][]run)
	lowest := -1
	for _, r := range live {
		level := r.level()
		levels[level] = append(levels[level], r)
		if len(levels[level]) >= joinAt && (lowest < 0 || level < lowest) {
			lowest = level
		}
	}
	if lowest < 0 {
		return nil
	}
	return levels[lowest][:min(len(levels[lowest]), joinMost)]
}

// join writes one run with all that is in sources and puts it in their place.
func (j *Journal) join(ctx context.Context, sources []run, rest bool) (err error) {
	var made run
	for _, r := range sources {
		made.entries += r.entries
	}
	made.shift = shiftFor(made.entries)
	err = j.transact(ctx, func(tx *sql.Tx) error {
		if err := tx.StmtContext(ctx, j.tidying.nextRun).QueryRowContext(ctx).Scan(&made.id); err != nil {
			return err
		}
		_, err := tx.StmtContext(ctx, j.insertRun).ExecContext(ctx, made.id, made.entries, made.shift, runMade)
		return err
	})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// What was written is removed by the next who looks. Should even
			// this fail, Tidy does it when it begins.
			_, _ = j.tidying.become.ExecContext(context.WithoutCancel(ctx), runRemoved, made.id, runMade)
		}
	}()
	// No slice is smaller than a bucket of any of them.
	slices := made.entries/sliceEntries + 1
	sliceShift := uint(markBits - bits.Len64(uint64(slices)))
	for _, r := range append(sources[:len(sources):len(sources)], made) {
		sliceShift = max(sliceShift, r.shift)
	}
	for slice := range int64(1) << (markBits - sliceShift) {
		if err := j.joinSlice(ctx, sources, made, slice, sliceShift, rest); err != nil {
			return err
		}
	}
	return j.transact(ctx, func(tx *sql.Tx) error {
		become := tx.StmtContext(ctx, j.tidying.become)
		if err := one(become.ExecContext(ctx, runLive, made.id, runMade)); err != nil {
			return err
		}
		for _, r := range sources {
			if err := one(become.ExecContext(ctx, runRemoved, r.id, runLive)); err != nil {
				return err
			}
		}
		return nil
	})
}

// joinSlice copies the entries whose marks begin with the bits of slice.
func (j *Journal) joinSlice(ctx context.Context, sources []run, made run, slice int64, sliceShift uint, rest bool) error {
	began := time.Now()
	per := int64(1) << (sliceShift - made.shift)
	gathered := newBuckets(made.shift, slice*per, per)
	for _, r := range sources {
		per := int64(1) << (sliceShift - r.shift)
		if err := j.gather(ctx, gathered, bucketKey(r.id, slice*per), bucketKey(r.id, (slice+1)*per-1)); err != nil {
			return err
		}
	}
	err := j.transact(ctx, func(tx *sql.Tx) error {
		if err := one(tx.StmtContext(ctx, j.tidying.hold).ExecContext(ctx, made.id)); err != nil {
			return err
		}
		return j.buckets.exec(ctx, tx, gathered.all(made.id))
	})
	if err != nil {
		return err
	}
	return pause(ctx, rest, time.Since(began))
}

// gather reads the buckets from one key to another.
func (j *Journal) gather(ctx context.Context, into *buckets, first, last int64) error {
	rows, err := j.tidying.read.QueryContext(ctx, first, last)
	if err != nil {
		return db.Classify(err)
	}
	defer rows.Close()
	var entries sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&entries); err != nil {
			return db.Classify(err)
		}
		for i := 0; i+entrySize <= len(entries); i += entrySize {
			into.add(entries[i : i+entrySize])
		}
	}
	return db.Classify(rows.Err())
}

// remove deletes a run that is not used any more.
func (j *Journal) remove(ctx context.Context, r run, rest bool) error {
	for first := int64(0); first < r.buckets(); first += removeBuckets {
		began := time.Now()
		err := j.transact(ctx, func(tx *sql.Tx) error {
			_, err := tx.StmtContext(ctx, j.tidying.clear).
				ExecContext(ctx, bucketKey(r.id, first), bucketKey(r.id, min(first+removeBuckets, r.buckets())-1))
			return err
		})
		if err != nil {
			return err
		}
		if err := pause(ctx, rest, time.Since(began)); err != nil {
			return err
		}
	}
	return j.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.StmtContext(ctx, j.tidying.forget).ExecContext(ctx, r.id)
		return err
	})
}

// one makes it an error when a statement did not change exactly one row.
func one(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(errOvertaken, err)
	}
	return nil
}

func pause(ctx context.Context, rest bool, d time.Duration) error {
	if !rest {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
