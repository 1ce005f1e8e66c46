package web

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/channels/fees"
	"cairn/templates/assetdesk"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/labstack/echo/v4"
)

// draftOf is the draft of the address. Error: compose.ErrUnknownDraft.
func (s *Server) draftOf(c Ctx) (compose.Draft, error) {
	id, err := compose.ParseID(c.Param("draft"))
	if err != nil {
		return compose.Draft{}, err
	}
	return s.deps.AssetDesk.Composer.Get(c.Request().Context(), id)
}

// assetDraft is the page of a draft: to sign it, to pay for it, to see it arrive.
func (s *Server) assetDraft(c Ctx) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "private, no-store")
	h.Add(echo.HeaderVary, "Accept")
	draft, err := s.draftOf(c)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return s.draftJSON(c, draft)
	}
	return s.renderDraft(c, http.StatusOK, draft, "", "")
}

func (s *Server) renderDraft(c Ctx, status int, draft compose.Draft, signed, wrong string) error {
	v, err := s.draftView(c, draft)
	if err != nil {
		return err
	}
	s.rememberDraft(c, v)
	v.Signed, v.Wrong = signed, wrong
	v.Meta = s.meta(c, t(c, "assetdesk.draft.title"), layout.SectionAssets)
	v.Meta.Private = true
	v.Meta.Modules = []string{"js/assetdesk.js"}
	if v.State == assetdesk.Unpaid || v.State == assetdesk.Sent {
		v.Meta.Refresh = 5 * time.Second
	}
	return render(c, status, assetdesk.DraftPage(v))
}

// draftStates are how drafts stand, as people see them.
var draftStates = map[compose.State]assetdesk.State{
	compose.Open: assetdesk.Open, compose.Signed: assetdesk.Unpaid, compose.Sent: assetdesk.Sent, compose.Confirmed: assetdesk.Confirmed,
	compose.Ended: assetdesk.Ended, compose.Conflicted: assetdesk.Failed,
}

// draftView is a draft as its page shows it.
func (s *Server) draftView(c Ctx, d compose.Draft) (assetdesk.Draft, error) {
	ctx := c.Request().Context()
	v := assetdesk.Draft{ID: d.ID.String(), Act: actOf(d.Operation), State: draftStates[d.State], Fee: d.Fee, Expires: d.ExpiresAt}
	if !d.Asset.IsZero() {
		asset, err := s.deskAsset(ctx, d.Asset)
		if err != nil { // issued by this very draft
			if asset, err = s.unseenAsset(c, d); err != nil {
				return v, err
			}
		}
		v.Asset = asset
	}
	if d.Sponsored != nil {
		v.Fee, v.Price = d.Sponsored.Fee, d.Sponsored.Price
		if q := d.Sponsored.Quote; q.ID != "" && v.State == assetdesk.Unpaid {
			v.Pay = "/pay/" + q.ID
		}
	}
	if v.State == assetdesk.Unpaid && v.Pay == "" {
		v.State = assetdesk.Sent // it waits for its turn alone
	}
	if !d.Offer.IsZero() {
		v.Offer = assetdesk.OffersPath + "/" + d.Offer.String()
		if d.Operation == compose.Sell && d.State != compose.Open {
			v.State = assetdesk.Confirmed
		}
	}
	for _, part := range d.Parts {
		v.PSBTs = append(v.PSBTs, base64.StdEncoding.EncodeToString(part.PSBT))
		if part.Txid != (chainhash.Hash{}) && d.Operation != compose.Sell {
			v.Txids = append(v.Txids, part.Txid.String())
		}
		v.Height = max(v.Height, part.Height)
		if part.Height > 0 {
			v.Done++
		}
	}
	v.Effects = s.effectsOf(c, d, v.Asset)
	return v, nil
}

// draftCookie names the draft whose quote is being paid: "quote.draft". The till knows
// of the transaction alone, and its page leads back to the draft by this.
const draftCookie = "cairn-asset-draft"

