package web

import (
	"net/http"

	"cairn/notary"
)

var findRules = []rule{
	{notary.ErrUnknownTransaction, http.StatusNotFound, "error.unknown-transaction", "error.unknown-transaction.advice"},
	{notary.ErrNothingFound, http.StatusNotFound, "error.nothing-found", "error.nothing-found.advice"},
	{notary.ErrQuery, http.StatusUnprocessableEntity, "error.query", ""},
	{ErrTxid, http.StatusBadRequest, "error.txid", ""},
}
