package web

import (
	"net/http"

	"cairn/notary/certificate"
)

var evidenceRules = []rule{
	{certificate.ErrIncomplete, http.StatusConflict, "error.proof-incomplete", "error.proof-incomplete.advice"},
	{certificate.ErrOtherBlock, http.StatusConflict, "error.proof-moving", "problem.try-again"},
	{certificate.ErrName, http.StatusUnprocessableEntity, "error.name", ""},
}
