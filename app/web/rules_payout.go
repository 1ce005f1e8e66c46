package web

import (
	"net/http"

	"cairn/channels/payout"
)

var payoutRules = []rule{
	{payout.ErrUnknown, http.StatusNotFound, "error.payout.unknown", ""},
	{payout.ErrLink, http.StatusGone, "error.payout.link", "error.payout.link.advice"},
	{payout.ErrNothing, http.StatusConflict, "error.payout.nothing", ""},
	{payout.ErrTried, http.StatusConflict, "error.payout.tried", "error.payout.new-invoice"},
	{payout.ErrTooMany, http.StatusConflict, "error.payout.too-many", "problem.try-again"},
}
