package web

import (
	"net/http"

	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/covers"
	"cairn/lighthouse/story"
)

// ErrNotSure: something that cannot be undone, asked for without the tick that
// says so.
const ErrNotSure = ErrorKind("this needs a tick that it is really wanted")

var creatorRules = []rule{
	{campaigns.ErrMissing, http.StatusUnprocessableEntity, "error.creator.missing", ""},
	{campaigns.ErrLong, http.StatusUnprocessableEntity, "error.creator.long", ""},
	{campaigns.ErrTooMany, http.StatusUnprocessableEntity, "error.creator.too-many", ""},
	{campaigns.ErrAddress, http.StatusUnprocessableEntity, "error.creator.address", ""},
	{campaigns.ErrAmount, http.StatusUnprocessableEntity, "error.creator.amount", ""},
	{campaigns.ErrSmall, http.StatusUnprocessableEntity, "error.creator.small", ""},
	{campaigns.ErrReserve, http.StatusUnprocessableEntity, "error.creator.reserve", ""},
	{campaigns.ErrLevels, http.StatusUnprocessableEntity, "error.creator.levels", ""},
	{campaigns.ErrLeast, http.StatusUnprocessableEntity, "error.creator.least", ""},
	{campaigns.ErrShare, http.StatusUnprocessableEntity, "error.creator.share", ""},
	{campaigns.ErrBudget, http.StatusUnprocessableEntity, "error.creator.budget", ""},
	{campaigns.ErrDeadline, http.StatusUnprocessableEntity, "error.creator.deadline", ""},
	{campaigns.ErrChoice, http.StatusUnprocessableEntity, "error.creator.choice", ""},
	{campaigns.ErrPublicKey, http.StatusUnprocessableEntity, "error.creator.public-key", ""},
	{campaigns.ErrFirm, http.StatusUnprocessableEntity, "error.creator.firm", ""},
	{campaigns.ErrCover, http.StatusUnprocessableEntity, "error.creator.cover", ""},
	{campaigns.ErrOutputs, http.StatusUnprocessableEntity, "error.creator.outputs", ""},
	{campaigns.ErrOutputsBefore, http.StatusUnprocessableEntity, "error.creator.outputs-before", ""},
	{campaigns.ErrStage, http.StatusConflict, "error.creator.stage", ""},
	{campaigns.ErrOver, http.StatusConflict, "error.creator.over", "error.creator.over.advice"},
	{campaigns.ErrSignature, http.StatusForbidden, "error.creator.signature", ""},
	{campaigns.ErrChallenge, http.StatusConflict, "error.creator.challenge", ""},
	{campaigns.ErrNotBacker, http.StatusUnprocessableEntity, "error.creator.not-backer", ""},
	{campaigns.ErrTooFast, http.StatusTooManyRequests, "error.too-many", "problem.try-again"},
	{campaigns.ErrFull, http.StatusConflict, "error.creator.full", ""},
	{campaigns.ErrUnknownComment, http.StatusNotFound, "error.creator.comment", ""},
	{campaigns.ErrSort, http.StatusBadRequest, "error.creator.sort", ""},
	{covers.ErrNotPicture, http.StatusUnprocessableEntity, "error.covers.not-picture", ""},
	{covers.ErrTooManyPixels, http.StatusUnprocessableEntity, "error.covers.too-many-pixels", ""},
	{covers.ErrTooLarge, http.StatusRequestEntityTooLarge, "error.covers.too-large", ""},
	{covers.ErrBusy, http.StatusServiceUnavailable, "error.busy", "problem.try-again"},
	{covers.ErrUnknown, http.StatusNotFound, "error.covers.unknown", ""},
	{story.ErrTooLong, http.StatusUnprocessableEntity, "error.creator.long", ""},
	{ErrNotSure, http.StatusUnprocessableEntity, "error.creator.not-sure", ""},
}
