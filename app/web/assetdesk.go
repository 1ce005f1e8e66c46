package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/templates/assetdesk"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/labstack/echo/v4"
)

const (
	// maxAssetBody is the form of a new asset, in bytes, with its picture.
	maxAssetBody = definition.MaxPicture + 128<<10
	// maxSignedBody is that of signed transactions.
	maxSignedBody = 1 << 20
)

// assetDeskRoutes are those of people who issue and hold assets.
func (s *Server) assetDeskRoutes() {
	if s.deps.AssetDesk == nil {
		return
	}
	small, long := bodyLimit(64<<10), bodyLimit(maxListTyped+64<<10)
	// Each looks coins up and may lend some of the node's.
	builds := s.limit(0.5, 30)
	s.get("asset-issue", assetdesk.IssuePath, s.assetForm(assetdesk.Issue))
	s.post("asset-issue-do", assetdesk.IssuePath, s.assetAct(assetdesk.Issue), bodyLimit(maxAssetBody), builds)
	for _, act := range []assetdesk.Act{assetdesk.Send, assetdesk.Reissue, assetdesk.Lock, assetdesk.Burn, assetdesk.Dividend, assetdesk.Sell} {
		path := "/assets/:id/" + string(act)
		var looks []echo.MiddlewareFunc
		if act == assetdesk.Dividend {
			looks = append(looks, s.limit(2, 60)) // it adds up who holds what
		}
		s.get("asset-"+string(act), path, s.assetForm(act), looks...)
		limit := small
		if act == assetdesk.Send {
			limit = long
		}
		s.post("asset-"+string(act)+"-do", path, s.assetAct(act), limit, builds)
	}
	s.get("asset-dividend-csv", "/assets/:id/dividend.csv", s.assetShares, s.limit(1, 20))
	s.get("asset-mine", assetdesk.MinePath, s.assetsMine)
	s.get("asset-send-any", assetdesk.SendPath, s.assetSendAny)
	s.post("asset-names", "/assets/names", s.assetNames, small, s.limit(2, 60))
	s.get("asset-offer", assetdesk.OffersPath+"/:offer", s.assetOffer)
	s.post("asset-offer-withdraw", assetdesk.OffersPath+"/:offer/withdraw", s.assetWithdraw, small, builds)
	s.post("asset-offer-take", assetdesk.OffersPath+"/:offer", s.assetAct(assetdesk.Take), small, builds)
	s.get("asset-draft", assetdesk.DraftsPath+"/:draft", s.assetDraft)
	s.post("asset-draft-sign", assetdesk.DraftsPath+"/:draft", s.assetSigned, bodyLimit(maxSignedBody), s.limit(0.5, 30))
	s.get("asset-draft-file", assetdesk.DraftsPath+"/:draft/:file", s.assetDraftFile)
}

// operations are what the acts are called where they are built.
var operations = map[assetdesk.Act]compose.Operation{
	assetdesk.Issue: compose.Issue, assetdesk.Send: compose.Transfer, assetdesk.Reissue: compose.Reissue, assetdesk.Lock: compose.Lock,
	assetdesk.Burn: compose.Burn, assetdesk.Dividend: compose.Dividend, assetdesk.Sell: compose.Sell, assetdesk.Take: compose.Take,
}

// actOf is the act of an operation.
func actOf(op compose.Operation) assetdesk.Act {
	for act, o := range operations {
		if o == op {
			return act
		}
	}
	return assetdesk.Send
}

// deskAsset is an asset as these pages name it. Errors: assets.ErrUnknown.
func (s *Server) deskAsset(ctx context.Context, id assets.ID) (assetdesk.Asset, error) {
	a, err := s.deps.AssetDesk.Ledger.Asset(ctx, id, ledger.Newest)
	if err != nil {
		return assetdesk.Asset{}, err
	}
	return s.namedAsset(ctx, id, a)
}

