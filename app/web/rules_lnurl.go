package web

import (
	"net/http"

	"cairn/app/account"
	"cairn/channels/lnurl"
)

var walletLoginRules = []rule{
	{account.ErrWalletLogin, http.StatusConflict, "error.wallet-login.used", "error.wallet-login.again"},
	{account.ErrWalletWaits, http.StatusConflict, "error.wallet-login.waits", ""},
	{account.ErrOtherBrowser, http.StatusForbidden, "error.wallet-login.other-browser", "error.wallet-login.again"},
	{account.ErrWalletAction, http.StatusConflict, "error.wallet-login.action", "error.wallet-login.again"},
	{account.ErrWalletTaken, http.StatusConflict, "error.wallet-login.taken", "error.wallet-login.taken.advice"},
	{account.ErrTooManyWallets, http.StatusConflict, "error.wallet-login.too-many", ""},
	{account.ErrLastWallet, http.StatusConflict, "error.wallet-login.last", "error.wallet-login.last.advice"},

	{lnurl.ErrSignature, http.StatusForbidden, "error.wallet-login.signature", ""},
	{lnurl.ErrAmount, http.StatusUnprocessableEntity, "donate.bounds", ""},
	{lnurl.ErrRequest, http.StatusBadRequest, "error.wallet-login.request", ""},
	{lnurl.ErrText, http.StatusUnprocessableEntity, "error.wallet-login.request", ""},
	{lnurl.ErrLink, http.StatusUnprocessableEntity, "error.wallet-login.request", ""},
	{lnurl.ErrAddress, http.StatusUnprocessableEntity, "error.wallet-login.request", ""},
	{lnurl.ErrReply, http.StatusBadGateway, "error.wallet-login.request", ""},
	{lnurl.ErrRefused, http.StatusBadGateway, "error.wallet-login.request", ""},
}
