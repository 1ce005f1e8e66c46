package web

import (
	"bytes"
	"time"

	"cairn/templates/checkout"
)

// lookAgain is how often an open checkout looks for what another process took
// in, and for time's own changes.
const lookAgain = 5 * time.Second

// payEvents pushes the live part of a checkout at each change until nothing
// changes any more. An event's id is a hash of what it carries.
func (s *Server) payEvents(c Ctx) error {
	ctx := c.Request().Context()
	leave, err := s.streams.enter(c.RealIP())
	if err != nil {
		return err
	}
	defer leave()
	q, err := s.quoteOf(c)
	if err != nil {
		return err
	}
	changed, stop := s.deps.Till.Watch(q.ID)
	defer stop()

	out := newStream(c)
	seen := c.Request().Header.Get("Last-Event-ID")
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	over := time.NewTimer(q.ExpiresAt.Sub(s.cfg.Now()) + time.Second)
	defer over.Stop()
	beaten := s.cfg.Now()
	for {
		view, err := s.checkoutView(c)
		if err != nil {
			return nil // the page comes back and sees the error itself
		}
		var b bytes.Buffer
		if err := checkout.Live(view).Render(ctx, &b); err != nil {
			return nil
		}
		final := view.Quote.State.Final()
		switch id := eventID(b.Bytes()); {
		case id != seen:
			seen, beaten = id, view.Now
			out.message(id, b.String())
		case final, view.Now.Sub(beaten) >= heartbeat:
			beaten = view.Now
			out.comment()
		}
		if final {
			out.event("done")
		}
		if out.flush() != nil || final {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.closing:
			return nil
		case <-look.C:
		case <-over.C:
		case <-changed:
		}
	}
}
