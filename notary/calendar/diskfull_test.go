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
