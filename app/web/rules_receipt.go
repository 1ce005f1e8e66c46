package web

import (
	"net/http"

	"cairn/assets/receipt"
	"cairn/assets/receipt/maker"
)

var receiptRules = []rule{
	{maker.ErrUncolored, http.StatusNotFound, "error.receipt.uncoloured", "error.receipt.uncoloured.advice"},
	{maker.ErrWaiting, http.StatusConflict, "error.receipt.waiting", "error.receipt.waiting.advice"},
	{maker.ErrChanged, http.StatusConflict, "error.receipt.changed", ""},
	{receipt.ErrSize, http.StatusUnprocessableEntity, "error.receipt.size", ""},
	{receipt.ErrFormat, http.StatusUnprocessableEntity, "error.receipt.format", ""},
	{receipt.ErrTruncated, http.StatusUnprocessableEntity, "error.receipt.truncated", ""},
	{receipt.ErrAncestor, http.StatusUnprocessableEntity, "error.receipt.ancestor", ""},
	{receipt.ErrUnconfirmed, http.StatusUnprocessableEntity, "error.receipt.unconfirmed", ""},
	{receipt.ErrBranch, http.StatusUnprocessableEntity, "error.receipt.branch", ""},
	{receipt.ErrWork, http.StatusUnprocessableEntity, "error.receipt.work", ""},
	{receipt.ErrOrder, http.StatusUnprocessableEntity, "error.receipt.order", ""},
	{receipt.ErrHoldings, http.StatusUnprocessableEntity, "error.receipt.holdings", ""},
	{receipt.ErrDefinition, http.StatusUnprocessableEntity, "error.receipt.definition", ""},
	{receipt.ErrOtherChain, http.StatusUnprocessableEntity, "error.receipt.other-chain", ""},
}
