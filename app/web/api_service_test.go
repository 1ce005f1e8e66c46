package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/idempotency"
	"cairn/notary"
	"cairn/notary/anchor"
	"cairn/notary/calendar"
	"cairn/notary/ots"
)

const testCalendar = "https://cairn.example"

// realAPI is the notary and the idempotency keys over a database.
func realAPI(tb testing.TB, d *db.DB) *APIDeps {
	tb.Helper()
	journal, err := calendar.OpenJournal(tb.Context(), d)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(journal.Close)
	c, err := calendar.New(calendar.Config{URI: testCalendar}, journal)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return &APIDeps{
		Notary: notary.New(notary.Config{Calendar: c, Anchors: anchor.NewLedger(anchor.LedgerConfig{DB: d})}),
		Keys:   idempotency.New(d, time.Now, rand.Reader),
	}
}

func realSite(t *testing.T, d *db.DB) *site {
	t.Helper()
	return newSite(t, func(_ *Config, deps *Deps) { deps.API = realAPI(t, d) })
}

func counts(t *testing.T, d *db.DB) (batches, commitments int64) {
	t.Helper()
	err := d.Read(t.Context()).Raw("SELECT count(*) FROM batches").Scan(&batches).Error
	if err == nil {
		err = d.Read(t.Context()).Raw("SELECT count(*) FROM commitments").Scan(&commitments).Error
	}
	if err != nil {
		t.Fatal(err)
	}
	return batches, commitments
}

// postMany sends a batch without failing the test, so that many may.
func postMany(s *site, body, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/api/v1/stamps", strings.NewReader(body))
	r.Header.Set("Content-Type", asNDJSON)
	r.Header.Set("Idempotency-Key", key)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// A hundred equal posts at once, to two processes, are one batch and a hundred
// equal answers; so is one more after a crash between the batch and its answer.
func TestAHundredEqualPosts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		sites := []*site{realSite(t, d), realSite(t, d)}
		const key = "0b6d3c9e-8a53-4a2f-9d0e-3f2a1c5b7d90"
		body := lines(1000)
		answers := make([]*httptest.ResponseRecorder, 100)
		var work sync.WaitGroup
		for i := range answers {
			work.Go(func() { answers[i] = postMany(sites[i%2], body, key) })
		}
		work.Wait()
		replayed := 0
		for i, a := range answers {
			if a.Code != http.StatusCreated || a.Body.String() != answers[0].Body.String() {
				t.Fatalf("answer %d is %d %s, answer 0 %s", i, a.Code, a.Body, answers[0].Body)
			}
			if a.Header().Get("Idempotent-Replayed") == "true" {
				replayed++
			}
		}
		if batches, commitments := counts(t, d); batches != 1 || commitments != 1 || replayed != 99 {
			t.Errorf("%d batches, %d commitments, %d replayed", batches, commitments, replayed)
		}

		// The process died before it could keep the answer.
		if _, err := d.Writer().Exec(`UPDATE idempotency_keys SET status = NULL, answer = NULL, claimed_at = 0`); err != nil {
			t.Fatal(err)
		}
		again := postMany(sites[0], body, key)
		if again.Body.String() != answers[0].Body.String() || again.Header().Get("Idempotent-Replayed") != "" {
			t.Errorf("after the crash: %d %v %s, want %s", again.Code, again.Header(), again.Body, answers[0].Body)
		}
		if w := postMany(sites[1], lines(999), key); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "idempotency-key-reused") {
			t.Errorf("another body: %d %s", w.Code, w.Body)
		}
		if batches, commitments := counts(t, d); batches != 1 || commitments != 1 {
			t.Errorf("%d batches, %d commitments", batches, commitments)
		}
	})
}

