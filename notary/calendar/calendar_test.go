package calendar_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/merkle"
	"cairn/notary/ots"
)

const uri = "http://127.0.0.1:8780"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// open is a calendar over a fresh journal, closed when the test ends.
func open(tb testing.TB, d *db.DB) (*calendar.Calendar, *calendar.Journal) {
	tb.Helper()
	journal, err := calendar.OpenJournal(tb.Context(), d)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(journal.Close)
	c, err := calendar.New(calendar.Config{URI: uri, Now: func() time.Time { return noon }}, journal)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c, journal
}

// promised parses an answer strictly and returns the commitment in it.
func promised(tb testing.TB, msg, answer []byte) calendar.Commitment {
	tb.Helper()
	stamp, err := ots.Parse(msg, answer)
	if err != nil {
		tb.Fatalf("answer does not parse: %v", err)
	}
	again, err := stamp.AppendBinary(nil)
	if err != nil || !bytes.Equal(again, answer) {
		tb.Fatalf("answer is not canonical: %x, %v", answer, err)
	}
	var found []calendar.Commitment
	for at, a := range stamp.All() {
		if a != ots.Pending(uri) {
			tb.Fatalf("attestation %v", a)
		}
		c, ok := calendar.ParseCommitment(at.Message())
		if !ok {
			tb.Fatalf("attested message %x is no commitment", at.Message())
		}
		found = append(found, c)
	}
	if len(found) != 1 {
		tb.Fatalf("answer has %d attestations", len(found))
	}
	return found[0]
}

func digestOf(i int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return sum[:]
}

func TestSubmit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, journal := open(t, d)
		for _, size := range []int{1, 20, 32, 64} {
			msg := bytes.Repeat([]byte{byte(size)}, size)
			answer, err := c.Submit(t.Context(), nil, msg)
			if err != nil {
				t.Fatal(err)
			}
			commitment := promised(t, msg, answer)
			if commitment.Time != uint32(noon.Unix()) {
				t.Errorf("time %d", commitment.Time)
			}
			if seq, err := journal.Find(t.Context(), commitment); err != nil || seq == 0 {
				t.Errorf("answered, but the journal says %d, %v", seq, err)
			}
			forged := commitment
			forged.MAC[7] ^= 1
			if seq, err := journal.Find(t.Context(), forged); err != nil || seq != 0 {
				t.Errorf("another MAC is found as %d, %v", seq, err)
			}
		}
		before, digests, err := calendar.Head(d.Read(t.Context()))
		if err != nil || digests != 4 {
			t.Fatalf("head %d, %d digests, %v", before, digests, err)
		}
		for _, msg := range [][]byte{nil, {}, make([]byte, 65)} {
			if _, err := c.Submit(t.Context(), nil, msg); !errors.Is(err, notary.ErrDigestLength) {
				t.Errorf("%d bytes: %v, want ErrDigestLength", len(msg), err)
			}
		}
		if after, _, _ := calendar.Head(d.Read(t.Context())); after != before {
			t.Error("a refused digest moved the journal")
		}
	})
}

// Two calendars on one database stand for two processes.
func TestCrowdSharesCommitsWithoutGaps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, journal := open(t, d)
		second, _ := open(t, d)
		const crowd = 1500
		commitments := make([]calendar.Commitment, crowd)
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() {
				c := first
				if i%2 == 1 {
					c = second
				}
				answer, err := c.Submit(context.Background(), nil, digestOf(i))
				if err != nil {
					t.Error(err)
					return
				}
				commitments[i] = promised(t, digestOf(i), answer)
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		head, digests, err := calendar.Head(d.Read(t.Context()))
		if err != nil || digests != crowd {
			t.Fatalf("head counts %d digests, %v", digests, err)
		}
		if head >= crowd {
			t.Errorf("%d commits for %d digests that came together", head, crowd)
		}
		entries, err := calendar.Range(d.Read(t.Context()), 1, head, crowd)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(entries)) != head {
			t.Fatalf("%d entries up to number %d", len(entries), head)
		}
		var counted int64
		for i, e := range entries {
			if e.Seq != int64(i+1) {
				t.Fatalf("entry %d has number %d", i, e.Seq)
			}
			counted += e.Digests
		}
		if counted != digests {
			t.Errorf("entries count %d digests, the head %d", counted, digests)
		}
		for i, c := range commitments {
			if seq, err := journal.Find(t.Context(), c); err != nil || seq == 0 {
				t.Fatalf("digest %d is lost: %v", i, err)
			}
		}
	})
}

