package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/a-h/templ"
)

const (
	// settle is how long a page waits after a change for those that come with
	// it: many at once are one to look at.
	settle = 200 * time.Millisecond
	// lookAgain is how often a page looks for what another process took in, and
	// for time's own changes.
	lookAgain = 5 * time.Second
)

// live is a part of an open page that is pushed whenever it has changed.
type live struct {
	draw func(context.Context) (drawn, error)
	// changed and also tell that something may have changed, after which settle
	// passes; both may be nil.
	changed, also <-chan struct{}
	settle        time.Duration
	// look is how often it is drawn without being told, and at one more time.
	look time.Duration
	at   time.Time
}

// drawn is a live part as it stands. final says that nothing changes any more.
type drawn struct {
	// id changes whenever the part does.
	id    string
	fill  func(*bytes.Buffer)
	final bool
}

// draw renders a part; its id is a hash of what it carries.
func draw(ctx context.Context, part templ.Component, final bool) (drawn, error) {
	var b bytes.Buffer
	if err := part.Render(ctx, &b); err != nil {
		return drawn{}, err
	}
	sum := sha256.Sum256(b.Bytes())
	return drawn{hex.EncodeToString(sum[:8]), func(into *bytes.Buffer) { into.Write(b.Bytes()) }, final}, nil
}

// push sends a part of the page at each change until it is final or the page
// has gone. One that comes back with Last-Event-ID is sent only what it has not
// seen. Errors: ErrTooManyStreams; after the first byte a failing draw ends the
// stream, and the page, coming back, sees the error itself.
func (s *Server) push(c Ctx, part live) error {
	leave, err := s.streams.enter(c.RealIP())
	if err != nil {
		return err
	}
	defer leave()
	ctx := c.Request().Context()
	look := time.NewTicker(part.look)
	defer look.Stop()
	var over <-chan time.Time
	if !part.at.IsZero() {
		timer := time.NewTimer(part.at.Sub(s.cfg.Now()))
		defer timer.Stop()
		over = timer.C
	}
	out := newStream(c)
	seen := c.Request().Header.Get("Last-Event-ID")
	var beaten time.Time // whoever has seen it all already is told that we are here
	for {
		now, err := part.draw(ctx)
		if err != nil {
			return nil
		}
		switch at := s.cfg.Now(); {
		case now.id != seen:
			var b bytes.Buffer
			now.fill(&b)
			seen, beaten = now.id, at
			out.message(now.id, b.String())
		case now.final, at.Sub(beaten) >= heartbeat-lookAgain:
			beaten = at
			out.comment()
		}
		if now.final {
			out.event("done")
		}
		if out.flush() != nil || now.final {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.closing:
			return nil
		case <-look.C:
		case <-over:
		case <-part.changed:
			time.Sleep(part.settle)
		case <-part.also:
			time.Sleep(part.settle)
		}
	}
}
