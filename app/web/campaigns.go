package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/pledges"
	"cairn/templates/campaign"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/proof"
)

const (
	// blockInterval is what public networks aim at.
	blockInterval = 10 * time.Minute
	// claimDepth is how many confirmations make a claim final to a visitor.
	claimDepth = 6
	// firstBackers and firstComments are how many stand on a campaign's page.
	firstBackers, firstComments = 12, 10
	shownRoots                  = 5
)

// campaignRoutes are the public pages of crowdfunding.
func (s *Server) campaignRoutes() {
	if s.deps.Campaigns == nil {
		return
	}
	s.get("campaigns", campaign.ListPath, s.campaigns, s.limit(20, 200))
	s.get("campaign", "/campaigns/:id", s.campaign)
	s.echo.GET("/campaigns/:id/events", s.campaignEvents).Name = "campaign-events"
	s.get("campaign-backers", "/campaigns/:id/backers", s.campaignBackers)
	s.get("campaign-comments", "/campaigns/:id/comments", s.campaignComments)
	s.post("campaign-comment", "/campaigns/:id/comments", s.campaignComment, bodyLimit(32<<10), s.limit(0.2, 10))
	s.post("campaign-follow", "/campaigns/:id/follow", s.campaignFollow, bodyLimit(1<<10), s.limit(0.2, 10))
	s.get("campaign-updates", "/campaigns/:id/updates.atom", s.campaignFeed)
	if s.deps.Campaigns.Covers != nil {
		s.get("cover", "/covers/:file", s.coverFile)
	}
	s.get("campaign-badge", "/campaigns/:id/badge.svg", s.campaignBadge)
	s.get("campaign-card", "/campaigns/:id/card.png", s.campaignCard)
}

// campaignID reads the address. Errors: lighthouse.ErrUnknown.
func campaignID(c Ctx) (lighthouse.ID, error) { return lighthouse.ParseID(c.Param("id")) }

// pageKey is what a page that is kept differs by, beside its own address: the
// language, the theme, and how the node is.
func (s *Server) pageKey(c Ctx, name string) string {
	e := s.deps.Engine.Status()
	return name + "\x00" + i18n.Lang(c.Request().Context()) + "\x00" + s.cookie(c, themeCookie) + "\x00" + string(e.Phase) + "\x00" + e.Reason
}

// campaign is a campaign's page.
func (s *Server) campaign(c Ctx) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	name, said, followed := id.String()+"\x00page", c.QueryParam("said") != "", c.QueryParam("followed") != ""
	name += fmt.Sprint("\x00", said, followed)
	st, err := s.stencils.get(c.Request().Context(), s.pageKey(c, name), s.cfg.Now(), func(ctx context.Context, b *bytes.Buffer) error {
		view, err := s.campaignView(ctx, id)
		if err != nil {
			return err
		}
		view.Said, view.Followed = said, followed
		s.campaignMeta(c, &view)
		return campaign.Page(view).Render(ctx, b)
	})
	if err != nil {
		return err
	}
	return s.answer(c, st)
}

// campaignMeta gives a campaign's page its frame.
func (s *Server) campaignMeta(c Ctx, view *campaign.View) {
	view.Meta = s.meta(c, view.Campaign.Text.Title, layout.SectionCampaigns)
	view.Meta.Live = view.Moving()
	view.Meta.Description = view.Campaign.Text.Tagline
	view.Meta.Head = campaign.Head(*view)
	view.Meta.Modules = []string{"js/campaign.js"}
	if view.Meta.Live {
		view.Meta.Refresh = time.Minute
	}
}

// clock tells heights as times; the devnet's blocks come by hand.
func (s *Server) clock() campaign.Clock {
	c := campaign.Clock{Now: s.cfg.Now(), Tip: s.deps.Headers.Tip(), Every: blockInterval}
	if s.cfg.Network == chain.Devnet {
		c.Every = 0
	}
	return c
}

// publicCampaign is a campaign as visitors may see it. Errors:
// lighthouse.ErrUnknown, lighthouse.ErrTakenDown.
func (s *Server) publicCampaign(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error) {
	c, err := s.deps.Campaigns.Campaigns.Get(ctx, id)
	return shown(c, err)
}

// shown refuses a campaign that was taken down.
func shown(c lighthouse.Campaign, err error) (lighthouse.Campaign, error) {
	if err == nil && c.TakenDown {
		return lighthouse.Campaign{}, lighthouse.ErrTakenDown
	}
	return c, err
}

