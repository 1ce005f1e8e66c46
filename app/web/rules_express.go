package web

import (
	"net/http"

	"cairn/notary"
	"cairn/notary/express"
)

var expressRules = []rule{
	{express.ErrOrdered, http.StatusConflict, "error.express.ordered", "error.express.ordered.advice"},
	{express.ErrComplete, http.StatusConflict, "error.express.complete", "error.express.complete.advice"},
	{express.ErrDear, http.StatusServiceUnavailable, "error.express.dear", "error.express.dear.advice"},
	{express.ErrNoRate, http.StatusServiceUnavailable, "error.express.no-rate", "problem.try-again"},
	{express.ErrTakenBack, http.StatusConflict, "error.express.taken-back", "error.express.taken-back.advice"},
	{express.ErrUnknownOrder, http.StatusNotFound, "error.express.order", ""},
	{notary.ErrForm, http.StatusUnprocessableEntity, "error.express.form", ""},
}
