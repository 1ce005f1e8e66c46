package web

import (
	"net/http"

	"cairn/chain/coins"
	"cairn/lighthouse/pledges"
)

// pledgeRules are what can be wrong with a pledge that is handed in, and with
// looking for its coin. They come before campaignRules, which say less.
var pledgeRules = []rule{
	{pledges.ErrLevels, http.StatusUnprocessableEntity, "error.pledge.levels", "error.pledge.levels.advice"},
	{pledges.ErrWords, http.StatusUnprocessableEntity, "error.pledge.words", ""},
	{pledges.ErrPending, http.StatusTooManyRequests, "error.pledge.pending", "error.pledge.pending.advice"},
	{pledges.ErrTooLarge, http.StatusRequestEntityTooLarge, "error.pledge.large", ""},

	{coins.ErrNoHint, http.StatusUnprocessableEntity, "error.coin.no-hint", "error.coin.no-hint.advice"},
	{coins.ErrTooDeep, http.StatusUnprocessableEntity, "error.coin.deep", "error.coin.deep.advice"},
	{coins.ErrNone, http.StatusUnprocessableEntity, "error.coin.none", "error.coin.none.advice"},
	{coins.ErrBusy, http.StatusServiceUnavailable, "error.coin.busy", "problem.try-again"},
	{coins.ErrSlow, http.StatusServiceUnavailable, "error.coin.slow", "error.coin.slow.advice"},
}
