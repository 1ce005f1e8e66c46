package web

import (
	"net/http"

	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
)

// voucherRules are what can be wrong with a shop, a voucher, or what somebody wants to
// do with it. What has changed since it was read is a conflict, and what passes by
// itself is too early: the counter's script tries those again.
var voucherRules = []rule{
	{voucher.ErrShop, http.StatusNotFound, "error.voucher.shop", ""},
	{voucher.ErrSeries, http.StatusNotFound, "error.voucher.series", ""},
	{voucher.ErrUnknown, http.StatusNotFound, "error.voucher.unknown", "error.voucher.unknown.advice"},
	{voucher.ErrNotYours, http.StatusNotFound, "error.voucher.not-yours", "error.voucher.not-yours.advice"},
	{voucher.ErrRevoked, http.StatusForbidden, "error.voucher.revoked", "error.voucher.revoked.advice"},
	{voucher.ErrRole, http.StatusForbidden, "error.voucher.role", "error.voucher.revoked.advice"},
	{voucher.ErrLastOwner, http.StatusConflict, "error.voucher.last-owner", "error.voucher.last-owner.advice"},
	{voucher.ErrWords, http.StatusUnprocessableEntity, "error.voucher.words", ""},
	{voucher.ErrTaken, http.StatusConflict, "error.voucher.taken", ""},
	{voucher.ErrTooMany, http.StatusUnprocessableEntity, "error.voucher.too-many", ""},
	{voucher.ErrTerms, http.StatusUnprocessableEntity, "error.voucher.terms", ""},
	{voucher.ErrProtocol, http.StatusUnprocessableEntity, "error.voucher.protocol", ""},
	{voucher.ErrFixed, http.StatusConflict, "error.voucher.fixed", ""},
	{voucher.ErrSameAsset, http.StatusConflict, "error.voucher.same-asset", ""},
	{voucher.ErrGivenUp, http.StatusGone, "error.voucher.given-up", "error.voucher.given-up.advice"},
	{voucher.ErrKnown, http.StatusConflict, "error.voucher.known", ""},
	{voucher.ErrPlanned, http.StatusUnprocessableEntity, "error.voucher.planned", "error.voucher.planned.advice"},
	{voucher.ErrOtherShop, http.StatusUnprocessableEntity, "error.voucher.other-shop", ""},
	{voucher.ErrExpired, http.StatusUnprocessableEntity, "error.voucher.expired", ""},
	{voucher.ErrNotExpired, http.StatusConflict, "error.voucher.not-expired", ""},
	{voucher.ErrRedeemed, http.StatusConflict, "error.voucher.redeemed", ""},
	{voucher.ErrInsufficient, http.StatusConflict, "error.voucher.insufficient", ""},
	{voucher.ErrGone, http.StatusGone, "error.voucher.gone", ""},
	{voucher.ErrMoving, http.StatusTooEarly, "error.voucher.moving", "problem.try-again"},
	{voucher.ErrChanged, http.StatusConflict, "error.voucher.changed", ""},
	{voucher.ErrClaims, http.StatusUnprocessableEntity, "error.voucher.claims", ""},
	{voucher.ErrBooking, http.StatusNotFound, "error.voucher.booking", ""},
	{voucher.ErrTooLate, http.StatusGone, "error.voucher.too-late", ""},
	{voucher.ErrOrder, http.StatusUnprocessableEntity, "error.voucher.order", ""},
	{voucher.ErrReplay, http.StatusUnprocessableEntity, "error.voucher.replay", ""},
	{voucher.ErrUndone, http.StatusGone, "error.voucher.undone", ""},
	{voucher.ErrAllowance, http.StatusPaymentRequired, "error.voucher.allowance", ""},
	{voucher.ErrList, http.StatusUnprocessableEntity, "error.voucher.list", ""},
	{voucher.ErrStatement, http.StatusNotFound, "error.voucher.statement", ""},

	{bearer.ErrCode, http.StatusUnprocessableEntity, "error.voucher.code", ""},
	{bearer.ErrKey, http.StatusUnprocessableEntity, "error.voucher.code", ""},
	{bearer.ErrTerms, http.StatusUnprocessableEntity, "error.voucher.terms", ""},
	{bearer.ErrName, http.StatusUnprocessableEntity, "error.voucher.code", ""},
	{bearer.ErrTransaction, http.StatusUnprocessableEntity, "error.voucher.transaction", ""},
	{bearer.ErrSignature, http.StatusUnprocessableEntity, "error.voucher.transaction", ""},
}
