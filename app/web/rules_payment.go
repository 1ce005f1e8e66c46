package web

import (
	"net/http"

	"cairn/app/payment"
)

var paymentRules = []rule{
	{payment.ErrAddress, http.StatusUnprocessableEntity, "error.payment.address", ""},
	{payment.ErrForeign, http.StatusUnprocessableEntity, "error.payment.foreign", ""},
	{payment.ErrAmount, http.StatusUnprocessableEntity, "error.payment.amount", ""},
	{payment.ErrReserve, http.StatusConflict, "error.payment.reserve", ""},
	{payment.ErrMoved, http.StatusConflict, "error.payment.moved", "error.payment.again"},
	{payment.ErrUnknown, http.StatusNotFound, "error.payment.unknown", ""},
	{payment.ErrChosen, http.StatusConflict, "error.payment.chosen", "error.payment.chosen.advice"},
	{payment.ErrNotWaiting, http.StatusConflict, "error.payment.not-waiting", ""},
	{payment.ErrRate, http.StatusUnprocessableEntity, "error.payment.rate", ""},
}
