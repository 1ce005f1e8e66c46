package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cairn/chain"
	"cairn/channels/desk"
	"cairn/channels/ln"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	// nodePatience is how long a page waits for the node.
	nodePatience = 10 * time.Second
	// shownClosed and shownOrders are how many of each a page lists.
	shownClosed = 50
	shownOrders = 20
	// forwardedSince is of what time forwarded payments are added up.
	forwardedSince = 30 * 24 * time.Hour
)

// lightningRoutes are about channels, peers, payments and their backups.
func (s *Server) lightningRoutes() {
	if s.deps.Lightning == nil {
		return
	}
	s.operatorGet("/operator/channels", s.channels)
	s.operatorPost("/operator/channels/open", s.channelOpen, s.changes, s.authorised)
	s.operatorPost("/operator/channels/close", s.channelClose, s.changes, s.authorised)
	s.operatorGet("/operator/channels/force", s.channelForceForm)
	s.operatorPost("/operator/channels/force", s.channelForce, s.changes, s.authorised)
	s.operatorGet("/operator/channels/bump", s.channelBumpForm)
	s.operatorPost("/operator/channels/bump", s.channelBump, s.changes, s.authorised)
	s.peerRoutes()
	s.paymentRoutes()
	s.backupRoutes()
}

// lightningTabs are the operator's tabs of these pages.
func (s *Server) lightningTabs() []operator.Tab {
	if s.deps.Lightning == nil {
		return nil
	}
	return []operator.Tab{
		{Path: "/operator/channels", Key: "operator.tab.channels"},
		{Path: "/operator/peers", Key: "operator.tab.peers"},
		{Path: "/operator/payments", Key: "operator.tab.payments"},
		{Path: "/operator/backup", Key: "operator.tab.backup"},
	}
}

// channels is the picture of all channels.
func (s *Server) channels(c Ctx) error {
	return s.renderChannels(c, http.StatusOK, operator.OpenForm{})
}

func (s *Server) renderChannels(c Ctx, status int, form operator.OpenForm) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), nodePatience)
	defer cancel()
	view := operator.ChannelsView{Frame: s.frame(c, "channels.title", "/operator/channels"), Form: form, Now: s.cfg.Now()}
	view.Meta.Path = "/operator/channels"
	err := s.fillChannels(ctx, &view)
	if errors.Is(err, chain.ErrEngineDown) {
		view.Down = true
		return render(c, status, operator.ChannelsPage(view))
	}
	if err != nil {
		return err
	}
	if view.Orders, err = s.deps.Lightning.Desk.Orders(ctx, shownOrders); err != nil {
		return err
	}
	for i, o := range view.Orders {
		if o.ID.String() == c.QueryParam("order") {
			view.Order = &view.Orders[i]
		}
	}
	if view.Next, err = s.orderNumber(); err != nil {
		return err
	}
	return render(c, status, operator.ChannelsPage(view))
}

// fillChannels asks the node for all that the page shows.
func (s *Server) fillChannels(ctx context.Context, view *operator.ChannelsView) (err error) {
	node := s.deps.Lightning.Node
	if view.Channels, err = node.Channels(ctx); err != nil {
		return err
	}
	if view.Pending, err = node.Pending(ctx); err != nil {
		return err
	}
	if view.Closed, err = node.Closed(ctx, shownClosed); err != nil {
		return err
	}
	if view.Forwarding, err = node.Forwarding(ctx, view.Now.Add(-forwardedSince)); err != nil {
		return err
	}
	me, err := node.Identity(ctx)
	if err != nil {
		return err
	}
	view.Key, view.Addresses = me.Key, me.Addresses
	view.Liquidity = operator.NewLiquidity(view.Channels, view.Pending)
	if view.Form.Coins, err = s.deps.Lightning.Coins(ctx); err != nil {
		return err
	}
	view.FeeRate = s.usualRate(ctx)
	if view.Form.FeeRate == "" {
		view.Form.FeeRate = strconv.FormatInt(view.FeeRate, 10)
	}
	return nil
}

// usualRate is what a form proposes, in sat/vB; where nobody can say, 2.
func (s *Server) usualRate(ctx context.Context) int64 {
	rate, err := s.deps.Lightning.FeeRate(ctx)
	if err != nil {
		return 2
	}
	return min(max(rate, 1), ln.MostFeeRate)
}

// orderNumber numbers the order of a form, so that the form sent twice is one
// order.
func (s *Server) orderNumber() (string, error) {
	var id desk.ID
	if _, err := io.ReadFull(s.cfg.Rand, id[:]); err != nil {
		return "", err
	}
	return id.String(), nil
}

