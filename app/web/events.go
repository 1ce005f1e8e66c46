package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"cairn/notary"
	"cairn/templates/proof"
)

// Limits of the streams to open pages.
const (
	heartbeat    = 15 * time.Second
	settle       = 200 * time.Millisecond // many changes at once are one to look at
	writeTimeout = 20 * time.Second
	maxStreams   = 2000
	maxPerIP     = 20
)

// proofEvents pushes the live part of a proof page whenever it changes, until
// the proof is settled. Each event's id is a hash of what it carries, so a
// page that comes back with Last-Event-ID is sent only what it has not seen.
func (s *Server) proofEvents(c Ctx) error {
	d, err := notary.ParseDigest(c.Param("digest"))
	if err != nil {
		return err
	}
	leave, err := s.streams.enter(c.RealIP())
	if err != nil {
		return err
	}
	defer leave()
	changed, stop := s.deps.Notary.Watch()
	defer stop()

	view, err := s.proofView(c.Request().Context(), d)
	if err != nil {
		return err
	}
	out := newStream(c)
	seen := c.Request().Header.Get("Last-Event-ID")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var b bytes.Buffer
		if err := proof.Live(view).Render(c.Request().Context(), &b); err != nil {
			return err
		}
		if id := eventID(b.Bytes()); id != seen {
			seen = id
			out.message(id, b.String())
		} else {
			out.comment()
		}
		if view.Proof.Settled() {
			out.event("done")
		}
		if out.flush() != nil || view.Proof.Settled() {
			return nil
		}
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-s.closing:
			return nil
		case <-beat.C:
		case <-changed:
			time.Sleep(settle)
		}
		if view, err = s.proofView(c.Request().Context(), d); err != nil {
			return nil // the page comes back and sees the error itself
		}
	}
}

func eventID(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}

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