// namedAsset adds what an asset says of itself to what the ledger knows of it.
func (s *Server) namedAsset(ctx context.Context, id assets.ID, a ledger.Asset) (assetdesk.Asset, error) {
	d, err := s.deps.AssetDesk.Definitions.Of(ctx, id, a.Metadata)
	if err != nil {
		return assetdesk.Asset{}, err
	}
	out := assetdesk.Asset{
		ID: id, Text: id.Text(s.cfg.Network), Name: d.Name, Decimals: min(max(d.Divisibility, 0), 18), Supply: a.Supply, Holders: int(a.Holders), Reissuable: reissuable(id),
	}
	if id.Protocol == assets.Colu { // it is in the id, whatever anybody says
		out.Decimals = min(int(id.Raw()[23]), 7)
	}
	if d.Picture != [32]byte{} {
		out.Picture = definition.PicturePath(d.Picture)
	}
	return out, nil
}

// coluUnlocked begins the ids of Colu's assets that can be issued again (the paddings
// of cc-assetid-encoder).
const coluUnlocked = 0x2e

func reissuable(id assets.ID) bool {
	return id.Protocol == assets.OpenAssets || id.Protocol == assets.Colu && id.Raw()[0] == coluUnlocked
}

// deskForm is the empty form of an act.
func (s *Server) deskForm(c Ctx, act assetdesk.Act) (v assetdesk.Form, err error) {
	v = assetdesk.Form{
		Act: act, Action: c.Request().URL.EscapedPath(), Typed: map[string]string{}, Wrong: map[string]string{},
		Sponsor: s.deps.AssetDesk.Sponsored, Faucet: s.deps.Wallets != nil && s.deps.Wallets.Faucet != nil, Tip: s.deps.Headers.Tip().Height,
	}
	switch act {
	case assetdesk.Issue:
		return v, nil
	case assetdesk.Take:
		var offer compose.Offer
		if offer, err = s.offerOf(c); err != nil {
			return v, err
		}
		if v.Asset, err = s.deskAsset(c.Request().Context(), offer.Asset); err != nil {
			return v, err
		}
		v.Offer = s.offerView(offer, v.Asset)
		return v, nil
	}
	id, err := s.assetParam(c)
	if err != nil {
		return v, err
	}
	v.Asset, err = s.deskAsset(c.Request().Context(), id)
	return v, err
}

// assetParam is the asset of the address. Errors: assets.ErrID, assets.ErrNetwork.
func (s *Server) assetParam(c Ctx) (assets.ID, error) {
	text, err := url.PathUnescape(c.Param("id"))
	if err != nil {
		return assets.ID{}, assets.ErrID
	}
	return assets.ParseID(text, s.cfg.Network)
}

// assetForm shows the form of an act.
func (s *Server) assetForm(act assetdesk.Act) echo.HandlerFunc {
	return func(c Ctx) error {
		v, err := s.deskForm(c, act)
		if err != nil {
			return err
		}
		for name := range c.QueryParams() {
			v.Typed[name] = c.QueryParam(name)
		}
		if to := v.Typed["to"]; act == assetdesk.Send && to != "" { // as the receiving link that it came by
			v.Typed["to"] = s.origin() + assetdesk.SendPath + "?" + url.Values{"to": {to}}.Encode()
		}
		if act == assetdesk.Dividend && v.Typed["sum"] != "" {
			if err := s.addShares(c.Request().Context(), &v); err != nil {
				if ruleFor(err).status >= http.StatusInternalServerError {
					return err
				}
				v.Wrong[""] = s.saidOf(c, err)
			}
		}
		return s.renderDesk(c, http.StatusOK, v)
	}
}

