package web

import (
	"net/http"

	"cairn/channels/desk"
	"cairn/channels/ln"
)

var lightningRules = []rule{
	{desk.ErrID, http.StatusBadRequest, "error.form", ""},
	{desk.ErrOther, http.StatusConflict, "error.ln.other-order", "error.ln.other-order.advice"},
	{desk.ErrUnderWay, http.StatusConflict, "error.ln.under-way", "error.ln.under-way.advice"},

	{ln.ErrInvoice, http.StatusUnprocessableEntity, "error.ln.invoice", "error.ln.invoice.advice"},
	{ln.ErrWrongNetwork, http.StatusUnprocessableEntity, "error.ln.network", "error.ln.network.advice"},
	{ln.ErrExpired, http.StatusUnprocessableEntity, "error.ln.expired", "error.ln.expired.advice"},
	{ln.ErrAmount, http.StatusUnprocessableEntity, "error.ln.amount", ""},
	{ln.ErrNoRoute, http.StatusConflict, "error.ln.no-route", "error.ln.no-route.advice"},
	{ln.ErrNoBalance, http.StatusConflict, "error.ln.no-balance", "error.ln.no-balance.advice"},
	{ln.ErrRefused, http.StatusConflict, "error.ln.refused", "error.ln.refused.advice"},
	{ln.ErrTimedOut, http.StatusConflict, "error.ln.timed-out", "error.ln.timed-out.advice"},
	{ln.ErrUnknownOutcome, http.StatusConflict, "error.ln.unknown-outcome", "error.ln.unknown-outcome.advice"},
	{ln.ErrUnknownPayment, http.StatusNotFound, "error.ln.unknown-payment", ""},

	{ln.ErrPeerAddress, http.StatusUnprocessableEntity, "error.ln.peer-address", "error.ln.peer-address.advice"},
	{ln.ErrUnreachable, http.StatusConflict, "error.ln.unreachable", "error.ln.unreachable.advice"},
	{ln.ErrPeerAway, http.StatusConflict, "error.ln.peer-away", "error.ln.peer-away.advice"},
	{ln.ErrHasChannels, http.StatusConflict, "error.ln.has-channels", ""},
	{ln.ErrPeerRefused, http.StatusConflict, "error.ln.peer-refused", "error.ln.peer-refused.advice"},
	{ln.ErrTooSmall, http.StatusUnprocessableEntity, "error.ln.too-small", "error.ln.too-small.advice"},
	{ln.ErrTooLarge, http.StatusUnprocessableEntity, "error.ln.too-large", "error.ln.too-large.advice"},
	{ln.ErrNoCoins, http.StatusConflict, "error.ln.no-coins", "error.ln.no-coins.advice"},
	{ln.ErrOpening, http.StatusConflict, "error.ln.opening", "error.ln.opening.advice"},
	{ln.ErrFeeRate, http.StatusUnprocessableEntity, "error.ln.fee-rate", ""},
	{ln.ErrSyncing, http.StatusConflict, "error.ln.syncing", "problem.try-again"},
	{ln.ErrFunding, http.StatusConflict, "error.ln.funding", "error.ln.funding.advice"},
	{ln.ErrUnknownChannel, http.StatusNotFound, "error.ln.unknown-channel", ""},
	{ln.ErrBusyChannel, http.StatusConflict, "error.ln.busy-channel", "problem.try-again"},
	{ln.ErrCloseFee, http.StatusConflict, "error.ln.close-fee", "error.ln.close-fee.advice"},
	{ln.ErrNothingToBump, http.StatusConflict, "error.ln.nothing-to-bump", ""},
	{ln.ErrBackup, http.StatusUnprocessableEntity, "error.ln.backup", "error.ln.backup.advice"},
	{ln.ErrTowerAddress, http.StatusUnprocessableEntity, "error.ln.tower-address", "error.ln.tower-address.advice"},
	{ln.ErrTowerOff, http.StatusConflict, "error.ln.tower-off", "error.ln.tower-off.advice"},
	{ln.ErrTowerBusy, http.StatusConflict, "error.ln.tower-busy", "error.ln.tower-busy.advice"},
	{ln.ErrUnknownTower, http.StatusNotFound, "error.ln.unknown-tower", ""},
	{ln.ErrNode, http.StatusConflict, "error.ln.node", "error.ln.node.advice"},
}
