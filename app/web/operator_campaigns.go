package web

import (
	"context"
	"net/http"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/templates/operator"
)

// Moderation takes campaigns off the pages; campaigns.Service is one.
type Moderation interface {
	Search(ctx context.Context, q campaigns.Query) (campaigns.Page, error)
	// TakeDown takes a campaign down, or puts it back. Error: lighthouse.ErrUnknown.
	TakeDown(ctx context.Context, id lighthouse.ID, down bool) error
}

const operatorCampaigns = "/operator/campaigns"

// moderationRoutes are about what visitors wrote.
func (s *Server) moderationRoutes() {
	if s.deps.Moderation == nil {
		return
	}
	s.operatorGet(operatorCampaigns, s.moderation)
	s.operatorPost(operatorCampaigns+"/:id", s.takeDown, s.changes)
}

// moderation lists campaigns, the newest first.
func (s *Server) moderation(c Ctx) error {
	view := operator.CampaignsView{Frame: s.frame(c, "operator.campaigns.title", operatorCampaigns), Search: c.QueryParam("q")}
	for _, part := range []struct {
		down bool
		list *[]operator.CampaignRow
	}{{false, &view.Shown}, {true, &view.TakenDown}} {
		page, err := s.deps.Moderation.Search(c.Request().Context(), campaigns.Query{Text: view.Search, Sort: campaigns.Newest, TakenDown: part.down})
		if err != nil {
			return err
		}
		for _, card := range page.Cards {
			*part.list = append(*part.list, operator.CampaignRow{ID: card.ID.String(), Title: card.Title, Creator: card.Creator})
		}
	}
	return render(c, http.StatusOK, operator.CampaignsPage(view))
}

// takeDown takes a campaign down, or puts it back, and says so in the log.
func (s *Server) takeDown(c Ctx) error {
	id, err := lighthouse.ParseID(c.Param("id"))
	if err != nil {
		return err
	}
	down, event := c.FormValue("do") != "back", "campaign.taken-down"
	if !down {
		event = "campaign.put-back"
	}
	if err := s.deps.Moderation.TakeDown(c.Request().Context(), id, down); err != nil {
		return err
	}
	if err := s.record(c, event, map[string]string{"campaign": id.String()}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, operatorCampaigns)
}
