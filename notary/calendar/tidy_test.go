package calendar

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/merkle"
	"cairn/notary/ots"
)

func openBoth(t *testing.T, d *db.DB) (*Calendar, *Journal) {
	t.Helper()
	j, err := OpenJournal(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.Close)
	c, err := New(Config{URI: "http://127.0.0.1"}, j)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, j
}

func digestNumber(i int) notary.Digest { return sha256.Sum256(fmt.Append(nil, i)) }

// keepSizes keeps batches of these sizes with digests numbered from first.
func keepSizes(t *testing.T, c *Calendar, first int, sizes ...int) (next int) {
	t.Helper()
	for _, n := range sizes {
		digests := make([]notary.Digest, n)
		for i := range digests {
			digests[i] = digestNumber(first + i)
		}
		if _, err := c.KeepMany(t.Context(), notary.BatchID{}, digests); err != nil {
			t.Fatal(err)
		}
		first += n
	}
	return first
}

func assertAllFound(t *testing.T, j *Journal, n, step int) {
	t.Helper()
	for i := rand.IntN(step); i < n; i += step {
		if _, err := j.Receipt(t.Context(), digestNumber(i)); err != nil {
			t.Fatalf("digest %d of %d: %v", i, n, err)
		}
	}
	if _, err := j.Receipt(t.Context(), digestNumber(n)); !errors.Is(err, notary.ErrUnknownDigest) {
		t.Fatalf("digest %d: %v", n, err)
	}
}

func tidyAll(t *testing.T, j *Journal) {
	t.Helper()
	for {
		did, err := j.tidyOnce(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			return
		}
	}
}

// Runs of all sizes are joined until there are few, and every digest stays
// where it was.
func TestTidyJoinsRuns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, j := openBoth(t, d)
		var sizes []int
		for range 40 {
			sizes = append(sizes, 1, 2, 7, 100, 1+rand.IntN(2000))
		}
		sizes = append(sizes, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 9_000)
		n := keepSizes(t, c, 0, sizes...)
		assertAllFound(t, j, n, 997)
		tidyAll(t, j)
		assertAllFound(t, j, n, 97)
		live, err := j.runs(t.Context(), j.tidying.live)
		if err != nil {
			t.Fatal(err)
		}
		levels, entries := map[int]int{}, int64(0)
		for _, r := range live {
			entries += r.entries
			if levels[r.level()]++; levels[r.level()] >= joinAt {
				t.Errorf("level %d has %d runs", r.level(), levels[r.level()])
			}
		}
		if entries != int64(n) {
			t.Errorf("the index has %d entries for %d digests", entries, n)
		}
		// Nothing is left of what was joined.
		var orphans, longest int64
		err = d.Read(t.Context()).Raw(`SELECT count(*) FROM index_buckets b
			WHERE NOT EXISTS (SELECT 1 FROM index_runs r WHERE r.state = 1 AND r.id = b."key" >> 24)`).Scan(&orphans).Error
		if err != nil || orphans != 0 {
			t.Errorf("%d buckets of no run, %v", orphans, err)
		}
		err = d.Read(t.Context()).Raw(`SELECT max(length(entries)) FROM index_buckets`).Scan(&longest).Error
		if err != nil || longest > 2*bucketTarget*entrySize {
			t.Errorf("a bucket of %d bytes, %v", longest, err)
		}
	})
}

// Two processes tidy while digests come and are asked for: none is ever
// missing.
func TestTidyUnderLoad(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, j := openBoth(t, d)
		_, other := openBoth(t, d)
		n := keepSizes(t, c, 0, 500, 500, 500, 500)
		// ctx ends the loops and no query: a connection whose query was cut off
		// may fail the next one.
		ctx, cancel := context.WithCancel(t.Context())
		var work sync.WaitGroup
		for _, j := range []*Journal{j, other} {
			work.Go(func() {
				for ctx.Err() == nil {
					if _, err := j.tidyOnce(t.Context(), false); err != nil && !errors.Is(err, errOvertaken) && !errors.Is(err, db.ErrBusy) {
						t.Error(err)
					}
				}
			})
		}
		known := make(chan int, 1)
		known <- n
		for range 3 {
			work.Go(func() {
				for ctx.Err() == nil {
					n := <-known
					known <- n
					i := rand.IntN(n)
					if _, err := j.Receipt(t.Context(), digestNumber(i)); err != nil {
						t.Errorf("digest %d of %d: %v", i, n, err)
						return
					}
				}
			})
		}
		for began := time.Now(); time.Since(began) < 2*time.Second; {
			n = keepSizes(t, c, n, 1+rand.IntN(300))
			<-known
			known <- n
		}
		cancel()
		work.Wait()
		tidyAll(t, j)
		assertAllFound(t, j, n, 13)
	})
}

