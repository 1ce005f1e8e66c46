package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limits of the streams to open pages.
const (
	heartbeat    = 15 * time.Second
	writeTimeout = 20 * time.Second
	maxStreams   = 2000
	maxPerIP     = 20
)

// stream writes server-sent events (HTML standard, §9.2).
type stream struct {
	w   http.ResponseWriter
	ctl *http.ResponseController
	b   strings.Builder
}

func newStream(c Ctx) *stream {
	w := c.Response()
	ctl := http.NewResponseController(w.Writer)
	// The request is read; without this its time limit would end the stream.
	_ = ctl.SetReadDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return &stream{w: w, ctl: ctl}
}

// message is an unnamed event, which the page swaps in.
func (s *stream) message(id, data string) {
	fmt.Fprintf(&s.b, "id: %s\n", id)
	for line := range strings.Lines(data) {
		s.b.WriteString("data: " + strings.TrimRight(line, "\r\n") + "\n")
	}
	s.b.WriteString("\n")
}

func (s *stream) event(name string) { fmt.Fprintf(&s.b, "event: %s\ndata: \n\n", name) }

// comment keeps the connection from looking dead to those in between.
func (s *stream) comment() { s.b.WriteString(": still here\n\n") }

// flush sends what was written; an error means that the page is gone.
func (s *stream) flush() error {
	_ = s.ctl.SetWriteDeadline(time.Now().Add(writeTimeout))
	text := s.b.String()
	s.b.Reset()
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.ctl.Flush()
}

// streams counts open streams, in all and by visitor.
type streams struct {
	mu    sync.Mutex // guards what is below
	total int
	byIP  map[netip.Prefix]int
}

func newStreams() *streams { return &streams{byIP: make(map[netip.Prefix]int)} }

// enter counts one more stream; the caller calls leave when it ends. Errors:
// ErrTooManyStreams.
func (s *streams) enter(ip string) (leave func(), err error) {
	key := neighbourhood(ip)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total >= maxStreams || s.byIP[key] >= maxPerIP {
		return nil, ErrTooManyStreams
	}
	s.total++
	s.byIP[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.total--
		if s.byIP[key]--; s.byIP[key] == 0 {
			delete(s.byIP, key)
		}
	}, nil
}
