package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/client"
	"cairn/notary/merkle"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// upstreamCalendar is a second world behind HTTP: a calendar of somebody else
// with a chain of its own.
func upstreamCalendar(t *testing.T) (*world, *httptest.Server) {
	t.Helper()
	other := newWorld(t, dbtest.Open(t, db.SQLite), 1)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	cal, err := calendar.New(calendar.Config{URI: server.URL, Now: other.clock.Now}, other.journal)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cal.Close)
	mux.Handle("/", calendar.NewHandler(cal, other.journal, other.ledger))
	return other, server
}

func newUpstreams(w *world, urls ...string) *Upstreams {
	w.Helper()
	u, err := NewUpstreams(UpstreamsConfig{DB: w.db, URLs: urls, Now: w.clock.Now})
	if err != nil {
		w.Fatal(err)
	}
	u.lease = w.lease
	return u
}

func ask(w *world, u *Upstreams) {
	w.Helper()
	if err := errors.Join(u.post(w.Context()), u.upgrade(w.Context())); err != nil {
		w.Fatal(err)
	}
	w.look()
}

func TestUpstreamIsMergedIntoTheProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		other, server := upstreamCalendar(t)
		w := newWorld(t, d, 1)
		u := newUpstreams(w, server.URL+"/")
		w.stamp("a deed")
		ask(w, u)
		if p := w.proof("a deed"); len(p.Upstreams) != 0 {
			t.Fatalf("asked before there was an anchor: %+v", p.Upstreams)
		}
		w.step()
		ask(w, u)
		ask(w, u) // once for each anchor
		if s := other.status(); s.Digests != 1 {
			t.Fatalf("the other calendar has %d digests", s.Digests)
		}
		assertPending(t, w.verified("a deed", verify.Pending), testURI, server.URL)
		w.send()
		w.mine(1)
		w.stage("a deed", notary.StageComplete)
		assertPending(t, w.verified("a deed", verify.Confirmed), server.URL)

		// Later the other calendar has a block too.
		other.step()
		other.send()
		other.mine(1)
		w.clock.Add(11 * time.Minute)
		ask(w, u)
		proof := w.proof("a deed")
		if len(proof.Upstreams) != 1 || proof.Upstreams[0].URL != server.URL || !proof.Upstreams[0].Complete {
			t.Fatalf("upstreams %+v", proof.Upstreams)
		}
		file := w.verified("a deed", verify.Confirmed)
		verdict, err := verify.Check(t.Context(), file.Timestamp, other.follower)
		if err != nil || verdict.Outcome != verify.Confirmed {
			t.Fatalf("on the other chain the proof is %+v, %v", verdict, err)
		}
	})
}

// assertPending asserts which calendars a file waits for.
func assertPending(t *testing.T, file *ots.File, want ...string) {
	t.Helper()
	var got []string
	for _, a := range file.Timestamp.All() {
		if a.Tag == ots.TagPending {
			got = append(got, a.URI)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the file waits for %v, want %v", got, want)
	}
}

func TestUpstreamsThatMisbehave(t *testing.T) {
	var asked atomic.Int64
	answers := map[string]func(w http.ResponseWriter, r *http.Request){
		"broken":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "not a timestamp") },
		"refusing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"huge": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte{0xf0, 1, 1}, 10_000))
		},
		"redirecting": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/digest", http.StatusTemporaryRedirect)
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				answer(w, r)
			}))
			defer server.Close()
			w := newWorld(t, dbtest.Open(t, db.SQLite), 1)
			u := newUpstreams(w, server.URL)
			w.stamp("a deed")
			w.step()
			for range 3 {
				ask(w, u)
			}
			if asked.Load() != 1 {
				t.Errorf("asked %d times in a row", asked.Load())
			}
			w.clock.Add(2 * time.Minute)
			ask(w, u)
			if asked.Load() != 2 {
				t.Errorf("asked %d times after a rest", asked.Load())
			}
			w.send()
			w.mine(1)
			if p := w.stage("a deed", notary.StageComplete); len(p.Upstreams) != 0 {
				t.Errorf("upstreams %+v", p.Upstreams)
			}
			w.verified("a deed", verify.Confirmed)
		})
	}
}

// A stamp that is too long or too deep to fit is left out, not the proof.
func TestUpstreamThatDoesNotFitIsLeftOut(t *testing.T) {
	root := bytes.Repeat([]byte{5}, 32)
	stamp := func(steps, size int) *ots.Timestamp {
		s, err := ots.New(root)
		if err != nil {
			t.Fatal(err)
		}
		end := s
		for i := range steps {
			op := ots.SHA256()
			if i%2 == 0 {
				op = ots.Append(bytes.Repeat([]byte{byte(size)}, size))
			}
			if end, err = end.Add(op); err != nil {
				t.Fatal(err)
			}
		}
		if err := end.Attest(ots.Pending("https://x.example")); err != nil {
			t.Fatal(err)
		}
		return s
	}
	own, long, deep, fits := stamp(4, 1), stamp(10, 3000), stamp(200, 2), stamp(20, 3)
	want, err := ots.Merge(own, fits)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := want.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mergeWithin(own, []*ots.Timestamp{long, deep, fits})
	if err != nil || !bytes.Equal(got, wanted) {
		t.Errorf("merged to %d bytes, %v, want %d", len(got), err, len(wanted))
	}
	if got, err := mergeWithin(nil, []*ots.Timestamp{long, deep}); got != nil || err != nil {
		t.Errorf("merged to %d bytes, %v, want none", len(got), err)
	}
}

// The reference client reads 10,000 bytes and 256 levels, also with the
// longest way through our trees and all that others may add.
func TestLongestProofIsRead(t *testing.T) {
	steps := make([]merkle.Step, maxLevels)
	if body := appendBody(nil, steps, make([]byte, maxSuffix)); len(body) >= 10_000 {
		t.Errorf("an answer may have %d bytes", len(body))
	}
	const fromDigest, toRoot, clients = 2 + 2*12 + 2, 1 + 2*maxLevels, 2*20 + 3
	if depth := fromDigest + toRoot + maxSuffixDepth + clients + 1; depth >= ots.MaxDepth {
		t.Errorf("a proof may be %d deep", depth)
	}
}

func TestUpstreamAddresses(t *testing.T) {
	for _, bad := range []string{"", "calendar", "ftp://x.example", "http://user:pass@x.example", "http://x.example/?q"} {
		if _, err := NewUpstreams(UpstreamsConfig{URLs: []string{bad}}); !errors.Is(err, client.ErrURL) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	u, err := NewUpstreams(UpstreamsConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Run(context.Background(), nil); err != nil {
		t.Errorf("without upstreams: %v", err)
	}
}