func (s *Server) renderDesk(c Ctx, status int, v assetdesk.Form) error {
	v.Meta = s.meta(c, assetdesk.Title(c.Request().Context(), v), layout.SectionAssets)
	v.Meta.Private = v.Act != assetdesk.Issue
	v.Meta.Modules = []string{"js/assetdesk.js"}
	switch v.Act {
	case assetdesk.Issue:
		return render(c, status, assetdesk.IssuePage(v))
	case assetdesk.Send:
		return render(c, status, assetdesk.SendPage(v))
	case assetdesk.Reissue:
		return render(c, status, assetdesk.ReissuePage(v))
	case assetdesk.Lock:
		return render(c, status, assetdesk.LockPage(v))
	case assetdesk.Burn:
		return render(c, status, assetdesk.BurnPage(v))
	case assetdesk.Dividend:
		var err error
		if v.Before, err = s.dividendsOf(c.Request().Context(), v.Asset); err != nil {
			return err
		}
		return render(c, status, assetdesk.DividendPage(v))
	case assetdesk.Take:
		return render(c, status, assetdesk.OfferPage(v))
	}
	book, err := s.deps.AssetDesk.Composer.Offers(c.Request().Context(), v.Asset.ID)
	if err != nil {
		return err
	}
	for _, one := range book {
		if o := s.offerView(one, v.Asset); !o.Over {
			v.Offers = append(v.Offers, o)
		}
	}
	return render(c, status, assetdesk.OffersPage(v))
}

// saidOf is the sentence for an error, with what to do.
func (s *Server) saidOf(c Ctx, err error) string {
	r := ruleFor(err)
	text := lineSaid(c, err) + t(c, r.sentence)
	if r.advice != "" {
		text += " " + t(c, r.advice)
	}
	return text
}

// deskMistake is a mistake in one field of a form.
type deskMistake struct {
	field string
	err   error
}

func (w deskMistake) Error() string { return w.field + ": " + w.err.Error() }
func (w deskMistake) Unwrap() error { return w.err }

// assetAct builds what a form asks for: for the wallet in the page as JSON, and for
// other wallets as a page to sign it on.
func (s *Server) assetAct(act assetdesk.Act) echo.HandlerFunc {
	return func(c Ctx) error {
		v, err := s.deskForm(c, act)
		if err != nil {
			return err
		}
		if err := readAssetForm(c); err != nil {
			return err
		}
		if form := c.Request().MultipartForm; form != nil {
			defer form.RemoveAll() //nolint:errcheck // the system cleans up after us
		}
		for name, values := range c.Request().PostForm {
			v.Typed[name] = values[0]
		}
		draft, err := s.prepareAsset(c, v)
		if err != nil {
			return s.failAsset(c, v, err)
		}
		if wantsJSON(c) {
			return s.draftJSON(c, draft)
		}
		return c.Redirect(http.StatusSeeOther, assetdesk.DraftsPath+"/"+draft.ID.String())
	}
}

func readAssetForm(c Ctx) error {
	err := c.Request().ParseForm() // first: ParseMultipartForm forgets why this failed
	if err == nil {
		err = c.Request().ParseMultipartForm(maxAssetBody)
	}
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil
	}
	if err != nil {
		return badForm(err)
	}
	return nil
}

// failAsset shows the form again, with a sentence beside the field; what is our fault
// gets a page of its own.
func (s *Server) failAsset(c Ctx, v assetdesk.Form, err error) error {
	r := ruleFor(err)
	if r.status >= http.StatusInternalServerError || r.status == http.StatusTooManyRequests {
		return err
	}
	field := ""
	var wrong deskMistake
	if errors.As(err, &wrong) {
		field = wrong.field
	}
	if wantsJSON(c) {
		if field == "" {
			return err
		}
		return c.JSON(http.StatusUnprocessableEntity, map[string]any{"wrong": map[string]string{field: s.saidOf(c, err)}})
	}
	v.Wrong[field] = s.saidOf(c, err)
	if v.Act == assetdesk.Dividend && v.Typed["sum"] != "" {
		if err := s.addShares(c.Request().Context(), &v); err != nil && ruleFor(err).status >= http.StatusInternalServerError {
			return err
		}
	}
	return s.renderDesk(c, r.status, v)
}