// rememberDraft keeps which draft a quote belongs to, until it is over.
func (s *Server) rememberDraft(c Ctx, v assetdesk.Draft) {
	if quote, found := strings.CutPrefix(v.Pay, "/pay/"); found {
		s.setCookie(c, draftCookie, quote+"."+v.ID, v.Expires)
	}
}

// draftPaid is the page of the draft that a quote belongs to, as far as this browser
// knows; empty otherwise.
func (s *Server) draftPaid(c Ctx, q fees.Quote) string {
	quote, draft, _ := strings.Cut(s.cookie(c, draftCookie), ".")
	if quote != q.ID.String() {
		return ""
	}
	id, err := compose.ParseID(draft)
	if err != nil {
		return ""
	}
	return assetdesk.DraftsPath + "/" + id.String()
}

// unseenAsset is one that no block has yet.
func (s *Server) unseenAsset(c Ctx, d compose.Draft) (assetdesk.Asset, error) {
	var metadata []byte
	if len(d.Parts) > 0 {
		metadata = d.Parts[0].Coloring.Metadata
	}
	return s.namedAsset(c.Request().Context(), d.Asset, ledgerAsset(d.Asset, metadata))
}

// effectsOf says what a draft does, in sentences.
func (s *Server) effectsOf(c Ctx, d compose.Draft, asset assetdesk.Asset) []string {
	units := func(id assets.ID, n int64) string {
		if id == asset.ID {
			return asset.Units(n)
		}
		return assetdesk.Number(n, 0) + " " + id.Text(s.cfg.Network)
	}
	var out []string
	switch d.Operation {
	case compose.Sell:
		if len(d.Parts) == 1 && len(d.Parts[0].Holdings) == 1 && len(d.Parts[0].Holdings[0]) == 1 {
			price := btcutil.Amount(d.Parts[0].Tx.TxOut[0].Value)
			return []string{t(c, "assetdesk.effect.sell", "Amount", satText(price), "Units", asset.Units(d.Parts[0].Holdings[0][0].Units))}
		}
		return nil
	case compose.Dividend:
		paid, count := btcutil.Amount(0), int64(0)
		for _, share := range d.Shares {
			if share.Left == "" {
				paid += share.Amount
				count++
			}
		}
		return []string{t(c, "assetdesk.effect.pay", "Amount", satText(paid), "Count", fmt.Sprint(count))}
	case compose.Lock:
		out = append(out, t(c, "assetdesk.effect.lock"))
	}
	const shown = 20 // lines
	for _, part := range d.Parts {
		for _, flow := range part.Coloring.Flows {
			switch {
			case len(out) == shown:
				return out
			case flow.To == assets.Destroyed:
				out = append(out, t(c, "assetdesk.effect.burn", "Units", units(flow.Asset, flow.Units)))
			case flow.From == assets.Issued:
				out = append(out, t(c, "assetdesk.effect.made", "Units", units(flow.Asset, flow.Units), "Address", s.addressText(part.Tx.TxOut[flow.To].PkScript)))
			default:
				out = append(out, t(c, "assetdesk.effect.send", "Units", units(flow.Asset, flow.Units), "Address", s.addressText(part.Tx.TxOut[flow.To].PkScript)))
			}
		}
	}
	return out
}

// holdingJSON is what an input of a draft holds.
type holdingJSON struct {
	ID    string `json:"id"`
	Units string `json:"units"`
}

// draftJSON is a draft for the wallet in the page.
func (s *Server) draftJSON(c Ctx, d compose.Draft) error {
	v, err := s.draftView(c, d)
	if err != nil {
		return err
	}
	s.rememberDraft(c, v)
	holdings := make([][][]holdingJSON, len(d.Parts))
	for i, part := range d.Parts {
		holdings[i] = make([][]holdingJSON, len(part.Holdings))
		for j, held := range part.Holdings {
			holdings[i][j] = []holdingJSON{}
			for _, h := range held {
				holdings[i][j] = append(holdings[i][j], holdingJSON{h.Asset.Text(s.cfg.Network), strconv.FormatInt(h.Units, 10)})
			}
		}
	}
	protocol := ""
	if !d.Asset.IsZero() {
		protocol = d.Asset.Protocol.String()
	}
	if len(d.Parts) > 0 && d.Parts[0].Coloring.Protocol != 0 {
		protocol = d.Parts[0].Coloring.Protocol.String()
	}
	return c.JSON(http.StatusOK, map[string]any{
		"id": v.ID, "path": v.Path(), "state": v.State, "psbts": v.PSBTs, "txids": v.Txids, "asset": v.Asset.Text, "protocol": protocol,
		"holdings": holdings, "effects": v.Effects, "fee": int64(v.Fee), "price": int64(v.Price), "sponsored": d.Sponsored != nil, "pay": v.Pay,
		"height": v.Height, "offer": v.Offer, "expires": d.ExpiresAt.Unix(),
	})
}

