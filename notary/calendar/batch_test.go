package calendar_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar"
)

func digestsFrom(first, n int) []notary.Digest {
	digests := make([]notary.Digest, n)
	for i := range digests {
		digests[i] = notary.Digest(digestOf(first + i))
	}
	return digests
}

// Every digest of a batch of any size is found, and its path leads to the
// commitment, by the codec.
func TestBatchOfAnySize(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, journal := open(t, d)
		first := 0
		for _, n := range []int{1, 2, 3, 255, 256, 257, 513, 1000, notary.MaxBatch} {
			digests := digestsFrom(first, n)
			first += n
			batch, err := c.KeepMany(t.Context(), notary.BatchID{}, digests)
			if err != nil || batch.Digests != n || batch.ID == (notary.BatchID{}) || !batch.StoredAt.Equal(noon) {
				t.Fatalf("batch of %d: %+v, %v", n, batch, err)
			}
			again, err := c.Batch(t.Context(), batch.ID)
			if err != nil || fmt.Sprint(again) != fmt.Sprint(batch) {
				t.Fatalf("batch of %d: kept %+v, found %+v, %v", n, batch, again, err)
			}
			receipts, err := c.BatchReceipts(t.Context(), batch.ID, 0, n)
			if err != nil || len(receipts) != n {
				t.Fatalf("batch of %d: %d receipts, %v", n, len(receipts), err)
			}
			for i, r := range receipts {
				if r.Digest != digests[i] || !bytes.Equal(r.Commitment, batch.Commitment) {
					t.Fatalf("batch of %d: place %d has %s under %x", n, i, r.Digest, r.Commitment)
				}
				assertLeadsTo(t, r.Digest, r.Receipt)
			}
			for range 20 {
				i := rand.IntN(n)
				found, err := journal.Receipt(t.Context(), digests[i])
				if err != nil || fmt.Sprint(found) != fmt.Sprint(receipts[i].Receipt) {
					t.Fatalf("batch of %d: place %d is found as %+v, %v", n, i, found, err)
				}
			}
		}
		if _, err := journal.Receipt(t.Context(), notary.Digest(digestOf(first))); !errors.Is(err, notary.ErrUnknownDigest) {
			t.Errorf("a digest nobody stamped: %v", err)
		}
		assertContiguous(t, d)
	})
}

func TestPagesOfABatch(t *testing.T) {
	c, _ := open(t, dbtest.Open(t, db.SQLite))
	digests := digestsFrom(0, 700)
	batch, err := c.KeepMany(t.Context(), notary.BatchID{}, digests)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range [][3]int{{0, 1, 1}, {255, 2, 2}, {256, 256, 256}, {600, 1000, 100}, {699, 1, 1}, {700, 10, 0}, {-1, 5, 0}, {0, 0, 0}, {3, -1, 0}} {
		receipts, err := c.BatchReceipts(t.Context(), batch.ID, page[0], page[1])
		if err != nil || len(receipts) != page[2] {
			t.Errorf("page %v: %d receipts, %v", page, len(receipts), err)
		}
		for i, r := range receipts {
			if r.Digest != digests[page[0]+i] {
				t.Errorf("page %v: place %d has %s", page, i, r.Digest)
			}
		}
	}
	if _, err := c.BatchReceipts(t.Context(), notary.BatchID{1}, 0, 1); !errors.Is(err, notary.ErrUnknownBatch) {
		t.Errorf("unknown batch: %v", err)
	}
	if _, err := c.Batch(t.Context(), notary.BatchID{1}); !errors.Is(err, notary.ErrUnknownBatch) {
		t.Errorf("unknown batch: %v", err)
	}
}

func TestBatchesNotTaken(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	c, _ := open(t, d)
	for _, n := range []int{0, notary.MaxBatch + 1} {
		if _, err := c.KeepMany(t.Context(), notary.BatchID{}, make([]notary.Digest, n)); !errors.Is(err, notary.ErrBatchSize) {
			t.Errorf("batch of %d: %v", n, err)
		}
	}
	if head, digests, err := calendar.Head(d.Read(t.Context())); head != 0 || digests != 0 || err != nil {
		t.Errorf("the journal changed: %d, %d, %v", head, digests, err)
	}
}