func TestKeepIsIdempotent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, journal := open(t, d)
		second, _ := open(t, d)
		if _, err := journal.Receipt(t.Context(), notary.Digest{1}); !errors.Is(err, notary.ErrUnknownDigest) {
			t.Errorf("unknown digest: %v", err)
		}
		digest := notary.Digest(digestOf(1))
		stored := make([]notary.Receipt, 100)
		var wg sync.WaitGroup
		for i := range stored {
			wg.Go(func() {
				c := first
				if i%2 == 1 {
					c = second
				}
				err := c.Keep(context.Background(), digest)
				if err == nil {
					stored[i], err = journal.Receipt(context.Background(), digest)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range stored {
			if stored[i].Seq != stored[0].Seq || !bytes.Equal(stored[i].Path, stored[0].Path) {
				t.Fatalf("answer %d is %+v, answer 0 %+v", i, stored[i], stored[0])
			}
		}
		var rows int64
		if err := d.Read(t.Context()).Table("proofs").Count(&rows).Error; err != nil || rows != 1 {
			t.Errorf("%d rows, %v", rows, err)
		}
		assertLeadsTo(t, digest, stored[0])
	})
}

// assertLeadsTo follows a stored path by the codec.
func assertLeadsTo(t *testing.T, digest notary.Digest, s notary.Receipt) {
	t.Helper()
	stamp, err := ots.Parse(digest[:], ots.AppendPending(bytes.Clone(s.Path), uri))
	if err != nil {
		t.Fatal(err)
	}
	for at := range stamp.All() {
		if !bytes.Equal(at.Message(), s.Commitment) {
			t.Errorf("path leads to %x, want %x", at.Message(), s.Commitment)
		}
	}
}

// A group keeps many digests by inserts of several sizes.
func TestKeepMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, journal := open(t, d)
		const many = 300
		var wg sync.WaitGroup
		for i := range many {
			wg.Go(func() {
				if err := c.Keep(context.Background(), notary.Digest(digestOf(i))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range many {
			digest := notary.Digest(digestOf(i))
			s, err := journal.Receipt(t.Context(), digest)
			if err != nil {
				t.Fatalf("digest %d: %v", i, err)
			}
			assertLeadsTo(t, digest, s)
		}
	})
}

func TestAddressesThatClientsRefuse(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	journal, err := calendar.OpenJournal(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	for _, bad := range []string{"", "http://host/", "http://host?x", "http://h ost", "https://" + string(bytes.Repeat([]byte("a"), 1000))} {
		if c, err := calendar.New(calendar.Config{URI: bad}, journal); err == nil {
			c.Close()
			t.Errorf("address %q was taken", bad)
		}
	}
}

func TestRootOfAGroupIsTheTip(t *testing.T) {
	// One digest alone: its leaf is the tip, and there is no tree above.
	d := dbtest.Open(t, db.SQLite)
	c, _ := open(t, d)
	answer, err := c.Submit(t.Context(), nil, digestOf(1))
	if err != nil {
		t.Fatal(err)
	}
	nonce := answer[2:18]
	want := merkle.Hash(sha256.Sum256(append(bytes.Clone(digestOf(1)), nonce...)))
	if got := promised(t, digestOf(1), answer).Tip; got != want {
		t.Errorf("tip %x, want %x", got, want)
	}
	if want := fmt.Sprintf("f010%x08f104", nonce); fmt.Sprintf("%x", answer[:21]) != want {
		t.Errorf("answer begins %x, want %s", answer[:21], want)
	}
}