// assetSigned takes what a wallet has signed.
func (s *Server) assetSigned(c Ctx) error {
	draft, err := s.draftOf(c)
	if err != nil {
		return err
	}
	var texts []string
	byWallet := strings.HasPrefix(c.Request().Header.Get(echo.HeaderContentType), echo.MIMEApplicationJSON)
	if byWallet {
		var asked struct {
			PSBTs []string `json:"psbts"`
		}
		if err := readJSON(c, &asked); err != nil {
			return err
		}
		texts = asked.PSBTs
	} else if texts, err = signedForm(c); err != nil {
		return err
	}
	now, err := s.acceptSigned(c, draft.ID, texts)
	switch {
	case err == nil && byWallet:
		return s.draftJSON(c, now)
	case err == nil:
		return c.Redirect(http.StatusSeeOther, assetdesk.DraftsPath+"/"+draft.ID.String())
	case byWallet || ruleFor(err).status >= http.StatusInternalServerError:
		return err
	}
	return s.renderDraft(c, ruleFor(err).status, draft, strings.Join(texts, "\n"), s.saidOf(c, err))
}

func (s *Server) acceptSigned(c Ctx, id compose.ID, texts []string) (compose.Draft, error) {
	psbts := make([][]byte, len(texts))
	for i, text := range texts {
		raw, err := readPSBT(text)
		if err != nil {
			return compose.Draft{}, err
		}
		psbts[i] = raw
	}
	return s.deps.AssetDesk.Composer.Accept(c.Request().Context(), id, psbts)
}

// readPSBT reads one in base64 or hexadecimal. Error: compose.ErrPSBT.
func readPSBT(text string) ([]byte, error) {
	text = strings.Join(strings.Fields(text), "")
	raw, err := hex.DecodeString(text)
	if err != nil {
		raw, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil || len(raw) == 0 {
		return nil, compose.ErrPSBT
	}
	return raw, nil
}

// signedForm reads what was pasted, one a line, or the files that were chosen, in the
// order of their names.
func signedForm(c Ctx) ([]string, error) {
	if err := readPledgeForm(c); err != nil {
		return nil, err
	}
	if form := c.Request().MultipartForm; form != nil {
		defer form.RemoveAll() //nolint:errcheck // the system cleans up after us
		var out []string
		for _, header := range form.File["file"] {
			if header.Size == 0 {
				continue
			}
			raw, err := readWhole(header, maxSignedBody, compose.ErrPSBT)
			if err != nil {
				return nil, err
			}
			if bytes.HasPrefix(raw, []byte("psbt\xff")) {
				raw = []byte(base64.StdEncoding.EncodeToString(raw))
			}
			out = append(out, string(raw))
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	var out []string
	for line := range strings.Lines(c.FormValue("psbt")) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out, nil
}

// assetDraftFile is a PSBT of a draft as a file, "1.psbt" for the first.
func (s *Server) assetDraftFile(c Ctx) error {
	draft, err := s.draftOf(c)
	if err != nil {
		return err
	}
	name, ok := strings.CutSuffix(c.Param("file"), ".psbt")
	n, err := strconv.Atoi(name)
	if !ok || err != nil || n < 1 || n > len(draft.Parts) {
		return compose.ErrUnknownDraft
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="cairn-%s-%d.psbt"`, draft.ID.String()[:8], n))
	return c.Blob(http.StatusOK, "application/octet-stream", draft.Parts[n-1].PSBT)
}