// Whichever way and in whatever order a digest is stamped, its first stamp
// stays; within a batch it has one place.
func TestFirstStampStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, journal := open(t, d)
		alone, inBatch, twice := notary.Digest{1}, notary.Digest{2}, notary.Digest{3}
		if err := c.Keep(t.Context(), alone); err != nil {
			t.Fatal(err)
		}
		first, err := c.KeepMany(t.Context(), notary.BatchID{}, []notary.Digest{twice, inBatch, alone, twice, inBatch})
		if err != nil || first.Digests != 3 {
			t.Fatalf("%+v, %v", first, err)
		}
		if err := c.Keep(t.Context(), inBatch); err != nil {
			t.Fatal(err)
		}
		second, err := c.KeepMany(t.Context(), notary.BatchID{}, []notary.Digest{twice, alone, inBatch})
		if err != nil || second.ID == first.ID {
			t.Fatalf("%+v, %v", second, err)
		}
		for digest, seq := range map[notary.Digest]int64{alone: 1, inBatch: 2, twice: 2} {
			r, err := journal.Receipt(t.Context(), digest)
			if err != nil || r.Seq != seq {
				t.Errorf("%s has number %d, want %d, %v", digest, r.Seq, seq, err)
			}
			assertLeadsTo(t, digest, r)
		}
		receipts, err := c.BatchReceipts(t.Context(), second.ID, 0, 10)
		if err != nil || len(receipts) != 3 {
			t.Fatalf("%d receipts, %v", len(receipts), err)
		}
		for _, r := range receipts {
			if r.Seq != second.Seq {
				t.Errorf("%s leads to number %d through batch %d", r.Digest, r.Seq, second.Seq)
			}
			assertLeadsTo(t, r.Digest, r.Receipt)
		}
	})
}

// The same named batch many times at once, in two processes, is one batch.
func TestNamedBatchIsStoredOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, _ := open(t, d)
		second, _ := open(t, d)
		name := notary.BatchID{7}
		batches := make([]notary.Batch, 40)
		var wg sync.WaitGroup
		for i := range batches {
			wg.Go(func() {
				c := first
				if i%2 == 1 {
					c = second
				}
				var err error
				if batches[i], err = c.KeepMany(context.Background(), name, digestsFrom(0, 300)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range batches {
			if fmt.Sprint(batches[i]) != fmt.Sprint(batches[0]) {
				t.Fatalf("answer %d is %+v, answer 0 %+v", i, batches[i], batches[0])
			}
		}
		var rows, entries int64
		if err := d.Read(t.Context()).Raw("SELECT count(*) FROM batches").Scan(&rows).Error; err != nil || rows != 1 {
			t.Errorf("%d batches, %v", rows, err)
		}
		if err := d.Read(t.Context()).Raw("SELECT sum(entries) FROM index_runs").Scan(&entries).Error; err != nil || entries != 300 {
			t.Errorf("%d entries in the index, %v", entries, err)
		}
	})
}

// The times of commitments follow their numbers although the clocks of two
// processes differ and one of them goes back.
func TestTimeNeverGoesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		journal, err := calendar.OpenJournal(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		defer journal.Close()
		clocks := []time.Duration{0, -time.Hour, time.Minute, 30 * time.Second, -24 * time.Hour, 2 * time.Minute}
		for i, off := range clocks {
			c, err := calendar.New(calendar.Config{URI: uri, Now: func() time.Time { return noon.Add(off) }}, journal)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = c.KeepMany(t.Context(), notary.BatchID{}, digestsFrom(i, 1)); err == nil {
				err = c.Keep(t.Context(), notary.Digest{byte(i)})
			}
			c.Close()
			if err != nil {
				t.Fatal(err)
			}
		}
		entries, err := calendar.Range(d.Read(t.Context()), 1, 100, 100)
		if err != nil || len(entries) != 2*len(clocks) {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		last := uint32(noon.Unix())
		for _, e := range entries {
			if e.Commitment.Time < last {
				t.Errorf("number %d is of %d, after %d", e.Seq, e.Commitment.Time, last)
			}
			last = e.Commitment.Time
			if seq, err := journal.Find(t.Context(), e.Commitment); err != nil || seq != e.Seq {
				t.Errorf("number %d is found as %d, %v", e.Seq, seq, err)
			}
			var key calendar.Key
			if e.Commitment.MAC != key.MAC(e.Commitment.Time, e.Commitment.Tip) {
				t.Errorf("number %d has another mark", e.Seq)
			}
		}
		if last != uint32(noon.Add(2*time.Minute).Unix()) {
			t.Errorf("the last time is %d", last)
		}
	})
}