// campaignCore is what changes while pledges come and go.
func (s *Server) campaignCore(ctx context.Context, id lighthouse.ID) (view campaign.View, err error) {
	view = campaign.View{Clock: s.clock(), Origin: s.origin()}
	if view.Campaign, err = s.publicCampaign(ctx, id); err != nil {
		return view, err
	}
	if view.Progress, err = s.deps.Campaigns.Backing.Progress(ctx, id); err != nil {
		return view, err
	}
	if view.Campaign.Stage == lighthouse.Announced {
		waiting, err := s.deps.Campaigns.Campaigns.Followers(ctx, id)
		if err != nil {
			return view, err
		}
		view.Followers, view.CanFollow = int(waiting), true
	}
	if view.Campaign.Stage == lighthouse.Claimed {
		view.Claim, err = s.claimView(ctx, view.Campaign, view.Clock)
	}
	return view, err
}

// campaignView is the whole page without its frame.
func (s *Server) campaignView(ctx context.Context, id lighthouse.ID) (campaign.View, error) {
	view, err := s.campaignCore(ctx, id)
	if err != nil {
		return view, err
	}
	d := s.deps.Campaigns
	view.Cover = s.cover(view.Campaign.Cover)
	view.Files, view.CanRefund = s.campaignFiles(ctx, view), d.Files.Refunds
	if view.Updates, err = d.Campaigns.Updates(ctx, id); err != nil {
		return view, err
	}
	if view.Comments, err = s.comments(ctx, id, 0, firstComments); err != nil {
		return view, err
	}
	list, err := d.Backing.List(ctx, id, pledges.Newest, 0)
	if err != nil {
		return view, err
	}
	view.Backers = backersOf(list, campaign.Newest, 0, false)
	if len(view.Backers.List) > firstBackers || view.Backers.Next > 0 {
		view.Backers.List, view.Backers.Next = view.Backers.List[:min(firstBackers, len(view.Backers.List))], 1
	}
	view.Backers.Count = view.Backed()
	if view.Progress.Matched.Pledges > 0 {
		if view.Matches, err = s.matches(ctx, view.Campaign); err != nil {
			return view, err
		}
	}
	if d.Roots != nil {
		roots, err := d.Roots.Roots(ctx, id, shownRoots)
		if err != nil {
			return view, err
		}
		for _, r := range roots {
			view.Roots = append(view.Roots, campaign.Root{Hash: hex.EncodeToString(r.Hash[:]), Path: proof.Path(r.Hash), At: r.At, Pledges: r.Pledges})
		}
	}
	return view, nil
}

