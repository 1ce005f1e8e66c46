package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/pledges"
	"cairn/templates/layout"
	"cairn/templates/pledge"
)

// ownPledge reads a pledge by the secret of its owner. Error:
// lighthouse.ErrNotYours.
func (s *Server) ownPledge(c Ctx) (lighthouse.Pledge, lighthouse.Key, error) {
	s.unlisted(c)
	key, err := lighthouse.ParseKey(c.Param("key"))
	if err != nil {
		return lighthouse.Pledge{}, key, err
	}
	p, err := s.deps.Pledges.Pledges.ByKey(c.Request().Context(), key)
	return p, key, err
}

// pledgeView is what the page of a pledge shows, without its frame.
func (s *Server) pledgeView(ctx context.Context, p lighthouse.Pledge, key lighthouse.Key) (pledge.Pledge, error) {
	campaign, err := s.deps.Pledges.Campaigns.Get(ctx, p.Campaign)
	if err != nil {
		return pledge.Pledge{}, err
	}
	progress, err := s.deps.Pledges.Pledges.Progress(ctx, p.Campaign)
	if err != nil {
		return pledge.Pledge{}, err
	}
	v := pledge.Pledge{
		Key: key, Campaign: campaign, Pledge: p, Checked: progress.Checked.Height, Clock: s.clock(),
		Reached: progress.Level >= 0, Name: p.Name, Message: p.Message, HasReceipt: s.deps.Pledges.Receipts != nil,
	}
	if v.HasReceipt {
		if v.Proof, err = s.deps.Pledges.Receipts.Proof(ctx, p); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (s *Server) renderPledge(c Ctx, status int, v pledge.Pledge) error {
	v.Meta = s.meta(c, v.Title(c.Request().Context()), layout.SectionNone)
	v.Meta.Path = v.Path()
	v.Meta.Private, v.Meta.Live = true, true
	v.Meta.Modules = []string{"js/pledge.js"}
	v.Meta.Refresh = time.Minute
	v.Link = s.origin() + v.Path()
	return render(c, status, pledge.Page(v))
}

// ownPledgeState is a pledge for a program that has its key. Files are set as far
// as there are any.
type ownPledgeState struct {
	Campaign string               `json:"campaign"`
	Title    string               `json:"title"`
	Amount   int64                `json:"amount"`
	State    lighthouse.CoinState `json:"state"`
	Outpoint string               `json:"outpoint"`
	Checked  int32                `json:"checked"`
	Refund   string               `json:"refund,omitempty"`
	Receipt  string               `json:"receipt,omitempty"`
}

// pledgePage is one pledge, for its owner.
func (s *Server) pledgePage(c Ctx) error {
	p, key, err := s.ownPledge(c)
	if err != nil {
		return err
	}
	v, err := s.pledgeView(c.Request().Context(), p, key)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, stateOf(v))
	}
	v.Fresh, v.Saved = c.QueryParam("new") != "", c.QueryParam("saved") != ""
	return s.renderPledge(c, http.StatusOK, v)
}

func stateOf(v pledge.Pledge) ownPledgeState {
	p := v.Pledge
	state := ownPledgeState{
		Campaign: p.Campaign.String(), Title: v.Campaign.Text.Title, Amount: int64(p.Coin.Value), State: p.State,
		Outpoint: p.Outpoint.String(), Checked: v.Checked,
	}
	if p.Refund != nil {
		state.Refund = v.Path() + "/refund.txt"
	}
	if v.HasReceipt {
		state.Receipt = v.Path() + "/receipt.jsonl"
	}
	return state
}

// pledgeWords gives a pledge another name and message.
func (s *Server) pledgeWords(c Ctx) error {
	p, key, err := s.ownPledge(c)
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	name, message := c.FormValue("name"), c.FormValue("message")
	_, err = s.deps.Pledges.Pledges.Change(c.Request().Context(), key, pledges.Change{Name: &name, Message: &message})
	if errors.Is(err, pledges.ErrWords) {
		v, viewErr := s.pledgeView(c.Request().Context(), p, key)
		if viewErr != nil {
			return viewErr
		}
		v.Name, v.Message = name, message
		v.Wrong = map[string]string{"message": sentence(c, err)}
		return s.renderPledge(c, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, pledge.Path(key)+"?saved=1")
}

// pledgeEvents pushes the live part of a pledge's page at each change, until
// nothing changes any more.
func (s *Server) pledgeEvents(c Ctx) error {
	p, key, err := s.ownPledge(c)
	if err != nil {
		return err
	}
	changed, stop := s.deps.Pledges.Pledges.Watch(p.Campaign)
	defer stop()
	return s.push(c, live{
		look: heartbeat, settle: settle, changed: changed,
		draw: func(ctx context.Context) (drawn, error) {
			p, err := s.deps.Pledges.Pledges.ByKey(ctx, key)
			if err != nil {
				return drawn{}, err
			}
			view, err := s.pledgeView(ctx, p, key)
			if err != nil {
				return drawn{}, err
			}
			return draw(ctx, pledge.Live(view), view.Over())
		},
	})
}