// whole reads a whole number as people type it, with spaces, commas or
// apostrophes between the digits; what is none is −1, and nothing is 0.
func whole(text string) int64 {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \u00a0\u2009\u202f,'’_", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(text))
	if digits == "" {
		return 0
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// channelOpen opens a channel.
func (s *Server) channelOpen(c Ctx) error {
	form := operator.OpenForm{
		Peer: c.FormValue("peer"), Amount: c.FormValue("amount"), Push: c.FormValue("push"), FeeRate: c.FormValue("rate"),
		Private: c.FormValue("private") == "yes",
	}
	id, err := desk.ParseID(c.FormValue("order"))
	if err != nil {
		return err
	}
	peer, err := ln.ParsePeer(form.Peer)
	if err == nil {
		_, err = s.deps.Lightning.Desk.Open(c.Request().Context(), id, whoOperates(c).Name(), ln.Opening{
			Peer: peer, Amount: btcutil.Amount(whole(form.Amount)), Push: btcutil.Amount(whole(form.Push)),
			Private: form.Private, FeeRate: whole(form.FeeRate),
		})
	}
	if err == nil || stillGoes(err) {
		return toChannels(c, id)
	}
	r := ruleFor(err)
	if r.status == unknown.status {
		return err
	}
	form.Problem, form.Advice = s.complaint(c, err)
	return s.renderChannels(c, r.status, form)
}

// stillGoes reports whether an order may yet be carried out: the page shows
// what becomes of it.
func stillGoes(err error) bool {
	return errors.Is(err, ln.ErrUnknownOutcome) || errors.Is(err, desk.ErrUnderWay)
}

// complaint is an error's sentence and advice in the operator's language.
func (s *Server) complaint(c Ctx, err error) (problem, advice string) {
	r := ruleFor(err)
	if r.status >= http.StatusInternalServerError {
		s.cfg.Log.Warn("the node did not do what the operator ordered", "route", c.Path(), "error", err)
	}
	if r.advice != "" {
		advice = t(c, r.advice)
	}
	return t(c, r.sentence), advice
}

func toChannels(c Ctx, id desk.ID) error {
	return c.Redirect(http.StatusSeeOther, "/operator/channels?"+url.Values{"order": {id.String()}}.Encode())
}

// channelClose closes a channel together with the other side.
func (s *Server) channelClose(c Ctx) error {
	id, err := desk.ParseID(c.FormValue("order"))
	if err != nil {
		return err
	}
	_, err = s.deps.Lightning.Desk.Close(c.Request().Context(), id, whoOperates(c).Name(), c.FormValue("point"), whole(c.FormValue("rate")))
	if err == nil || stillGoes(err) {
		return toChannels(c, id)
	}
	return err
}

// channelForceForm is the first of two steps: what force costs.
func (s *Server) channelForceForm(c Ctx) error {
	return s.renderForce(c, http.StatusOK, c.QueryParam("point"), "")
}

func (s *Server) renderForce(c Ctx, status int, point, problem string) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), nodePatience)
	defer cancel()
	channels, err := s.deps.Lightning.Node.Channels(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(channels, func(ch ln.Channel) bool { return ch.Point == point })
	if i < 0 {
		return ln.ErrUnknownChannel
	}
	view := operator.ForceView{Frame: s.frame(c, "channels.force.title", "/operator/channels"), Channel: channels[i], Problem: problem}
	if view.Next, err = s.orderNumber(); err != nil {
		return err
	}
	return render(c, status, operator.ForcePage(view))
}

// channelForce closes a channel without the other side.
func (s *Server) channelForce(c Ctx) error {
	id, err := desk.ParseID(c.FormValue("order"))
	if err != nil {
		return err
	}
	if c.FormValue("sure") != "yes" {
		return s.renderForce(c, http.StatusUnprocessableEntity, c.FormValue("point"), t(c, "channels.force.unsure"))
	}
	_, err = s.deps.Lightning.Desk.Force(c.Request().Context(), id, whoOperates(c).Name(), c.FormValue("point"))
	if err == nil || stillGoes(err) {
		return toChannels(c, id)
	}
	return err
}

// channelBumpForm asks what a closing that waits shall pay.
func (s *Server) channelBumpForm(c Ctx) error {
	return s.renderBump(c, http.StatusOK, c.QueryParam("point"), "")
}

func (s *Server) renderBump(c Ctx, status int, point, problem string) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), nodePatience)
	defer cancel()
	pending, err := s.deps.Lightning.Node.Pending(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(pending, func(p ln.Pending) bool { return p.Point == point })
	if i < 0 {
		return ln.ErrNothingToBump
	}
	view := operator.BumpView{
		Frame: s.frame(c, "channels.bump.title", "/operator/channels"), Pending: pending[i], FeeRate: 2 * s.usualRate(ctx), Problem: problem,
	}
	view.FeeRate = min(view.FeeRate, ln.MostFeeRate)
	if view.Next, err = s.orderNumber(); err != nil {
		return err
	}
	return render(c, status, operator.BumpPage(view))
}

// channelBump has a closing pay more.
func (s *Server) channelBump(c Ctx) error {
	id, err := desk.ParseID(c.FormValue("order"))
	if err != nil {
		return err
	}
	point := c.FormValue("point")
	_, err = s.deps.Lightning.Desk.Bump(c.Request().Context(), id, whoOperates(c).Name(), point, whole(c.FormValue("rate")), btcutil.Amount(whole(c.FormValue("budget"))))
	if err == nil || stillGoes(err) {
		return toChannels(c, id)
	}
	if r := ruleFor(err); r.status != unknown.status && !errors.Is(err, ln.ErrUnknownChannel) {
		problem, _ := s.complaint(c, err)
		return s.renderBump(c, r.status, point, problem)
	}
	return err
}
