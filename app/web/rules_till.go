package web

import (
	"net/http"

	"cairn/channels/fees"
	"cairn/channels/httpauth"
	"cairn/channels/invoice"
	"cairn/channels/l402"
	"cairn/channels/mpp"
)

var tillRules = []rule{
	// Why nothing can be paid comes before that it cannot.
	{invoice.ErrUnpayable, http.StatusServiceUnavailable, "error.till.no-inbound", "error.till.no-inbound.advice"},
	{invoice.ErrUnknown, http.StatusNotFound, "error.till.unknown-quote", "error.till.unknown-quote.advice"},
	{invoice.ErrRequest, http.StatusUnprocessableEntity, "error.till.request", ""},
	{invoice.ErrHash, http.StatusUnprocessableEntity, "error.till.hash", ""},

	{fees.ErrUnknownQuote, http.StatusNotFound, "error.till.unknown-quote", "error.till.unknown-quote.advice"},
	{fees.ErrRequest, http.StatusUnprocessableEntity, "error.till.request", ""},
	{fees.ErrUnpayable, http.StatusServiceUnavailable, "error.till.unpayable", "error.till.unpayable.advice"},
	{fees.ErrTooSmall, http.StatusUnprocessableEntity, "error.till.too-small", "error.till.too-small.advice"},
	{fees.ErrUnpaid, http.StatusPaymentRequired, "error.till.unpaid", "error.till.unpaid.advice"},
	{fees.ErrExpired, http.StatusGone, "error.till.expired", "error.till.expired.advice"},
	{fees.ErrLate, http.StatusConflict, "error.till.late", "error.till.late.advice"},
	{fees.ErrUsed, http.StatusConflict, "error.till.used", "error.till.used.advice"},
	{fees.ErrReturned, http.StatusConflict, "error.till.returned", "error.till.returned.advice"},
	{fees.ErrArriving, http.StatusConflict, "error.till.arriving", "error.till.arriving.advice"},
	{fees.ErrCredit, http.StatusConflict, "error.till.credit", "error.till.credit.advice"},
	{fees.ErrAllowance, http.StatusTooManyRequests, "error.till.allowance", "error.till.allowance.advice"},
	{fees.ErrNoPurse, http.StatusNotFound, "error.till.no-purse", "error.till.no-purse.advice"},
	{fees.ErrSpent, http.StatusPaymentRequired, "error.till.spent", "error.till.spent.advice"},
	{fees.ErrPurseOver, http.StatusUnauthorized, "error.till.over", "error.till.over.advice"},
	// Mistakes of ours.
	{fees.ErrTransition, http.StatusInternalServerError, "error.unknown", ""},
	{fees.ErrBooks, http.StatusInternalServerError, "error.unknown", ""},

	{l402.ErrSyntax, http.StatusUnauthorized, "error.token.syntax", ""},
	{l402.ErrPreimage, http.StatusUnauthorized, "error.token.preimage", ""},
	{l402.ErrSignature, http.StatusUnauthorized, "error.token.stranger", ""},
	{l402.ErrService, http.StatusUnauthorized, "error.token.service", ""},
	{l402.ErrExpired, http.StatusUnauthorized, "error.token.expired", ""},
	{l402.ErrUnknownCaveat, http.StatusUnauthorized, "error.token.caveat", ""},
	{l402.ErrTerms, http.StatusInternalServerError, "error.unknown", ""},

	// The statuses are those of draft-httpauth-payment-01, "Error Codes".
	{mpp.ErrJSON, http.StatusPaymentRequired, "error.payment.syntax", ""},
	{mpp.ErrBase64, http.StatusPaymentRequired, "error.payment.syntax", ""},
	{mpp.ErrCredential, http.StatusPaymentRequired, "error.payment.syntax", ""},
	{mpp.ErrStranger, http.StatusPaymentRequired, "error.payment.stranger", ""},
	{mpp.ErrMethod, http.StatusBadRequest, "error.payment.method", ""},
	{mpp.ErrExpired, http.StatusPaymentRequired, "error.payment.expired", ""},
	{mpp.ErrPreimage, http.StatusPaymentRequired, "error.payment.preimage", ""},
	{mpp.ErrChallenge, http.StatusInternalServerError, "error.unknown", ""},

	{httpauth.ErrSyntax, http.StatusUnauthorized, "error.authorization", ""},
	{httpauth.ErrValue, http.StatusInternalServerError, "error.unknown", ""},
}
