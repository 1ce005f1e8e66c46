package web

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/templates/layout"
	"cairn/templates/pledge"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/labstack/echo/v4"
)

const (
	// maxPledgeBody is the largest form of a pledge, in bytes: PSBTs of legacy
	// coins carry their whole previous transactions, as text a third larger.
	maxPledgeBody = 2 << 20
	// maxPledgeFiles is how many signed files come at once, one for each level.
	maxPledgeFiles = 20
)

// pledgeRoutes are those of backers.
func (s *Server) pledgeRoutes() {
	if s.deps.Pledges == nil {
		return
	}
	small := bodyLimit(64 << 10)
	s.get("pledge-form", "/campaigns/:id/pledge", s.pledgeForm)
	// Each may have a coin looked for in the chain.
	submitLimit := s.limit(0.5, 30)
	s.post("pledge", "/campaigns/:id/pledge", s.pledge, bodyLimit(maxPledgeBody), submitLimit)
	s.post("pledge-request", "/campaigns/:id/pledge/request.psbt", s.pledgeRequest, bodyLimit(maxPledgeBody), submitLimit)

	s.get("pledges", pledge.DeskPath, s.pledgeDesk)
	s.post("pledges-open", pledge.DeskPath, s.pledgeOpen, small, s.limit(1, 30))
	s.post("pledges-of", pledge.DeskPath+"/of", s.pledgesOf, small, s.limit(1, 60))
	s.get("pledge-page", pledge.DeskPath+"/:key", s.pledgePage)
	s.post("pledge-words", pledge.DeskPath+"/:key", s.pledgeWords, small, s.limit(0.5, 20))
	s.echo.GET(pledge.DeskPath+"/:key/events", s.pledgeEvents).Name = "pledge-events"
	s.pledgeFileRoutes()

	if s.deps.Pledges.Refunds != nil {
		s.get("refunds", "/campaigns/:id/refunds", s.refunds)
		s.post("refunds-send", "/campaigns/:id/refunds", s.sendRefunds, small, s.limit(0.2, 10))
	}
}

// campaignParam reads a campaign that everybody may see from the address. Error:
// lighthouse.ErrUnknown.
func (s *Server) pledgedCampaign(c Ctx) (lighthouse.Campaign, error) {
	id, err := lighthouse.ParseID(c.Param("id"))
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	return s.deps.Pledges.Campaigns.Get(c.Request().Context(), id)
}

// pledgeForm is where one pledges.
func (s *Server) pledgeForm(c Ctx) error {
	campaign, err := shown(s.pledgedCampaign(c))
	if err != nil {
		return err
	}
	amount, _ := strconv.ParseInt(c.QueryParam("amount"), 10, 64) // anything else is the usual one
	return s.renderPledgeForm(c, http.StatusOK, campaign, pledge.Form{Typed: pledge.Typed{Amount: sane(amount)}})
}

// matchOf is the stretch level that somebody matches with a coin which counts
// there alone; 0 for an ordinary pledge.
func matchOf(c Ctx, campaign lighthouse.Campaign) int {
	level, err := strconv.Atoi(c.FormValue("match"))
	if err != nil || level < 0 || level >= len(campaign.Terms.Levels) {
		return 0
	}
	return level
}

// sane is an amount that exists; 0 for any other.
func sane(amount int64) btcutil.Amount {
	if amount < 0 || amount > btcutil.MaxSatoshi {
		return 0
	}
	return btcutil.Amount(amount)
}

func (s *Server) renderPledgeForm(c Ctx, status int, campaign lighthouse.Campaign, view pledge.Form) error {
	terms, err := s.deps.Pledges.Pledges.Terms(c.Request().Context(), campaign.ID)
	if err != nil {
		return err
	}
	camera(c) // for signatures that another wallet shows as a code
	view.Meta = s.meta(c, t(c, "pledge.title"), layout.SectionNone)
	view.Meta.Path = pledge.FormPath(campaign.ID)
	view.Meta.Private = true
	view.Meta.Modules = []string{"js/pledge.js"}
	view.Campaign, view.Open, view.Full = campaign, terms.Open, terms.Full
	view.Missing, view.Least, view.Slots = terms.Missing, terms.Least[contract.P2TR], terms.Slots[contract.P2TR]
	view.Clock = s.clock()
	view.Match = matchOf(c, campaign)
	if view.Match > 0 {
		view.Missing = campaign.Terms.Levels[view.Match].Goal - campaign.Terms.Goal()
	}
	for n, level := range campaign.Terms.Levels {
		if level.Contract != nil && (view.Match == 0 || view.Match == n) {
			view.Contracts = append(view.Contracts, hex.EncodeToString(level.Contract.Encode()))
		}
	}
	return render(c, status, pledge.FormPage(view))
}

// typedPledge is what a form has in its fields.
func typedPledge(c Ctx) pledge.Typed {
	amount, err := strconv.ParseInt(c.FormValue("amount"), 10, 64)
	if err != nil {
		amount = 0
	}
	return pledge.Typed{
		Amount: sane(amount), Name: c.FormValue("name"), Message: c.FormValue("message"),
		Coin: strings.TrimSpace(c.FormValue("coin")), Previous: strings.TrimSpace(c.FormValue("previous")), Height: strings.TrimSpace(c.FormValue("height")),
		Signed: strings.TrimSpace(c.FormValue("signed")), Pledge: strings.TrimSpace(c.FormValue("pledge")),
	}
}

// readPledgeForm reads the form of the three doors.
func readPledgeForm(c Ctx) error {
	err := c.Request().ParseMultipartForm(maxPledgeBody)
	if err == http.ErrNotMultipart {
		err = c.Request().ParseForm()
	}
	if err != nil {
		return badForm(err)
	}
	return nil
}

// pledge takes what the page of the three doors sends: the wallet's JSON, or the
// form, whose buttons say what to do.
func (s *Server) pledge(c Ctx) error {
	campaign, err := shown(s.pledgedCampaign(c))
	if err != nil {
		return err
	}
	if strings.HasPrefix(c.Request().Header.Get(echo.HeaderContentType), echo.MIMEApplicationJSON) {
		return s.pledgeByWallet(c, campaign)
	}
	if err := readPledgeForm(c); err != nil {
		return err
	}
	if form := c.Request().MultipartForm; form != nil {
		defer form.RemoveAll() //nolint:errcheck // the system cleans up after us
	}
	switch c.FormValue("do") {
	case "request":
		return s.pledgeAsk(c, campaign)
	case "psbt":
		return s.pledgeSigned(c, campaign, lighthouse.ByPSBT, "signed")
	case "file":
		return s.pledgeSigned(c, campaign, lighthouse.ByFile, "pledge")
	}
	return s.renderPledgeForm(c, http.StatusOK, campaign, pledge.Form{Typed: typedPledge(c)})
}

// failPledge shows the form again, with a sentence beside the field; what is our
// fault gets a page of its own.
func (s *Server) failPledge(c Ctx, campaign lighthouse.Campaign, field string, err error) error {
	r := ruleFor(err)
	if r.status >= http.StatusInternalServerError {
		return err
	}
	text := t(c, r.sentence)
	if r.advice != "" {
		text += " " + t(c, r.advice)
	}
	return s.failPledgeText(c, r.status, campaign, field, text)
}

func (s *Server) failPledgeText(c Ctx, status int, campaign lighthouse.Campaign, field, text string) error {
	return s.renderPledgeForm(c, status, campaign, pledge.Form{Typed: typedPledge(c), Wrong: map[string]string{field: text}})
}
