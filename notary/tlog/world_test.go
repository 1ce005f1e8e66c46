package tlog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/tlog/format"

	"golang.org/x/mod/sumdb/note"
	"gorm.io/gorm"
)

const testOrigin = "cairn.example/log"

// world is a calendar with its log. The sequencer steps when a test says so.
type world struct {
	testing.TB
	db       *db.DB
	calendar *calendar.Calendar
	service  *Service
	lease    *db.Lease
	seq      *Sequencer
	anchors  anchorList
	journal  *calendar.Journal
}

type anchorList []format.Anchor

func (l *anchorList) Published(_ context.Context, after int64, limit int) ([]format.Anchor, error) {
	var some []format.Anchor
	for _, a := range *l {
		if a.ID > after && len(some) < limit {
			some = append(some, a)
		}
	}
	return some, nil
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{TB: t, db: d}
	journal, err := calendar.OpenJournal(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(journal.Close)
	w.journal = journal
	if w.calendar, err = calendar.New(calendar.Config{URI: "https://cairn.example"}, journal); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.calendar.Close)
	w.lead("first")
	w.restart()
	return w
}

// lead makes holder the leader.
func (w *world) lead(holder string) {
	w.Helper()
	if w.lease != nil {
		if err := w.lease.Release(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
	var err error
	if w.lease, err = w.db.Acquire(w.Context(), "leader", holder, time.Hour); err != nil {
		w.Fatal(err)
	}
}

// restart begins anew with nothing in memory.
func (w *world) restart() {
	w.Helper()
	var err error
	w.service, err = Open(w.Context(), Config{DB: w.db, Origin: testOrigin, Digests: w.calendar, Commitments: w.journal, Anchors: &w.anchors})
	if err != nil {
		w.Fatal(err)
	}
	w.seq = w.service.Sequencer()
	w.seq.lease = w.lease
}

// stamp keeps a digest, in a commitment of its own.
func (w *world) stamp(text string) notary.Digest {
	w.Helper()
	d := notary.Digest(sha256.Sum256([]byte(text)))
	if err := w.calendar.Keep(w.Context(), d); err != nil {
		w.Fatal(err)
	}
	return d
}

// testEntry is commitment number i of those that fill makes.
func testEntry(i int64) (e format.Entry) {
	binary.BigEndian.PutUint32(e[:4], uint32(1_700_000_000+i/8))
	tip := sha256.Sum256(fmt.Append(nil, "tip ", i))
	copy(e[4:], tip[:])
	return e
}

// fill writes n commitments at once, as the journal would one by one.
func (w *world) fill(n int64) {
	w.Helper()
	type row struct {
		Seq, Time, Digests int64
		Tip, Mac           []byte
	}
	err := w.db.Transact(w.Context(), func(tx *gorm.DB) error {
		head, _, err := calendar.Head(tx)
		if err != nil {
			return err
		}
		rows := make([]row, n)
		for i := range rows {
			e := testEntry(head + int64(i))
			rows[i] = row{Seq: head + int64(i) + 1, Time: e.Time().Unix(), Digests: 1, Tip: e[4:36], Mac: e[36:]}
		}
		if err := tx.Table("commitments").CreateInBatches(rows, 500).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE calendar_head SET seq = seq + ?, digests = digests + ? WHERE id = 1", n, n).Error
	})
	if err != nil {
		w.Fatal(err)
	}
}

// sequence steps until nothing waits.
func (w *world) sequence() {
	w.Helper()
	for {
		more, err := w.seq.step(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// stored is the head in the database and what it says, signature checked.
func (w *world) stored() (Head, format.Checkpoint) {
	w.Helper()
	head, err := readHead(w.db.Read(w.Context()))
	if err != nil {
		w.Fatal(err)
	}
	c, err := format.OpenCheckpoint(head.Note, w.key())
	if err != nil {
		w.Fatal(err)
	}
	if c.Size != head.Size || c.Root != head.Root {
		w.Fatalf("the head has %d %s, its note %d %s", head.Size, head.Root, c.Size, c.Root)
	}
	return head, c
}

func (w *world) key() note.Verifier {
	w.Helper()
	key, err := format.ParseKey(w.service.Key())
	if err != nil {
		w.Fatal(err)
	}
	return key
}
