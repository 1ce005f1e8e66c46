package web

import (
	"context"
	"time"

	"cairn/templates/checkout"
)

// payEvents pushes the live part of a checkout at each change until nothing
// changes any more.
func (s *Server) payEvents(c Ctx) error {
	q, err := s.quoteOf(c)
	if err != nil {
		return err
	}
	changed, stop := s.deps.Till.Watch(q.ID)
	defer stop()
	return s.push(c, live{
		look: lookAgain, at: q.ExpiresAt.Add(time.Second), changed: changed,
		draw: func(ctx context.Context) (drawn, error) {
			view, err := s.checkoutView(c)
			if err != nil {
				return drawn{}, err
			}
			return draw(ctx, checkout.Live(view), view.Quote.State.Final())
		},
	})
}