// Every proof of the largest batch parses, and leads to the batch's
// commitment; a line more is refused and changes nothing.
func TestTheLargestBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := realSite(t, d)
		w := s.ask("POST", "/api/v1/stamps", lines(notary.MaxBatch+1), "Content-Type", asNDJSON)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, `"kind":"too-many-digests"`, `"line":10001`)
		if batches, commitments := counts(t, d); batches != 0 || commitments != 0 {
			t.Fatalf("%d batches, %d commitments", batches, commitments)
		}
		w = s.ask("POST", "/api/v1/stamps", lines(notary.MaxBatch), "Content-Type", asNDJSON)
		wantStatus(t, w, http.StatusCreated)
		var stored struct {
			ID, Commitment string
			Count          int
			Links          struct{ Proofs string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &stored); err != nil || stored.Count != notary.MaxBatch {
			t.Fatalf("%+v, %v", stored, err)
		}
		w = s.ask("GET", stored.Links.Proofs, "")
		wantStatus(t, w, http.StatusOK)
		i := 0
		for line := range strings.Lines(w.Body.String()) {
			var p struct{ Digest, OTS string }
			if err := json.Unmarshal([]byte(line), &p); err != nil || p.Digest != fmt.Sprintf("%064x", i) {
				t.Fatalf("line %d is %s, %v", i, line, err)
			}
			raw, err := base64.StdEncoding.DecodeString(p.OTS)
			if err != nil {
				t.Fatal(err)
			}
			file, err := ots.ParseFile(raw)
			if err != nil {
				t.Fatalf("line %d: %v", i, err)
			}
			for at, attestation := range file.Timestamp.All() {
				if attestation != ots.Pending(testCalendar) || fmt.Sprintf("%x", at.Message()) != stored.Commitment {
					t.Fatalf("line %d leads to %x, %v", i, at.Message(), attestation)
				}
			}
			i++
		}
		if i != notary.MaxBatch {
			t.Errorf("%d proofs", i)
		}
		w = s.ask("GET", fmt.Sprintf("/api/v1/proofs?digest=%064x&digest=%064x&digest=%064x", 7, notary.MaxBatch, 9999), "")
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, stored.Commitment, fmt.Sprintf(`"unknown":["%064x"]`, notary.MaxBatch))
	})
}

// An answer that cannot be finished is cut off, so that nobody takes a part
// for the whole.
func TestABatchHalfSentIsCutOff(t *testing.T) {
	fake := newSite(t)
	w := fake.ask("POST", "/api/v1/stamps", lines(600), "Content-Type", asNDJSON)
	wantStatus(t, w, http.StatusCreated)
	s := newSite(t, func(_ *Config, d *Deps) { d.API.Notary = &halfNotary{fakeAPI: fake.deps.API.Notary.(*fakeAPI)} })
	server := httptest.NewServer(s)
	defer server.Close()
	response, err := http.Get(server.URL + w.Header().Get("Location") + "/proofs")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got strings.Builder
	buffer := make([]byte, 1<<16)
	for err == nil {
		var n int
		n, err = response.Body.Read(buffer)
		got.Write(buffer[:n])
	}
	if err.Error() == "EOF" || strings.Count(got.String(), "\n") != 256 {
		t.Errorf("%d lines, then %v", strings.Count(got.String(), "\n"), err)
	}
}

// halfNotary gives the first proofs of a batch and then fails.
type halfNotary struct{ *fakeAPI }

func (n *halfNotary) BatchFiles(ctx context.Context, id notary.BatchID, from, limit int) ([]notary.DigestFile, error) {
	if from > 0 {
		return nil, notary.ErrStorage
	}
	return n.fakeAPI.BatchFiles(ctx, id, from, limit)
}

// A handler that panics is an error of ours, told with the request's id alone.
func TestAPISurvivesAPanic(t *testing.T) {
	s := newSite(t, func(_ *Config, d *Deps) { d.API.Notary = nil })
	w := s.ask("GET", "/api/v1/proofs/"+hexDigest(1), "")
	wantStatus(t, w, http.StatusInternalServerError)
	wantText(t, w, `"kind":"internal"`, w.Header().Get("X-Request-Id"))
	if strings.Contains(w.Body.String(), "nil pointer") || !strings.Contains(s.log.String(), "nil pointer") {
		t.Error("a panic belongs in the log alone")
	}
}
