package web

import (
	"net/http"

	"cairn/app/outbound"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/assets/openassets"
)

var assetRules = []rule{
	{ledger.ErrNoTx, http.StatusNotFound, "error.asset.tx", ""},
	{ledger.ErrFuture, http.StatusNotFound, "error.asset.future", ""},
	{ledger.ErrPage, http.StatusUnprocessableEntity, "error.asset.page", ""},
	{ledger.ErrFull, http.StatusServiceUnavailable, "error.asset.full", ""},
	{ledger.ErrOrder, http.StatusInternalServerError, "error.asset.order", ""},
	{openassets.ErrAddress, http.StatusUnprocessableEntity, "error.asset.address", ""},
	{definition.ErrNoFile, http.StatusNotFound, "error.asset.file", ""},
	{definition.ErrName, http.StatusUnprocessableEntity, "error.asset.name", ""},
	{definition.ErrShortName, http.StatusUnprocessableEntity, "error.asset.name-short", ""},
	{definition.ErrText, http.StatusUnprocessableEntity, "error.asset.text", ""},
	{definition.ErrDivisibility, http.StatusUnprocessableEntity, "error.asset.divisibility", ""},
	{definition.ErrAsset, http.StatusUnprocessableEntity, "error.asset.none", ""},
	{definition.ErrPicture, http.StatusUnprocessableEntity, "error.asset.picture", ""},
	{outbound.ErrStatus, http.StatusBadGateway, "error.asset.remote", ""},
	{outbound.ErrRedirect, http.StatusBadGateway, "error.asset.remote", ""},
	{outbound.ErrLarge, http.StatusBadGateway, "error.asset.remote", ""},
	{definition.ErrPrivate, http.StatusBadGateway, "error.asset.remote", ""},
	{definition.ErrAddress, http.StatusBadGateway, "error.asset.remote", ""},
	{definition.ErrRedirect, http.StatusBadGateway, "error.asset.remote", ""},
	{definition.ErrLarge, http.StatusBadGateway, "error.asset.remote", ""},
	{definition.ErrSilent, http.StatusBadGateway, "error.asset.remote", ""},
}
