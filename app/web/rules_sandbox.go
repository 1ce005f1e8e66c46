package web

import "net/http"

var sandboxRules = []rule{
	{ErrPayerNotReady, http.StatusServiceUnavailable, "error.payer-not-ready", "error.payer-not-ready.advice"},
	{ErrPayerTooSmall, http.StatusConflict, "error.payer-too-small", "error.payer-too-small.advice"},
	{ErrPayerNoRoute, http.StatusServiceUnavailable, "error.payer-no-route", "error.payer-no-route.advice"},
	{ErrPayerRefused, http.StatusConflict, "error.payer-refused", "error.payer-refused.advice"},
	{ErrPayerUnknown, http.StatusGatewayTimeout, "error.payer-unknown", "error.payer-unknown.advice"},
}
