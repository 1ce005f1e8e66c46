package web

import (
	"net/http"

	"cairn/app/audit"
	"cairn/app/operator"
)

var operatorRules = []rule{
	{operator.ErrLink, http.StatusForbidden, "error.link", "error.link.advice"},
	{operator.ErrLastOperator, http.StatusConflict, "error.last-operator", "error.last-operator.advice"},
	{operator.ErrNobody, http.StatusNotFound, "error.no-such-operator", ""},
	{audit.ErrEvent, http.StatusUnprocessableEntity, "error.form", ""},
	{audit.ErrBroken, http.StatusInternalServerError, "error.audit-broken", "error.audit-broken.advice"},
	{ErrSeedWords, http.StatusUnprocessableEntity, "error.seed.words", ""},
	{ErrSeedShown, http.StatusConflict, "error.seed.shown", "error.seed.shown.advice"},
	{ErrSeedElsewhere, http.StatusNotFound, "error.seed.elsewhere", ""},
	{ErrWalletMade, http.StatusConflict, "error.seed.made", ""},
	{ErrOnlooker, http.StatusForbidden, "error.onlooker", "error.onlooker.advice"},
	{ErrPasskeyStale, http.StatusForbidden, "error.passkey-stale", "error.passkey-stale.advice"},
}
