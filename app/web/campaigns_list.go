package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"cairn/lighthouse/campaigns"
	"cairn/templates/campaign"
	"cairn/templates/layout"
)

const (
	// maxSearch bounds what campaigns are looked for by, in bytes.
	maxSearch = 300
	// maxPage bounds how far lists are turned over.
	maxPage = 1000
)

// cursor is the place in a list that the address asks for; 0 is its beginning.
func cursor(c Ctx) int64 {
	n, err := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// campaigns is the page to discover them in. What many look at is kept for a
// moment; what somebody looks for is not.
func (s *Server) campaigns(c Ctx) error {
	q := campaigns.Query{Text: c.QueryParam("q"), Category: c.QueryParam("category"), Sort: campaigns.Sort(c.QueryParam("sort")), After: c.QueryParam("after")}
	if len(q.Text) > maxSearch {
		q.Text = q.Text[:maxSearch]
	}
	if q.Sort == "" {
		q.Sort = campaigns.Sorts[0]
	}
	if q.Text != "" || q.After != "" {
		list, err := s.campaignCards(c, q)
		if err != nil {
			return err
		}
		return render(c, http.StatusOK, campaign.ListPage(list))
	}
	key := s.pageKey(c, "list\x00"+string(q.Sort)+"\x00"+q.Category)
	st, err := s.stencils.get(c.Request().Context(), key, s.cfg.Now(), func(ctx context.Context, b *bytes.Buffer) error {
		list, err := s.campaignCards(c, q)
		if err != nil {
			return err
		}
		return campaign.ListPage(list).Render(ctx, b)
	})
	if err != nil {
		return err
	}
	return s.answer(c, st)
}

// campaignCards is the list that is asked for.
func (s *Server) campaignCards(c Ctx, q campaigns.Query) (campaign.List, error) {
	page, err := s.deps.Campaigns.Campaigns.Search(c.Request().Context(), q)
	if err != nil {
		return campaign.List{}, err
	}
	list := campaign.List{
		Text: q.Text, Category: q.Category, Order: q.Sort, Next: page.Next, Later: q.After != "", Clock: s.clock(),
		CanCreate: s.deps.Campaigns.Files.Create,
	}
	for _, card := range page.Cards {
		list.Cards = append(list.Cards, campaign.Card{Card: card, Picture: s.cover(card.Cover)})
	}
	list.Meta = s.meta(c, t(c, "campaign.discover"), layout.SectionCampaigns)
	list.Meta.Description = t(c, "campaign.discover.description")
	list.Meta.Private = q.Text != "" || q.After != ""
	return list, nil
}
