package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/pledges"
	"cairn/templates/creator"
)

// desk is the creator's page.
func (s *Server) desk(c Ctx) error { return s.deskPage(c, http.StatusOK, creator.UpdateDraft{}) }

func (s *Server) deskPage(c Ctx, status int, draft creator.UpdateDraft) error {
	v, err := s.deskView(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id := v.Campaign.ID
	v.Draft = draft
	v.Done = creator.ParseDone(c.QueryParam("done"))
	v.Fresh = c.QueryParam("fresh") != ""
	if v.Campaign.Stage != lighthouse.Draft {
		if v.Updates, err = s.deps.Creators.Campaigns.Updates(ctx, id); err != nil {
			return err
		}
		if v.Comments, _, err = s.deps.Creators.Campaigns.Comments(ctx, id, 0, true); err != nil {
			return err
		}
	}
	if v.Keeping, err = s.keeping(c, id); err != nil {
		return err
	}
	v.Meta = s.creatorMeta(c, v.Title(ctx))
	v.Meta.Live = true
	if v.Moving() {
		v.Meta.Refresh = 10 * time.Second
	}
	return render(c, status, creator.DeskPage(v))
}

// deskPledges is a page of the table, from 1.
func (s *Server) deskPledges(ctx context.Context, id lighthouse.ID, sort creator.Sort, page int) (creator.Pledges, error) {
	page = min(max(page, 1), 1_000)
	list, err := s.deps.Creators.Pledges.List(ctx, id, pledges.Sort(sort), page-1)
	return creator.Pledges{List: list.Pledges, Sort: sort, Page: page, More: list.More}, err
}

// deskView is what changes by itself, and what it stands in.
func (s *Server) deskView(c Ctx) (creator.DeskView, error) {
	key, had, err := s.deskOf(c)
	if err != nil {
		return creator.DeskView{}, err
	}
	ctx := c.Request().Context()
	v := creator.DeskView{
		Key: key, Campaign: had, Origin: s.origin(), Clock: s.clock(),
		Sandbox: s.deps.Creators.Time != nil, Files: s.deps.Creators.Files != nil,
		NotReady: s.unfinished(c, had),
	}
	if had.Stage == lighthouse.Draft {
		return v, nil
	}
	if v.Progress, err = s.deps.Creators.Pledges.Progress(ctx, had.ID); err != nil {
		return v, err
	}
	page, _ := strconv.Atoi(c.QueryParam("page")) // what is no number is the first
	if v.Pledges, err = s.deskPledges(ctx, had.ID, creator.ParseSort(c.QueryParam("sort")), page); err != nil {
		return v, err
	}
	if v.Followers, err = s.deps.Creators.Campaigns.Followers(ctx, had.ID); err != nil {
		return v, err
	}
	return v, s.deskClaim(ctx, &v)
}

// deskClaim adds the claim, or what it would be.
func (s *Server) deskClaim(ctx context.Context, v *creator.DeskView) error {
	if s.deps.Creators.Claims == nil {
		return nil
	}
	details, err := s.deps.Creators.Claims.Details(ctx, v.Campaign.ID)
	switch {
	case err == nil:
		v.Claim = s.claimStory(ctx, details)
	case !errors.Is(err, claim.ErrNone):
		return err
	}
	if v.Claim != nil && v.Claim.State != lighthouse.Failed {
		return nil
	}
	ready, err := s.deps.Creators.Claims.Ready(ctx, v.Campaign.ID)
	if err != nil {
		// The desk is of use also while the node does not answer.
		s.cfg.Log.Warn("it is not known whether a campaign can be claimed", "campaign", v.Campaign.ID.String(), "error", err)
		return nil
	}
	v.Ready = readyView(ready)
	return nil
}

// claimStory is a claim with how it came to be, the latest first.
func (s *Server) claimStory(ctx context.Context, d claim.Details) *creator.Claim {
	out := &creator.Claim{Claim: d.Claim, Needed: claimDepth, RestsUntil: d.RestsUntil}
	if d.State == lighthouse.InBlock {
		out.Confirmations = max(1, d.Tip.Height-d.Block.Height+1)
	}
	for _, a := range slices.Backward(d.History) {
		out.History = append(out.History, creator.Attempt{
			Txid: a.Txid.String(), At: a.At, Pledges: a.Pledges, Fee: a.Fee, Gone: a.Gone, Faster: a.Reason == claim.Bumped,
		})
	}
	if d.State == lighthouse.Claiming && s.deps.Creators.Speed != nil {
		if price, err := s.deps.Creators.Speed.Price(ctx, d.Campaign); err == nil {
			out.Speed = price.SatoshiCeil()
		}
	}
	return out
}

// readyView is nil while pledges do not suffice.
func readyView(r claim.Readiness) *creator.Ready {
	var early *claim.TooEarly
	switch {
	case r.Level >= 0:
		return &creator.Ready{Level: r.Level, Pledges: r.Pledges, Amount: r.Sum, Fee: r.Fee, Slow: r.Slow}
	case errors.As(r.Why, &early):
		return &creator.Ready{NotBefore: early.Block}
	}
	return nil
}

// unfinished are sentences about what a draft lacks. The whole truth is told
// when it is to be shown: this is what a creator sees at a glance.
func (s *Server) unfinished(c Ctx, had lighthouse.Campaign) (missing []string) {
	if had.Stage != lighthouse.Draft {
		return nil
	}
	paid := len(had.Terms.Levels) > 0 && len(had.Terms.Levels[0].Beneficiaries) > 0
	if paid {
		for _, b := range had.Terms.Levels[0].Beneficiaries {
			paid = paid && b.Address != "" && b.Amount > 0
		}
	}
	for _, part := range []struct {
		there bool
		what  string
	}{
		{had.Text.Title != "", t(c, "creator.title")},
		{had.Text.Story != "", t(c, "creator.story")},
		{had.Text.Risks != "", t(c, "creator.risks")},
		{paid, t(c, "creator.lacks.money")},
		{had.Terms.DeadlineIn > 0 || !had.Terms.DeadlineAt.IsZero(), t(c, "creator.deadline")},
		{had.Creator.Name != "", t(c, "creator.name")},
	} {
		if !part.there {
			missing = append(missing, part.what)
		}
	}
	return missing
}

// deskEvents pushes the part of a desk that changes by itself, as long as the
// page is open.
func (s *Server) deskEvents(c Ctx) error {
	v, err := s.deskView(c)
	if err != nil {
		return err
	}
	pledged, stop := s.deps.Creators.Pledges.Watch(v.Campaign.ID)
	defer stop()
	var claimed <-chan struct{}
	if s.deps.Creators.Claims != nil {
		changed, stop := s.deps.Creators.Claims.Watch(v.Campaign.ID)
		defer stop()
		claimed = changed
	}
	return s.push(c, live{
		look: lookAgain, settle: settle, changed: pledged, also: claimed,
		draw: func(ctx context.Context) (drawn, error) {
			v, err := s.deskView(c)
			if err != nil {
				return drawn{}, err
			}
			return draw(ctx, creator.Live(v), false)
		},
	})
}
