package web

import (
	"net/http"

	"cairn/assets/guard"
	"cairn/assets/ledger"
)

var guardRules = []rule{
	{guard.ErrForm, http.StatusUnprocessableEntity, "error.guard.form", ""},
	{guard.ErrTooLarge, http.StatusRequestEntityTooLarge, "error.guard.large", ""},
	{guard.ErrPrevious, http.StatusUnprocessableEntity, "error.guard.previous", ""},
	{guard.ErrNoAddress, http.StatusUnprocessableEntity, "error.guard.addresses", ""},
	{ledger.ErrSpent, http.StatusConflict, "error.guard.spent", ""},
	{guard.ErrTooMany, http.StatusUnprocessableEntity, "error.guard.many", ""},
}
