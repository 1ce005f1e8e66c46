package web

import "net/http"

const (
	// ErrNoReceipt: a receipt of what is not paid.
	ErrNoReceipt = ErrorKind("there is no receipt before it is paid")
	// ErrNotBuyer: something only the buyer may do.
	ErrNotBuyer = ErrorKind("this quote is somebody else's")
	// ErrNothingToPay: the quote takes no payment of this kind now.
	ErrNothingToPay = ErrorKind("there is nothing to pay")
)

var checkoutRules = []rule{
	{ErrNoReceipt, http.StatusConflict, "error.no-receipt", "error.no-receipt.advice"},
	{ErrNotBuyer, http.StatusForbidden, "error.not-buyer", "error.not-buyer.advice"},
	{ErrNothingToPay, http.StatusConflict, "error.nothing-to-pay", "error.nothing-to-pay.advice"},
}
