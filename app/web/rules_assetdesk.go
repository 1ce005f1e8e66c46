package web

import "net/http"

var assetDeskRules = []rule{
	{ErrCoinsTyped, http.StatusUnprocessableEntity, "error.assetdesk.coins", ""},
	{ErrReceiver, http.StatusUnprocessableEntity, "error.assetdesk.receiver", ""},
	{ErrOtherAsset, http.StatusUnprocessableEntity, "error.assetdesk.other", ""},
	{ErrAmountTyped, http.StatusUnprocessableEntity, "error.assetdesk.amount", ""},
	{ErrUnsure, http.StatusUnprocessableEntity, "error.assetdesk.unsure", ""},
}

const (
	// ErrCoinsTyped: what was typed names no coins.
	ErrCoinsTyped = ErrorKind("coins are named one a line, by txid:number")
	// ErrReceiver: what was typed is neither an address nor a receiving link.
	ErrReceiver = ErrorKind("this is neither an address nor a receiving link")
	// ErrOtherAsset: what was pasted asks for units of something else.
	ErrOtherAsset = ErrorKind("this asks for another asset")
	// ErrAmountTyped: not a whole number of satoshi.
	ErrAmountTyped = ErrorKind("this is not an amount in satoshi")
	// ErrUnsure: a box that has to be ticked was not.
	ErrUnsure = ErrorKind("this has to be confirmed")
)
