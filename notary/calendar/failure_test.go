package calendar

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/notary"
)

// brokenStore stands for a disk that can be told to fail or to take its time.
type brokenStore struct {
	mu      sync.Mutex
	err     error         // guarded by mu
	release chan struct{} // when not nil, append waits for it
	entered chan struct{} // receives when append begins to wait
	groups  []int         // guarded by mu
}

func (s *brokenStore) append(ctx context.Context, _ *group, entries []*entry) error {
	if s.release != nil {
		s.entered <- struct{}{}
		<-s.release
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	digests := 0
	for _, e := range entries {
		digests += e.digests()
	}
	s.groups = append(s.groups, digests)
	return s.err
}

func (s *brokenStore) Find(context.Context, Commitment) (int64, error) { return 0, notary.ErrStorage }

func (s *brokenStore) Receipt(context.Context, notary.Digest) (notary.Receipt, error) {
	return notary.Receipt{}, notary.ErrUnknownDigest
}

func (s *brokenStore) indexKey() indexKey { return indexKey{} }

func (s *brokenStore) Batch(context.Context, notary.BatchID) (notary.Batch, error) {
	return notary.Batch{}, notary.ErrUnknownBatch
}

func (s *brokenStore) BatchReceipts(context.Context, notary.BatchID, int, int) ([]notary.DigestReceipt, error) {
	return nil, notary.ErrUnknownBatch
}

func startBroken(t *testing.T, s *brokenStore, queue int) *Calendar {
	t.Helper()
	c, err := start(Config{URI: "http://127.0.0.1", Queue: queue}, s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNothingIsAnsweredThatWasNotStored(t *testing.T) {
	full := fmt.Errorf("%w: %w", notary.ErrStorage, db.ErrDiskFull)
	s := &brokenStore{err: full}
	c := startBroken(t, s, 0)
	defer c.Close()
	answer, err := c.Submit(t.Context(), nil, []byte{1})
	if !errors.Is(err, notary.ErrStorage) || len(answer) != 0 {
		t.Fatalf("answer %x, %v", answer, err)
	}
	h := NewHandler(c, nil, nil)
	for _, test := range []struct {
		err    error
		status int
	}{{full, http.StatusInsufficientStorage}, {notary.ErrStorage, http.StatusServiceUnavailable}} {
		s.mu.Lock()
		s.err = test.err
		s.mu.Unlock()
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/digest", strings.NewReader("x"))
		r.Header.Set("Content-Length", "1")
		h.ServeHTTP(w, r)
		if w.Code != test.status || w.Body.String() != string(notary.ErrStorage) || w.Header().Get("Retry-After") == "" {
			t.Errorf("%v: %d %q", test.err, w.Code, w.Body)
		}
	}
	s.mu.Lock()
	s.err = nil
	s.mu.Unlock()
	if _, err := c.Submit(t.Context(), nil, []byte{1}); err != nil {
		t.Errorf("after the disk came back: %v", err)
	}
}

func TestQueueIsBoundedAndGroupsForm(t *testing.T) {
	s := &brokenStore{release: make(chan struct{}), entered: make(chan struct{}, 10)}
	c := startBroken(t, s, 10)
	results := make(chan error, 100)
	submit := func() {
		_, err := c.Submit(context.Background(), nil, []byte{1})
		results <- err
	}
	// One digest is at the disk, ten wait, and the twelfth is refused.
	go submit()
	<-s.entered
	for range 10 {
		go submit()
	}
	waitFor(t, func() bool { return len(c.queue) == 10 })
	if _, err := c.Submit(t.Context(), nil, []byte{1}); !errors.Is(err, notary.ErrBusy) {
		t.Fatalf("full queue: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Submit(gone, nil, []byte{1}); !errors.Is(err, notary.ErrBusy) {
		t.Fatalf("full queue and a visitor who has gone: %v", err)
	}
	closed := make(chan struct{})
	go func() { c.Close(); close(closed) }()
	close(s.release)
	<-closed
	for range 11 {
		if err := <-results; err != nil {
			t.Errorf("waiting digest: %v", err)
		}
	}
	if len(s.groups) != 2 || s.groups[0] != 1 || s.groups[1] != 10 {
		t.Errorf("groups of %v, want 1 and 10", s.groups)
	}
	if _, err := c.Submit(t.Context(), nil, []byte{1}); !errors.Is(err, notary.ErrBusy) {
		t.Errorf("after Close: %v", err)
	}
}

func TestVisitorWhoGoesAwayStopsNobody(t *testing.T) {
	s := &brokenStore{release: make(chan struct{}), entered: make(chan struct{}, 10)}
	c := startBroken(t, s, 10)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := c.Submit(ctx, nil, []byte{1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	close(s.release)
	if _, err := c.Submit(t.Context(), nil, []byte{2}); err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func waitFor(t *testing.T, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !true(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}
