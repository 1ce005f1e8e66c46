package web

import (
	"net/http"

	"cairn/channels/sponsor"
	"cairn/channels/sponsoring"
)

var sponsorRules = []rule{
	{sponsoring.ErrUnknown, http.StatusNotFound, "error.sponsor.unknown", "error.sponsor.again"},
	{sponsoring.ErrExpired, http.StatusGone, "error.sponsor.expired", "error.sponsor.again"},
	{sponsoring.ErrUnpaid, http.StatusPaymentRequired, "error.sponsor.unpaid", ""},
	{sponsoring.ErrUnknownCoin, http.StatusUnprocessableEntity, "error.sponsor.unknown-coin", ""},
	{sponsoring.ErrBusy, http.StatusServiceUnavailable, "error.sponsor.busy", "problem.try-again"},
	{sponsoring.ErrNotForSale, http.StatusNotFound, "error.sponsor.not-offered", ""},

	{sponsor.ErrPSBT, http.StatusUnprocessableEntity, "error.sponsor.psbt", ""},
	{sponsor.ErrPrevout, http.StatusUnprocessableEntity, "error.sponsor.prevout", ""},
	{sponsor.ErrOurCoin, http.StatusUnprocessableEntity, "error.sponsor.our-coin", ""},
	{sponsor.ErrWeight, http.StatusUnprocessableEntity, "error.sponsor.weight", ""},
	{sponsor.ErrGift, http.StatusUnprocessableEntity, "error.sponsor.gift", ""},
	{sponsor.ErrNotNeeded, http.StatusUnprocessableEntity, "error.sponsor.not-needed", ""},
	// Signed beforehand is the reason, the cost only what came of it.
	{sponsor.ErrSigned, http.StatusUnprocessableEntity, "error.sponsor.signed", ""},
	{sponsor.ErrCost, http.StatusUnprocessableEntity, "error.sponsor.cost", ""},
	{sponsor.ErrTerms, http.StatusUnprocessableEntity, "error.sponsor.terms", ""},
	{sponsor.ErrInputs, http.StatusUnprocessableEntity, "error.sponsor.inputs", "error.sponsor.sign-only"},
	{sponsor.ErrSequence, http.StatusUnprocessableEntity, "error.sponsor.sequence", "error.sponsor.sign-only"},
	{sponsor.ErrOutputs, http.StatusUnprocessableEntity, "error.sponsor.outputs", "error.sponsor.sign-only"},
	{sponsor.ErrHeader, http.StatusUnprocessableEntity, "error.sponsor.header", "error.sponsor.sign-only"},
	{sponsor.ErrSignature, http.StatusUnprocessableEntity, "error.sponsor.signature", "error.sponsor.sign-only"},
	{sponsor.ErrCoins, http.StatusServiceUnavailable, "error.no-funds", ""},
}
