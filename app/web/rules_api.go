package web

import (
	"net/http"

	"cairn/app/idempotency"
	"cairn/app/paywall"
	"cairn/app/web/api"
	"cairn/notary"
)

var apiRules = []rule{
	{notary.ErrBatchSize, http.StatusUnprocessableEntity, "error.api.too-many-lines", ""},
	{notary.ErrUnknownBatch, http.StatusNotFound, "error.api.unknown-batch", ""},
	{notary.ErrBatchID, http.StatusUnprocessableEntity, "error.api.batch-id", ""},
	{idempotency.ErrKey, http.StatusUnprocessableEntity, "error.api.key", ""},
	{idempotency.ErrReused, http.StatusConflict, "error.api.key-reused", ""},
	{idempotency.ErrRunning, http.StatusConflict, "error.api.key-in-use", ""},
	{api.ErrLine, http.StatusUnprocessableEntity, "error.api.line", ""},
	{api.ErrLineLength, http.StatusUnprocessableEntity, "error.api.line-length", ""},
	{api.ErrAlgorithm, http.StatusUnprocessableEntity, "error.api.algorithm", ""},
	{api.ErrConflict, http.StatusUnprocessableEntity, "error.api.conflict", ""},
	{api.ErrTooManyLines, http.StatusUnprocessableEntity, "error.api.too-many-lines", ""},
	{api.ErrNoLines, http.StatusUnprocessableEntity, "error.api.no-lines", ""},
	{api.ErrJSON, http.StatusBadRequest, "error.api.json", ""},
	{api.ErrMediaType, http.StatusUnsupportedMediaType, "error.api.media-type", ""},
	{api.ErrBodySize, http.StatusRequestEntityTooLarge, "error.too-large", ""},
	{api.ErrDigestList, http.StatusUnprocessableEntity, "error.api.digest-list", ""},
	{api.ErrPage, http.StatusUnprocessableEntity, "error.api.page", ""},
	{api.ErrRate, http.StatusTooManyRequests, "error.too-many", "problem.try-again"},
	{api.ErrStreams, http.StatusTooManyRequests, "error.too-many", "problem.try-again"},
	{api.ErrNotFound, http.StatusNotFound, "error.api.not-found", ""},
	{api.ErrPaymentRequired, http.StatusPaymentRequired, "error.api.payment-required", ""},
	{paywall.ErrScheme, http.StatusUnauthorized, "error.authorization", ""},
	{paywall.ErrUnknown, http.StatusUnauthorized, "error.api.unknown-payment", ""},
	{paywall.ErrOther, http.StatusUnauthorized, "error.api.other-purchase", ""},
	{api.ErrMethod, http.StatusMethodNotAllowed, "error.method", ""},
}
