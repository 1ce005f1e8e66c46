package web

import (
	"context"

	"cairn/notary"
	"cairn/templates/proof"
)

// proofEvents pushes the live part of a proof page whenever it changes, until
// the proof is settled.
func (s *Server) proofEvents(c Ctx) error {
	d, err := notary.ParseDigest(c.Param("digest"))
	if err != nil {
		return err
	}
	if _, err := s.proofView(c.Request().Context(), d); err != nil {
		return err
	}
	changed, stop := s.deps.Notary.Watch()
	defer stop()
	return s.push(c, live{
		look: heartbeat, settle: settle, changed: changed,
		draw: func(ctx context.Context) (drawn, error) {
			view, err := s.proofView(ctx, d)
			if err != nil {
				return drawn{}, err
			}
			return draw(ctx, proof.Live(view), view.Proof.Settled())
		},
	})
}
