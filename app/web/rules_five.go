package web

import (
	"net/http"

	"cairn/channels/lab/line"
)

var fiveRules = []rule{
	{line.ErrNotNow, http.StatusConflict, "error.five.not-now", "error.five.not-now.advice"},
	{line.ErrNoAct, http.StatusNotFound, "error.five.input", ""},
	{line.ErrWho, http.StatusBadRequest, "error.five.input", ""},
	{line.ErrAmount, http.StatusBadRequest, "error.five.input", ""},
}
