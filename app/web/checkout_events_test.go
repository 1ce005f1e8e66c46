package web

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cairn/channels/fees"
)

// running keeps the site's till up to date, as a process does, and serves it.
func (s *site) running() (base string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { s.till.Run(ctx); close(ran) }()
	server := httptest.NewServer(s)
	s.t.Cleanup(func() {
		s.Close()
		server.Close()
		cancel()
		<-ran
	})
	return server.URL
}

// watch opens the stream of a checkout and reads its first event.
func (s *site) watch(base string, q fees.Quote, query string) (*bufio.Scanner, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, base+payPath(q.ID)+"/events"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		s.t.Fatalf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	_, _, data := event(lines)
	return lines, data
}

// next reads events until one carries something.
func next(lines *bufio.Scanner) (name, data string) {
	for {
		if _, name, data = event(lines); name != "comment" {
			return name, data
		}
	}
}

// A payment shows on the open page at once: from the node's word that an
// invoice is settled, through the till and its database, to the bytes that
// have arrived at the browser. BenchmarkSettleToPage measures it; here a bound
// that a loaded machine keeps too.
func TestPaymentsShowOnTheOpenPage(t *testing.T) {
	s := newSite(t)
	base := s.running()
	q := s.asked("")
	lines, first := s.watch(base, q, "?only=lightning")
	if !strings.Contains(first, "LIGHTNING:") || strings.Contains(first, "<html") {
		t.Fatalf("first event: %s", first)
	}
	began := time.Now()
	if err := s.till.Pay(t.Context(), q.Invoice); err != nil {
		t.Fatal(err)
	}
	if _, data := next(lines); !strings.Contains(data, "Paid. Thank you.") || !strings.Contains(data, "is being made") {
		t.Fatalf("after the payment: %s", data)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the payment took %v to show", took)
	}
	if _, err := s.till.Use(t.Context(), fees.Use{ID: q.ID, For: "events/1"}); err != nil {
		t.Fatal(err)
	}
	if _, data := next(lines); !strings.Contains(data, "What you bought is yours.") {
		t.Fatalf("after it was made: %s", data)
	}
	if name, _ := next(lines); name != "done" {
		t.Errorf("the last event is %q", name)
	}
	if name, _ := next(lines); name != "end" {
		t.Errorf("after the last event comes %q", name)
	}
}

func TestThePageIsToldWhenThePriceRunsOut(t *testing.T) {
	s := newSite(t)
	base := s.running()
	q, err := s.till.Quote(t.Context(), fees.Request{What: "express-anchor", Price: 1_000_000, Expiry: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	lines, first := s.watch(base, q, "")
	if !strings.Contains(first, `class="qr"`) {
		t.Fatalf("first event: %s", first)
	}
	if _, data := next(lines); !strings.Contains(data, "This price has run out.") {
		t.Fatalf("after its time: %s", data)
	}
}

func TestCheckoutStreamsAreCappedAndLetGo(t *testing.T) {
	s := newSite(t)
	base := s.running()
	q := s.asked("")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range maxPerIP {
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, base+payPath(q.ID)+"/events", nil)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
	}
	answer, err := http.Get(base + payPath(q.ID) + "/events")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("stream %d: %d", maxPerIP+1, answer.StatusCode)
	}
	cancel()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s.streams.mu.Lock()
		open := s.streams.total
		s.streams.mu.Unlock()
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d streams are left", open)
		}
	}
}
