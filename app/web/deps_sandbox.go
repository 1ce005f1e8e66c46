package web

import (
	"context"

	"github.com/btcsuite/btcd/btcutil"
)

// SandboxPayer pays for visitors with the play money of the devnet's second
// node. Pages pass it nothing but the invoice or the address of a quote of
// this site, so that it is no open faucet.
type SandboxPayer interface {
	// Ready reports whether it can pay over Lightning now. At the first start
	// it needs some seconds to open its channels.
	Ready(ctx context.Context) bool
	// Pay pays an invoice (BOLT 11) and returns once it is paid. The same one is
	// never paid twice: paying again tells how it ended. What was begun goes on
	// when ctx ends. Errors: ErrPayerNotReady, ErrPayerTooSmall, ErrPayerNoRoute,
	// ErrPayerRefused: nothing was paid; ErrPayerUnknown: it may still be.
	Pay(ctx context.Context, bolt11 string) error
	// PayOnChain pays an amount to an address; the payment then waits for its
	// block. Asking again before that pays nothing more. Errors: as Pay.
	PayOnChain(ctx context.Context, address string, amount btcutil.Amount) error
}

// What becomes of a payment from the sandbox.
const (
	// ErrPayerNotReady: its node or its channels are still coming up.
	ErrPayerNotReady = ErrorKind("the sandbox payer is not ready")
	// ErrPayerTooSmall: it has not so much in its channels or its wallet.
	ErrPayerTooSmall = ErrorKind("the sandbox payer does not have so much")
	// ErrPayerNoRoute: its channels to the site carry no payment now.
	ErrPayerNoRoute = ErrorKind("the sandbox payer finds no way to the site")
	// ErrPayerRefused: the invoice is over, paid or none of this site.
	ErrPayerRefused = ErrorKind("the site does not take this payment")
	// ErrPayerUnknown: it is not known yet how the payment ended.
	ErrPayerUnknown = ErrorKind("the outcome of the payment is not known yet")
)
