package web

import (
	"net/http"

	"cairn/notary/sums"
)

// sumsRules are about lists of digests that somebody pastes.
var sumsRules = []rule{
	{sums.ErrLine, http.StatusUnprocessableEntity, "error.sums.line", ""},
	{sums.ErrAlgorithm, http.StatusUnprocessableEntity, "error.sums.algorithm", ""},
	{sums.ErrConflict, http.StatusUnprocessableEntity, "error.sums.conflict", ""},
	{sums.ErrTooLong, http.StatusUnprocessableEntity, "error.sums.too-long", ""},
	{sums.ErrTooMany, http.StatusUnprocessableEntity, "error.sums.too-many", ""},
	{sums.ErrEmpty, http.StatusUnprocessableEntity, "error.digest-count", ""},
}