// A process dies half way through joining: the next one clears up, and a late
// return of the first changes nothing.
func TestTidyAfterACrash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, j := openBoth(t, d)
		n := keepSizes(t, c, 0, 100, 100, 100, 100, 100, 100, 100, 100)
		live, err := j.runs(t.Context(), j.tidying.live)
		if err != nil {
			t.Fatal(err)
		}
		// What a crash leaves: a run with some buckets that is not live.
		if err := d.Writer().QueryRow(`UPDATE calendar_head SET runs = runs + 1 RETURNING runs`).Scan(new(int64)); err != nil {
			t.Fatal(err)
		}
		made := run{id: 9, entries: 800, shift: shiftFor(800)}
		if _, err := j.insertRun.Exec(made.id, made.entries, made.shift, runMade); err != nil {
			t.Fatal(err)
		}
		if err := j.joinSlice(t.Context(), live, made, 0, live[0].shift, false); err != nil {
			t.Fatal(err)
		}
		assertAllFound(t, j, n, 1)
		ctx, cancel := context.WithCancel(t.Context())
		tidied := make(chan error, 1)
		go func() { tidied <- j.Tidy(ctx) }()
		waitFor(t, func() bool {
			var runs int64
			err := d.Read(t.Context()).Raw(`SELECT count(*) FROM index_runs`).Scan(&runs).Error
			return err == nil && runs == 1
		})
		cancel()
		if err := <-tidied; err != nil {
			t.Fatal(err)
		}
		if err := j.joinSlice(t.Context(), live, made, 0, live[0].shift, false); !errors.Is(err, errOvertaken) {
			t.Errorf("the first process goes on: %v", err)
		}
		assertAllFound(t, j, n, 1)
		var runs []int64
		if err := d.Read(t.Context()).Raw(`SELECT id FROM index_runs`).Scan(&runs).Error; err != nil || len(runs) != 1 || runs[0] == 9 {
			t.Errorf("runs %v, %v", runs, err)
		}
	})
}

// The longest proof there can be parses in every client: below 10,000 bytes
// (python-opentimestamps reads no more) and 256 levels deep.
func TestLongestProof(t *testing.T) {
	digests := make([]notary.Digest, notary.MaxBatch)
	for i := range digests {
		digests[i] = digestNumber(i)
	}
	b := newBatch(notary.BatchID{1}, [32]byte{2}, digests, indexKey{3})
	leaves := make([]merkle.Hash, maxGroup)
	leaves[0] = b.tops.Root()
	e := &entry{batch: b, group: &group{tree: merkle.New(leaves)}}
	e.group.seal(1, 1)
	paths, err := newBatchPaths(b.secret[:], merkle.MarshalTops(b.tops), e.appendWay(nil))
	if err != nil {
		t.Fatal(err)
	}
	path := paths.open(0, b.tile(0)).appendPath(nil, 0)
	// Above the commitment: a hash, the tree over a million commitments, the
	// transaction's bytes around the root, two hashes, and a block of 2^16
	// transactions, each level an append and two hashes.
	const anchorLevels, blockLevels, txBytes = 20, 16, 4096
	size := len(path) + 31 + 1 + 1 + 32 + 1 + anchorLevels*(1+1+32+1) + 2*(1+2) + txBytes + 2 + blockLevels*(1+1+32+2) + 20
	depth := 2*(1+maxBatchLevels+maxGroupLevels+1) + 1 + 2*anchorLevels + 4 + 3*blockLevels + 1
	if size >= 10_000 || depth >= 256 {
		t.Errorf("a proof of %d bytes and %d levels", size, depth)
	}
	steps := 0
	stamp, err := ots.Parse(digests[0][:], ots.AppendPending(path, "http://127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	for at := range stamp.All() {
		raw := e.group.commitment.Bytes()
		if string(at.Message()) != string(raw[:]) {
			t.Errorf("the path leads to %x", at.Message())
		}
		steps++
	}
	if steps != 1 {
		t.Errorf("%d ends", steps)
	}
}

func TestShifts(t *testing.T) {
	for entries, want := range map[int64]uint{1: 62, 96: 62, 97: 61, 192: 61, 193: 60, 10_000: 55, 1 << 40: 38} {
		if got := shiftFor(entries); got != want {
			t.Errorf("%d entries: shift %d, want %d", entries, got, want)
		}
	}
}
