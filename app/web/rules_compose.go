package web

import (
	"net/http"

	"cairn/app/web/api"
	"cairn/assets"
	"cairn/assets/compose"
)

var composeRules = []rule{
	{compose.ErrChain, http.StatusUnprocessableEntity, "error.assetapi.chain", ""},
	{compose.ErrOtherColor, http.StatusUnprocessableEntity, "error.assetapi.other-colour", ""},
	{compose.ErrNotReissuable, http.StatusUnprocessableEntity, "error.assetapi.not-reissuable", ""},
	{compose.ErrNotIssuer, http.StatusUnprocessableEntity, "error.assetapi.not-issuer", ""},
	{compose.ErrProtocolLimit, http.StatusUnprocessableEntity, "error.assetapi.protocol-limit", ""},
	{compose.ErrLimit, http.StatusUnprocessableEntity, "error.assetapi.limit", ""},
	{compose.ErrCoin, http.StatusConflict, "error.assetapi.coin", "error.assetapi.coin.advice"},
	{compose.ErrUnsigned, http.StatusUnprocessableEntity, "error.assetapi.unsigned", ""},
	{compose.ErrFunds, http.StatusUnprocessableEntity, "error.assetapi.funds", "error.assetapi.funds.advice"},
	{compose.ErrNoSponsor, http.StatusNotFound, "error.sponsor.not-offered", ""},
	{compose.ErrGift, http.StatusUnprocessableEntity, "error.assetapi.gift", "error.assetapi.gift.advice"},
	{compose.ErrNothing, http.StatusUnprocessableEntity, "error.assetapi.nothing", ""},
	{compose.ErrUnknownDraft, http.StatusNotFound, "error.assetapi.unknown-draft", "error.assetapi.again"},
	{compose.ErrExpired, http.StatusGone, "error.assetapi.expired", "error.assetapi.again"},
	{compose.ErrBusy, http.StatusServiceUnavailable, "error.assetapi.busy", "problem.try-again"},
	{compose.ErrChanged, http.StatusUnprocessableEntity, "error.assetapi.changed", "error.assetapi.sign-only"},
	{compose.ErrSignature, http.StatusUnprocessableEntity, "error.sponsor.signature", "error.assetapi.sign-only"},
	{compose.ErrPSBT, http.StatusUnprocessableEntity, "error.sponsor.psbt", "error.assetapi.sign-only"},
	{compose.ErrUnknownOffer, http.StatusNotFound, "error.assetapi.unknown-offer", ""},
	{compose.ErrOfferOver, http.StatusGone, "error.assetapi.offer-over", ""},
	{compose.ErrNotSeller, http.StatusForbidden, "error.assetapi.not-seller", ""},
	{compose.ErrOrder, http.StatusUnprocessableEntity, "error.assetapi.order", ""},

	{assets.ErrProtocol, http.StatusUnprocessableEntity, "error.assetapi.protocol", ""},
	{assets.ErrID, http.StatusUnprocessableEntity, "error.assetapi.id", ""},
	{assets.ErrNetwork, http.StatusUnprocessableEntity, "error.assetapi.network", ""},
	{assets.ErrUnknown, http.StatusNotFound, "error.assetapi.unknown", ""},
	{assets.ErrUnits, http.StatusUnprocessableEntity, "error.assetapi.units", ""},
	{assets.ErrShort, http.StatusUnprocessableEntity, "error.assetapi.short", ""},
	{assets.ErrDestroys, http.StatusUnprocessableEntity, "error.assetapi.destroys", ""},
	{assets.ErrDust, http.StatusUnprocessableEntity, "error.assetapi.dust", ""},
	{assets.ErrTooMany, http.StatusUnprocessableEntity, "error.assetapi.too-many", ""},

	{api.ErrAddress, http.StatusUnprocessableEntity, "error.assetapi.address", ""},
}
