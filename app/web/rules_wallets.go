package web

import (
	"net/http"

	visitors "cairn/chain/visitor"
)

var walletsRules = []rule{
	{visitors.ErrID, http.StatusUnprocessableEntity, "error.wallets.id", ""},
	{visitors.ErrUnwatched, http.StatusNotFound, "error.wallets.unwatched", ""},
	{visitors.ErrScript, http.StatusUnprocessableEntity, "error.wallets.script", ""},
	{visitors.ErrTooMany, http.StatusUnprocessableEntity, "error.wallets.too-many", ""},
	{visitors.ErrFull, http.StatusServiceUnavailable, "error.wallets.full", "problem.try-again"},
	{visitors.ErrTransaction, http.StatusUnprocessableEntity, "error.wallets.transaction", ""},
	{visitors.ErrSpent, http.StatusConflict, "error.wallets.spent", ""},
	{visitors.ErrSignature, http.StatusUnprocessableEntity, "error.wallets.signature", ""},
	{visitors.ErrFee, http.StatusUnprocessableEntity, "error.wallets.fee", ""},
	{ErrAddress, http.StatusUnprocessableEntity, "error.wallets.address", ""},
}