// claimView is what a campaign's claim is and spends; nil while there is none.
func (s *Server) claimView(ctx context.Context, c lighthouse.Campaign, clock campaign.Clock) (*campaign.Claim, error) {
	if s.deps.Campaigns.Claims == nil {
		return nil, nil
	}
	made, err := s.deps.Campaigns.Claims.Get(ctx, c.ID)
	if errors.Is(err, claim.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := s.deps.Campaigns.Backing.All(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := &campaign.Claim{Claim: made, Needed: claimDepth}
	if made.State == lighthouse.InBlock {
		out.Confirmations = max(0, clock.Tip.Height-made.Block.Height+1)
	}
	byID := make(map[lighthouse.PledgeID]lighthouse.Pledge, len(all))
	for _, p := range all {
		byID[p.ID] = p
	}
	var fee campaign.Inflow
	for _, id := range made.Pledges {
		if p, ok := byID[id]; ok {
			out.From = append(out.From, campaign.Inflow{Name: p.Name, Amount: p.Coin.Value})
		} else {
			fee.Fee = true
		}
	}
	sort.SliceStable(out.From, func(i, k int) bool { return out.From[i].Amount > out.From[k].Amount })
	level := c.Terms.Levels[min(max(made.Level, 0), len(c.Terms.Levels)-1)]
	for _, b := range level.Beneficiaries {
		out.To = append(out.To, campaign.Outflow(b))
	}
	if fee.Fee { // what was added for speed is what the pledges do not explain
		if fee.Amount = out.Paid() + made.Fee - out.Taken(); fee.Amount > 0 {
			out.From = append(out.From, fee)
		}
	}
	return out, nil
}

// matches are the pledges that count in a higher level only.
func (s *Server) matches(ctx context.Context, c lighthouse.Campaign) ([]campaign.Match, error) {
	all, err := s.deps.Campaigns.Backing.All(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var out []campaign.Match
	for _, p := range all {
		if p.State != lighthouse.Confirmed || p.Counts(0) {
			continue
		}
		for level := range c.Terms.Levels {
			if p.Counts(level) {
				out = append(out, campaign.Match{Level: level, Name: p.Name, Amount: p.Coin.Value})
			}
		}
	}
	return out, nil
}

// backersOf is a part of a list as the public sees it: no coins, and on the
// first page nobody who left.
func backersOf(list pledges.Page, order campaign.Sort, page int, all bool) campaign.Backers {
	out := campaign.Backers{Sort: order}
	for _, p := range list.Pledges {
		if !all && (p.State == lighthouse.Spent || p.State == lighthouse.Gone) {
			continue
		}
		out.List = append(out.List, campaign.Backer{
			Name: p.Name, Message: p.Message, Amount: p.Coin.Value, At: p.At, State: p.State, Firm: p.Firm(),
		})
	}
	if list.More {
		out.Next = page + 1
	}
	return out
}

// comments are some of those before a comment, or the newest for 0; those the
// creator hid are left out.
func (s *Server) comments(ctx context.Context, id lighthouse.ID, before int64, most int) (campaign.Comments, error) {
	list, more, err := s.deps.Campaigns.Campaigns.Comments(ctx, id, before, false)
	if err != nil {
		return campaign.Comments{}, err
	}
	count, err := s.deps.Campaigns.Campaigns.CountComments(ctx, id)
	if err != nil {
		return campaign.Comments{}, err
	}
	out := campaign.Comments{Count: int(count)}
	for i, said := range list {
		if i == most {
			more = true
			break
		}
		out.Next = said.ID
		if !said.Hidden {
			out.List = append(out.List, said)
		}
	}
	if !more {
		out.Next = 0
	}
	return out, nil
}

// campaignFiles are what can be taken away now.
func (s *Server) campaignFiles(ctx context.Context, view campaign.View) []campaign.File {
	have, base := s.deps.Campaigns.Files, "/api/v1"+campaign.Path(view.Campaign.ID)
	var files []campaign.File
	if have.Campaign {
		files = append(files, campaign.File{Path: base + "/file", Download: true, Label: i18n.T(ctx, "campaign.file.campaign")})
	}
	if have.Opening && view.Claim != nil && view.Claim.State == lighthouse.InBlock {
		files = append(files, campaign.File{Path: base + "/opening", Download: true, Label: i18n.T(ctx, "campaign.file.pledges")})
	}
	if have.API {
		files = append(files, campaign.File{Path: base, Label: i18n.T(ctx, "campaign.file.json")})
	}
	return files
}

// campaignBackers lists all backers, a part at a time.
func (s *Server) campaignBackers(c Ctx) error {
	return s.campaignList(c, "campaign.backers", func(ctx context.Context, view *campaign.View) error {
		order, page := campaign.ParseSort(c.QueryParam("sort")), cursor(c)
		list, err := s.deps.Campaigns.Backing.List(ctx, view.Campaign.ID, pledges.Sort(order), int(min(page, maxPage)))
		if err != nil {
			return err
		}
		view.Backers = backersOf(list, order, int(min(page, maxPage)), true)
		return render(c, http.StatusOK, campaign.BackersPage(*view))
	})
}

// campaignComments lists all comments, a part at a time.
func (s *Server) campaignComments(c Ctx) error {
	return s.campaignList(c, "campaign.comments", func(ctx context.Context, view *campaign.View) (err error) {
		if view.Comments, err = s.comments(ctx, view.Campaign.ID, cursor(c), maxPage); err != nil {
			return err
		}
		return render(c, http.StatusOK, campaign.CommentsPage(*view))
	})
}

// campaignList is a page beside a campaign's own.
func (s *Server) campaignList(c Ctx, title string, show func(ctx context.Context, view *campaign.View) error) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	got, err := s.publicCampaign(ctx, id)
	if err != nil {
		return err
	}
	view := campaign.View{Campaign: got, Clock: s.clock()}
	view.Meta = s.meta(c, t(c, title)+" · "+got.Text.Title, layout.SectionCampaigns)
	return show(ctx, &view)
}
