package web

import (
	"bytes"
	"context"

	"cairn/lighthouse"
	"cairn/templates/campaign"
)

// campaignEvents pushes the live part of a campaign's page whenever pledges come
// and go, until nothing changes any more. All who look at one campaign are sent
// the same, made once.
func (s *Server) campaignEvents(c Ctx) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	if _, err := s.publicCampaign(c.Request().Context(), id); err != nil {
		return err
	}
	changed, stop := s.deps.Campaigns.Backing.Watch(id)
	defer stop()
	var claimed <-chan struct{}
	if s.deps.Campaigns.Claims != nil {
		watch, stop := s.deps.Campaigns.Claims.Watch(id)
		defer stop()
		claimed = watch
	}
	return s.push(c, live{
		look: lookAgain, settle: settle, changed: changed, also: claimed,
		draw: func(context.Context) (drawn, error) {
			st, moving, err := s.campaignLive(c, id)
			if err != nil {
				return drawn{}, err
			}
			return drawn{st.tag, func(b *bytes.Buffer) { st.fill(b, "") }, !moving}, nil
		},
	})
}

// campaignLive is the live part as of now, and whether it still changes.
func (s *Server) campaignLive(c Ctx, id lighthouse.ID) (st *stencil, moving bool, err error) {
	ctx := c.Request().Context()
	key := s.pageKey(c, id.String()+"\x00live")
	st, err = s.stencils.get(ctx, key, s.cfg.Now(), func(ctx context.Context, b *bytes.Buffer) error {
		view, err := s.campaignCore(ctx, id)
		if err != nil {
			return err
		}
		b.WriteString(map[bool]string{true: liveMoving, false: liveStill}[view.Moving()])
		return campaign.Live(view).Render(ctx, b)
	})
	if err != nil {
		return nil, false, err
	}
	return st, bytes.HasPrefix(st.parts[0], []byte(liveMoving)), nil
}

// A live part begins with a comment that says whether it still changes.
const liveMoving, liveStill = "<!--moving-->", "<!--still-->"
