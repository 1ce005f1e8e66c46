package web

import (
	"net/http"

	"cairn/notary/tlog"
)

var logRules = []rule{
	{tlog.ErrNoTile, http.StatusNotFound, "error.log.tile", ""},
	{tlog.ErrNoEntry, http.StatusNotFound, "error.log.tile", ""},
	{tlog.ErrNoCheckpoint, http.StatusServiceUnavailable, "error.log.unsigned", "problem.try-again"},
	{tlog.ErrCorrupt, http.StatusInternalServerError, "error.unknown", ""},
}
