package web

import (
	"encoding/hex"
	"net/http"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/ledger"
	"cairn/templates/assetdesk"
	"cairn/templates/i18n"

	"github.com/btcsuite/btcd/btcutil"
)

// offerOf is the offer of the address. Error: compose.ErrUnknownOffer.
func (s *Server) offerOf(c Ctx) (compose.Offer, error) {
	id, err := compose.ParseOfferID(c.Param("offer"))
	if err != nil {
		return compose.Offer{}, err
	}
	return s.deps.AssetDesk.Composer.Offer(c.Request().Context(), id)
}

// offerView is an offer as pages show it.
func (s *Server) offerView(o compose.Offer, asset assetdesk.Asset) assetdesk.Offer {
	path := assetdesk.OffersPath + "/" + o.ID.String()
	return assetdesk.Offer{
		ID: o.ID.String(), Asset: asset, Units: o.Units, Price: o.Price, Until: o.Until,
		Over:  o.State != compose.OfferOpen,
		Taken: o.State == compose.OfferTaking || o.State == compose.OfferOver, Withdrawn: o.State == compose.OfferWithdrawn,
		Coin: o.Coin.OutPoint.String(), Script: hex.EncodeToString(o.Coin.Script), Message: compose.WithdrawMessage(o.ID),
		Path: path, Link: s.origin() + path,
	}
}

// assetOffer is the page of an offer.
func (s *Server) assetOffer(c Ctx) error {
	v, err := s.deskForm(c, assetdesk.Take)
	if err != nil {
		return err
	}
	return s.renderDesk(c, http.StatusOK, v)
}

// assetWithdraw takes an offer out of the book for whoever signs with the key of its
// coin. What he signed to sell stays good until the coin moves, which the page does next.
func (s *Server) assetWithdraw(c Ctx) error {
	id, err := compose.ParseOfferID(c.Param("offer"))
	if err != nil {
		return err
	}
	var asked struct {
		Signature string `json:"signature"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	if _, err := s.deps.AssetDesk.Composer.Withdraw(c.Request().Context(), id, asked.Signature); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct{}{})
}

// ledgerAsset is one of which no block says anything yet.
func ledgerAsset(id assets.ID, metadata []byte) ledger.Asset {
	return ledger.Asset{ID: id, Metadata: metadata}
}

func satText(n btcutil.Amount) string { return i18n.Number(int64(n)) + " sat" }
