package web

import (
	"net/http"

	"cairn/notary/tsa"
)

var tsaRules = []rule{
	{tsa.ErrNoToken, http.StatusNotFound, "error.no-token", "error.no-token.advice"},
	// These are said to the operator at the start, never to a visitor.
	{tsa.ErrCredentials, http.StatusInternalServerError, "error.unknown", ""},
	{tsa.ErrPolicy, http.StatusInternalServerError, "error.unknown", ""},
}
