package web

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cairn/notary"
)

// follow opens a stream over a real connection.
func follow(t *testing.T, base string, d notary.Digest, lastID string) (*http.Response, *bufio.Scanner) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/proof/"+d.String()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	return answer, lines
}

// event reads one event or comment: its id, its name, its data.
func event(lines *bufio.Scanner) (id, name, data string) {
	for lines.Scan() {
		switch line := lines.Text(); {
		case line == "":
			return id, name, data
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case strings.HasPrefix(line, "event: "):
			name = line[7:]
		case strings.HasPrefix(line, "data: "):
			data += line[6:] + "\n"
		case strings.HasPrefix(line, ":"):
			name = "comment"
		}
	}
	return "", "end", ""
}

func TestStagesArePushedUntilComplete(t *testing.T) {
	s := newSite(t)
	d := s.stamped(5)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close) // after the streams' own clean-up
	answer, lines := follow(t, server.URL, d, "")
	if answer.Header.Get("Content-Type") != "text/event-stream" || answer.Header.Get("Content-Encoding") != "" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("headers %v", answer.Header)
	}
	id, _, data := event(lines)
	if id == "" || !strings.Contains(data, "is stored.") || strings.Contains(data, "<html") {
		t.Fatalf("first event %s: %s", id, data)
	}
	for _, says := range []string{"In one tree of", "on its way into a block", "Confirmed 1 of 6", "Confirmed 2 of 6", "Confirmed 3 of 6", "Confirmed 4 of 6", "Confirmed 5 of 6", "The proof is complete."} {
		s.notary.advance()
		next, _, data := event(lines)
		if !strings.Contains(data, says) || next == id || next == "" {
			t.Fatalf("event %s lacks %q: %s", next, says, data)
		}
		id = next
	}
	if _, name, _ := event(lines); name != "done" {
		t.Errorf("the last event is %q", name)
	}
	if _, name, _ := event(lines); name != "end" {
		t.Errorf("after the last event comes %q", name)
	}
}

func TestAReturningPageIsSentOnlyWhatItHasNotSeen(t *testing.T) {
	s := newSite(t, func(c *Config, _ *Deps) {
		at := time.Now() // the time that is left does not change
		c.Now = func() time.Time { return at }
	})
	d := s.stamped(5)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close) // after the streams' own clean-up
	_, lines := follow(t, server.URL, d, "")
	id, _, _ := event(lines)
	_, lines = follow(t, server.URL, d, id)
	if _, name, data := event(lines); name != "comment" || data != "" {
		t.Errorf("it was sent %q again: %s", name, data)
	}
	s.notary.advance()
	if next, _, data := event(lines); next == id || !strings.Contains(data, "In one tree of") {
		t.Errorf("it was not sent the news: %s", data)
	}
}

func TestStreamsAreCappedByAddressAndCounted(t *testing.T) {
	s := newSite(t)
	d := s.stamped(5)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close) // after the streams' own clean-up
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range maxPerIP {
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/proof/"+d.String()+"/events", nil)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
	}
	answer, _ := follow(t, server.URL, d, "")
	if answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("stream %d: %d", maxPerIP+1, answer.StatusCode)
	}
	cancel()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s.streams.mu.Lock()
		open, addresses := s.streams.total, len(s.streams.byIP)
		s.streams.mu.Unlock()
		s.notary.mu.Lock()
		watchers := len(s.notary.watchers)
		s.notary.mu.Unlock()
		if open == 0 && addresses == 0 && watchers == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d streams, %d addresses and %d watchers are left", open, addresses, watchers)
		}
	}
}

func TestShutdownEndsStreams(t *testing.T) {
	s := newSite(t)
	d := s.stamped(5)
	server := httptest.NewUnstartedServer(nil)
	server.Config = s.HTTP()
	server.Start()
	t.Cleanup(server.Close)
	_, lines := follow(t, server.URL, d, "")
	event(lines)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Fatalf("an open page holds the shutdown up: %v", err)
	}
	if _, name, _ := event(lines); name != "end" {
		t.Errorf("the stream goes on with %q", name)
	}
}

func TestEventsCarryNoFrameAndSplitLines(t *testing.T) {
	var b strings.Builder
	out := &stream{}
	out.message("7", "one\ntwo\r\nthree")
	b.WriteString(out.b.String())
	if got, want := b.String(), "id: 7\ndata: one\ndata: two\ndata: three\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