// prepareAsset has the transactions of a form built.
func (s *Server) prepareAsset(c Ctx, v assetdesk.Form) (compose.Draft, error) {
	ctx := c.Request().Context()
	o, err := s.assetOrder(ctx, v)
	if err != nil {
		return compose.Draft{}, err
	}
	if v.Act == assetdesk.Issue {
		if err := s.define(c, v, &o); err != nil {
			return compose.Draft{}, err
		}
	}
	return s.deps.AssetDesk.Composer.PrepareFor(ctx, c.RealIP(), o)
}

// satoshi reads an amount of whole satoshi as people type it. Error: ErrAmountTyped.
func satoshi(field, text string) (btcutil.Amount, error) {
	n, err := assetdesk.ParseUnits(text, 0)
	if err != nil || n > btcutil.MaxSatoshi {
		return 0, deskMistake{field, ErrAmountTyped}
	}
	return btcutil.Amount(n), nil
}

// heightTyped is the height of a block; 0 for none.
func heightTyped(text string) (int32, error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, deskMistake{"at", ErrHeight}
	}
	return int32(n), nil
}

// assetsMine is filled by the browser.
func (s *Server) assetsMine(c Ctx) error {
	m := s.meta(c, t(c, "assetdesk.mine"), layout.SectionAssets)
	m.Private = true
	m.Modules = []string{"js/assetdesk.js"}
	return render(c, http.StatusOK, assetdesk.MinePage(assetdesk.Mine{Meta: m, Network: s.cfg.Network, To: shortTo(c)}))
}

// mostTo is how long a receiver in an address is, in bytes.
const mostTo = 200

// shortTo is the receiver that a link names; empty for none, or for what is none.
func shortTo(c Ctx) string {
	if to := c.QueryParam("to"); len(to) <= mostTo {
		return to
	}
	return ""
}

// assetSendAny is where a receiving link leads that names no asset: to what one has,
// to choose from.
func (s *Server) assetSendAny(c Ctx) error {
	path := assetdesk.MinePath
	if to := shortTo(c); to != "" {
		path += "?" + url.Values{"to": {to}}.Encode()
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// assetNames tells what assets are called, by their ids, or by the scripts that may
// issue them: for lists that the browser makes.
func (s *Server) assetNames(c Ctx) error {
	var asked struct {
		IDs     []string `json:"ids"`
		Scripts []string `json:"scripts"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	if len(asked.IDs) > 200 || len(asked.Scripts) > 100 {
		return ErrForm
	}
	wanted := map[assets.ID]bool{}
	var order []assets.ID
	add := func(id assets.ID) {
		if !wanted[id] {
			wanted[id] = true
			order = append(order, id)
		}
	}
	for _, text := range asked.IDs {
		if id, err := assets.ParseID(text, s.cfg.Network); err == nil {
			add(id)
		}
	}
	for _, text := range asked.Scripts {
		for _, id := range issuedBy(text) {
			add(id)
		}
	}
	type named struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Picture  string `json:"picture,omitempty"`
		Decimals int    `json:"decimals"`
		Hue      string `json:"hue"`
		Supply   string `json:"supply"`
	}
	ctx, out := c.Request().Context(), []named{}
	for _, id := range order {
		a, err := s.deskAsset(ctx, id)
		switch {
		case errors.Is(err, assets.ErrUnknown):
			if len(asked.Scripts) > 0 {
				continue // nothing was issued from there yet
			}
			// It waits for its first block: what it says of itself is known.
			if a, err = s.namedAsset(ctx, id, ledger.Asset{ID: id}); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		out = append(out, named{a.Text, a.Name, a.Picture, a.Decimals, a.Hue(), strconv.FormatInt(a.Supply, 10)})
	}
	return c.JSON(http.StatusOK, map[string]any{"assets": out})
}
