package web

import (
	"net/http"

	"cairn/app/account"
	"cairn/app/outbound"
	"cairn/app/webhook"
	"cairn/notary/vault"
)

var accountRules = []rule{
	{account.ErrSignedOut, http.StatusUnauthorized, "error.account.signed-out", "error.account.signed-out.advice"},
	{account.ErrCeremony, http.StatusConflict, "error.account.ceremony", ""},
	{account.ErrUnknownPasskey, http.StatusUnprocessableEntity, "error.account.unknown-passkey", ""},
	{account.ErrPasskey, http.StatusUnprocessableEntity, "error.account.passkey", ""},
	{account.ErrStale, http.StatusForbidden, "error.account.stale", "error.account.stale.advice"},
	{account.ErrLastPasskey, http.StatusConflict, "error.account.last-passkey", "error.account.last-passkey.advice"},
	{account.ErrTooManyPasskeys, http.StatusConflict, "error.account.too-many-passkeys", ""},
	{account.ErrRecovery, http.StatusUnprocessableEntity, "error.account.recovery", ""},
	{account.ErrName, http.StatusUnprocessableEntity, "error.account.name", ""},
	{account.ErrBusy, http.StatusServiceUnavailable, "error.busy", "problem.try-again"},
	{account.ErrUnusable, http.StatusConflict, "error.account.unusable", ""},
}

var vaultRules = []rule{
	{vault.ErrUnknownItem, http.StatusNotFound, "error.vault.unknown-item", ""},
	{vault.ErrUnknownGroup, http.StatusNotFound, "error.vault.unknown-group", ""},
	{vault.ErrName, http.StatusUnprocessableEntity, "error.vault.name", ""},
	{vault.ErrNote, http.StatusUnprocessableEntity, "error.vault.note", ""},
	{vault.ErrGroupTaken, http.StatusConflict, "error.vault.group-taken", ""},
	{vault.ErrFull, http.StatusConflict, "error.vault.full", ""},
	{vault.ErrTooManyGroups, http.StatusConflict, "error.vault.too-many-groups", ""},
	{vault.ErrTooManyShares, http.StatusConflict, "error.vault.too-many-shares", ""},
	{vault.ErrEntries, http.StatusUnprocessableEntity, "error.vault.entries", ""},
	{vault.ErrShare, http.StatusNotFound, "error.vault.share", "error.vault.share.advice"},
	{vault.ErrHash, http.StatusUnprocessableEntity, "error.vault.hash", ""},
	{vault.ErrEndsNowhere, http.StatusUnprocessableEntity, "error.vault.ends-nowhere", ""},
}

var webhookRules = []rule{
	{webhook.ErrUnknownEndpoint, http.StatusNotFound, "error.webhook.unknown", ""},
	{webhook.ErrUnknownDelivery, http.StatusNotFound, "error.webhook.unknown-delivery", ""},
	{webhook.ErrTooManyEndpoints, http.StatusConflict, "error.webhook.too-many", ""},
	{webhook.ErrTaken, http.StatusConflict, "error.webhook.taken", ""},
	{outbound.ErrURL, http.StatusUnprocessableEntity, "error.webhook.url", ""},
	{outbound.ErrPort, http.StatusUnprocessableEntity, "error.webhook.port", ""},
	{outbound.ErrPrivate, http.StatusUnprocessableEntity, "error.webhook.private", ""},
	{outbound.ErrNoHost, http.StatusUnprocessableEntity, "error.webhook.no-host", ""},
}
