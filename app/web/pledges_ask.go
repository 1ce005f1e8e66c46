package web

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cairn/chain/rawtx"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
	"cairn/templates/pledge"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/labstack/echo/v4"
)

// wrongField is something in a form that cannot be read: the key of its sentence,
// and the field it stands beside.
type wrongField struct{ field, sentence string }

func (w wrongField) Error() string { return "web: " + w.field + " cannot be read" }

// pledgeAsk shows what another wallet is to sign for a coin.
func (s *Server) pledgeAsk(c Ctx, campaign lighthouse.Campaign) error {
	made, err := s.requested(c, campaign)
	var wrong wrongField
	switch {
	case errors.As(err, &wrong):
		return s.failPledgeText(c, http.StatusUnprocessableEntity, campaign, wrong.field, t(c, wrong.sentence))
	case err != nil:
		return s.failPledge(c, campaign, "coin", err)
	}
	view := pledge.Form{Typed: typedPledge(c)}
	view.Typed.Amount = made.Coin.Value
	if made.Height > 0 {
		view.Typed.Height = strconv.Itoa(int(made.Height))
	}
	for _, level := range slices.Sorted(maps.Keys(made.PSBTs)) {
		view.Requests = append(view.Requests, pledge.Request{
			Level: level, Title: campaign.Terms.Levels[level].Title,
			Base64: base64.StdEncoding.EncodeToString(made.PSBTs[level]), Alone: made.Kind == contract.P2PKH,
		})
	}
	return s.renderPledgeForm(c, http.StatusOK, campaign, view)
}

// pledgeRequest is the PSBT of a level, as a file.
func (s *Server) pledgeRequest(c Ctx) error {
	campaign, err := shown(s.pledgedCampaign(c))
	if err != nil {
		return err
	}
	if err := readPledgeForm(c); err != nil {
		return err
	}
	made, err := s.requested(c, campaign)
	if wrong := new(wrongField); errors.As(err, wrong) {
		return ErrForm
	}
	if err != nil {
		return err
	}
	level, err := strconv.Atoi(c.FormValue("level"))
	if err != nil || made.PSBTs[level] == nil {
		return ErrForm
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="pledge-%d.psbt"`, level))
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, made.PSBTs[level])
}

// requested makes the PSBTs for the coin that a form names. Errors: wrongField, and
// those of Pledges.Request.
func (s *Server) requested(c Ctx, campaign lighthouse.Campaign) (pledges.Request, error) {
	typed := typedPledge(c)
	at, err := document.ParseOutpoint(typed.Coin)
	if err != nil {
		return pledges.Request{}, wrongField{"coin", "pledge.psbt.coin.wrong"}
	}
	height, err := heightOf(typed.Height)
	if err != nil {
		return pledges.Request{}, err
	}
	previous, err := previousOf(typed.Previous)
	if err != nil {
		return pledges.Request{}, err
	}
	return s.deps.Pledges.Pledges.Request(c.Request().Context(), pledges.Ask{
		Campaign: campaign.ID, Outpoint: at, Height: height, Previous: previous, Match: matchOf(c, campaign), Client: clientOf(c.RealIP()),
	})
}

// heightOf reads a block's height; 0 for none.
func heightOf(text string) (int32, error) {
	if text == "" {
		return 0, nil
	}
	height, err := strconv.ParseInt(text, 10, 32)
	if err != nil || height < 0 {
		return 0, wrongField{"height", "pledge.psbt.height.wrong"}
	}
	return int32(height), nil
}

// previousOf reads the transaction that made a coin, in hexadecimal, or out of the
// PSBT that it was: in hexadecimal again, nil for none. What else may be wrong with
// it is for those who use it to say.
func previousOf(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	wrong := wrongField{"previous", "pledge.psbt.previous.wrong"}
	bare := strings.Join(strings.Fields(text), "")
	raw, err := hex.DecodeString(bare)
	if err != nil {
		if raw, err = base64.StdEncoding.DecodeString(bare); err != nil {
			return nil, wrong
		}
	}
	if len(raw) > contract.MaxPSBT {
		return nil, wrong
	}
	if !bytes.HasPrefix(raw, []byte("psbt\xff")) {
		return hex.AppendEncode(nil, raw), nil
	}
	packet, err := rawtx.ReadPSBT(raw)
	if err != nil {
		return nil, wrong
	}
	// The number of a transaction that spends segwit coins alone is known before
	// it is signed.
	tx := packet.UnsignedTx
	if signed, err := psbt.Extract(packet); err == nil {
		tx = signed
	}
	return rawTx(tx), nil
}
