package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"

	"cairn/lighthouse"
	"cairn/lighthouse/document"
	"cairn/templates/layout"
	"cairn/templates/pledge"

	"github.com/btcsuite/btcd/wire"
)

// maxPledgesOf is how many coins are asked about at once.
const maxPledgesOf = 100

// pledgeDesk is the frame of the list that the browser keeps.
func (s *Server) pledgeDesk(c Ctx) error {
	return s.renderPledgeDesk(c, http.StatusOK, pledge.Desk{})
}

func (s *Server) renderPledgeDesk(c Ctx, status int, v pledge.Desk) error {
	v.Meta = s.meta(c, t(c, "pledge.desk"), layout.SectionNone)
	v.Meta.Path = pledge.DeskPath
	v.Meta.Private = true
	v.Meta.Modules = []string{"js/pledge.js"}
	return render(c, status, pledge.DeskPage(v))
}

// pledgeOpen leads to a pledge by its link, or by the secret part of it.
func (s *Server) pledgeOpen(c Ctx) error {
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	typed := strings.TrimSpace(c.FormValue("link"))
	key, err := lighthouse.ParseKey(secretOf(typed))
	if err == nil {
		_, err = s.deps.Pledges.Pledges.ByKey(c.Request().Context(), key)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, pledge.Path(key))
	}
	r := ruleFor(err)
	if r.status >= http.StatusInternalServerError {
		return err
	}
	return s.renderPledgeDesk(c, r.status, pledge.Desk{Link: typed, Wrong: t(c, r.sentence)})
}

// secretOf is the last part of a link's path, or what is no link at all.
func secretOf(typed string) string {
	if u, err := url.Parse(typed); err == nil && u.Path != "" {
		return path.Base(u.Path)
	}
	return typed
}

// pledgedCoin is what everybody may know of a pledged coin who knows the coin.
type pledgedCoin struct {
	Outpoint string               `json:"outpoint"`
	Campaign string               `json:"campaign"`
	Title    string               `json:"title"`
	Amount   int64                `json:"amount"`
	State    lighthouse.CoinState `json:"state"`
	Checked  int32                `json:"checked"`
}

// pledgesOf says which coins of a wallet are pledged: {"outpoints": ["txid:n"]}.
func (s *Server) pledgesOf(c Ctx) error {
	var asked struct {
		Outpoints []string `json:"outpoints"`
	}
	if err := json.NewDecoder(c.Request().Body).Decode(&asked); err != nil {
		return badForm(err)
	}
	if len(asked.Outpoints) > maxPledgesOf {
		return ErrTooLarge
	}
	coins := make([]wire.OutPoint, len(asked.Outpoints))
	for i, text := range asked.Outpoints {
		var err error
		if coins[i], err = document.ParseOutpoint(text); err != nil {
			return ErrForm
		}
	}
	found, err := s.coinsPledged(c, coins)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(http.StatusOK, map[string][]pledgedCoin{"pledges": found})
}

func (s *Server) coinsPledged(c Ctx, coins []wire.OutPoint) ([]pledgedCoin, error) {
	ctx := c.Request().Context()
	list, err := s.deps.Pledges.Pledges.ByOutpoints(ctx, coins)
	if err != nil {
		return nil, err
	}
	found := make([]pledgedCoin, 0, len(list))
	for _, p := range list {
		v, err := s.pledgeView(ctx, p, lighthouse.Key{})
		if err != nil {
			return nil, err
		}
		found = append(found, pledgedCoin{
			p.Outpoint.String(), p.Campaign.String(), v.Campaign.Text.Title, int64(p.Coin.Value), p.State, v.Checked,
		})
	}
	return found, nil
}
