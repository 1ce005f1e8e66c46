package web

import (
	"net/http"

	"cairn/templates/campaign"
	"cairn/templates/layout"
)

// galleryCampaign is a campaign's page in the state of that name, or the first.
func (s *Server) galleryCampaign(c Ctx) error {
	samples := campaign.Samples(s.cfg.Now())
	view := samples[0].View
	for _, sample := range samples {
		if sample.Name == c.QueryParam("state") {
			view = sample.View
		}
	}
	view.Meta = s.meta(c, view.Campaign.Text.Title, layout.SectionCampaigns)
	view.Meta.Private = true
	return render(c, http.StatusOK, campaign.Page(view))
}

// galleryCampaigns is the list with a campaign in every state.
func (s *Server) galleryCampaigns(c Ctx) error {
	list := campaign.SampleList(s.cfg.Now())
	if c.QueryParam("state") == "empty" {
		list.Cards, list.Next = nil, ""
	}
	list.Meta = s.meta(c, t(c, "campaign.discover"), layout.SectionCampaigns)
	list.Meta.Private = true
	return render(c, http.StatusOK, campaign.ListPage(list))
}
