package web

import (
	"net/http"

	"cairn/lighthouse"
	"cairn/templates/layout"
	"cairn/templates/pledge"
)

// refunds is where anybody sends a campaign's coins home.
func (s *Server) refunds(c Ctx) error {
	campaign, err := s.pledgedCampaign(c)
	if err != nil {
		return err
	}
	return s.renderRefunds(c, http.StatusOK, campaign, pledge.Refunds{Sent: -1})
}

func (s *Server) renderRefunds(c Ctx, status int, campaign lighthouse.Campaign, v pledge.Refunds) error {
	ctx := c.Request().Context()
	progress, err := s.deps.Pledges.Pledges.Progress(ctx, campaign.ID)
	if err != nil {
		return err
	}
	rows, err := s.deps.Pledges.Refunds.List(ctx, campaign.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		v.Rows = append(v.Rows, pledge.RefundRow{ID: r.Pledge.ID, Name: r.Pledge.Name, Amount: r.Pledge.Coin.Value, State: r.State})
	}
	v.Meta = s.meta(c, t(c, "pledge.refunds"), layout.SectionNone)
	v.Campaign, v.Tip, v.Clock = campaign, progress.Checked.Height, s.clock()
	return render(c, status, pledge.RefundsPage(v))
}

// sendRefunds sends one coin home, or all that can be.
func (s *Server) sendRefunds(c Ctx) error {
	campaign, err := s.pledgedCampaign(c)
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	sent := 1
	ctx := c.Request().Context()
	if asked := c.FormValue("pledge"); asked == "all" {
		if sent, err = s.deps.Pledges.Refunds.SendAll(ctx, campaign.ID); sent == 0 {
			sent = -1 // nothing was to be done
		}
	} else {
		var id lighthouse.PledgeID
		if id, err = lighthouse.ParsePledgeID(asked); err == nil {
			err = s.deps.Pledges.Refunds.Send(ctx, id)
		}
	}
	if err != nil {
		r := ruleFor(err)
		if r.status >= http.StatusInternalServerError {
			return err
		}
		return s.renderRefunds(c, r.status, campaign, pledge.Refunds{Sent: -1, Wrong: t(c, r.sentence)})
	}
	return s.renderRefunds(c, http.StatusOK, campaign, pledge.Refunds{Sent: sent})
}
