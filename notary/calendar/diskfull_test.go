package calendar_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar"
)

// SQLite says "disk full" by itself when it may not have another page.
func TestDiskFull(t *testing.T) {
	server, _, d := serve(t)
	journal, err := calendar.OpenJournal(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	limitPages(t, d, "(SELECT page_count + 2 FROM pragma_page_count)")
	var acked []calendar.Commitment
	full := false
	for i := 0; i < 2000 && !full; i++ {
		digest := digestOf(i)
		response, body := exchange(t, server, post("Content-Length: 32\r\n", string(digest)))
		switch response.StatusCode {
		case http.StatusOK:
			acked = append(acked, promised(t, digest, body))
		case http.StatusInsufficientStorage:
			full = true
			if string(body) != string(notary.ErrStorage) {
				t.Errorf("said %q", body)
			}
		default:
			t.Fatalf("%d %q", response.StatusCode, body)
		}
	}
	if !full || len(acked) == 0 {
		t.Fatalf("full: %t, after %d digests", full, len(acked))
	}
	for _, c := range acked {
		if seq, err := journal.Find(t.Context(), c); err != nil || seq == 0 {
			t.Fatalf("an acknowledged digest is lost: %v", err)
		}
	}
	if head, digests, err := calendar.Head(d.Read(t.Context())); head != int64(len(acked)) || digests != head || err != nil {
		t.Errorf("the journal has %d of %d acknowledged, %v", head, len(acked), err)
	}
	limitPages(t, d, "1000000")
	response, body := exchange(t, server, post("Content-Length: 32\r\n", strings.Repeat("x", 32)))
	if response.StatusCode != http.StatusOK {
		t.Errorf("with room again: %d %q", response.StatusCode, body)
	}
	assertContiguous(t, d)
}

// A batch for which there is no room is refused whole.
func TestDiskFullBatch(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	c, journal := open(t, d)
	kept := digestsFrom(0, 1000)
	if _, err := c.KeepMany(t.Context(), notary.BatchID{}, kept); err != nil {
		t.Fatal(err)
	}
	limitPages(t, d, "(SELECT page_count + 20 FROM pragma_page_count)")
	refused := digestsFrom(1000, notary.MaxBatch)
	name := notary.BatchID{1}
	if _, err := c.KeepMany(t.Context(), name, refused); !errors.Is(err, notary.ErrStorage) || !errors.Is(err, db.ErrDiskFull) {
		t.Fatalf("on a full disk: %v", err)
	}
	if head, digests, err := calendar.Head(d.Read(t.Context())); head != 1 || digests != 1000 || err != nil {
		t.Errorf("the journal has %d commitments of %d digests, %v", head, digests, err)
	}
	for _, digest := range refused[:100] {
		if _, err := journal.Receipt(t.Context(), digest); !errors.Is(err, notary.ErrUnknownDigest) {
			t.Fatalf("a digest of the refused batch: %v", err)
		}
	}
	if _, err := journal.Receipt(t.Context(), kept[999]); err != nil {
		t.Errorf("a digest from before: %v", err)
	}
	limitPages(t, d, "1000000")
	batch, err := c.KeepMany(t.Context(), name, refused)
	if err != nil || batch.Seq != 2 {
		t.Errorf("with room again: %+v, %v", batch, err)
	}
	assertContiguous(t, d)
}

func limitPages(t *testing.T, d *db.DB, expression string) {
	t.Helper()
	var pages int64
	if err := d.Writer().QueryRowContext(t.Context(), "SELECT "+expression).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Writer().ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
}

// A database that goes away is a named error, and comes back.
func TestDatabaseAway(t *testing.T) {
	server := dbtest.Server(t)
	d := dbtest.Connect(t, server.Database(t))
	c, journal := open(t, d)
	if _, err := c.Submit(t.Context(), nil, digestOf(1)); err != nil {
		t.Fatal(err)
	}
	if err := server.StopImmediate(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := c.Submit(t.Context(), nil, digestOf(2)); !errors.Is(err, notary.ErrStorage) || !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("without a database: %v", err)
		}
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	// A connection of before may still have to be found broken.
	var answer []byte
	var err error
	for range 5 {
		if answer, err = c.Submit(t.Context(), nil, digestOf(3)); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if seq, err := journal.Find(t.Context(), promised(t, digestOf(3), answer)); err != nil || seq != 2 {
		t.Errorf("the digest after the crash has number %d, %v", seq, err)
	}
}
