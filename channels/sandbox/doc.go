// Package sandbox is the devnet's customer: a second node of its own, with
// channels both ways to the site's node, which pays with play money what a
// newcomer wants to try. It gets its coins from the devnet's faucet, opens the
// channels, opens new ones when they are gone or used up, and finds the site
// again after either node was restarted.
//
// It pays nobody but the site: only invoices of the site's node, and on chain
// what its caller names, which are addresses of the site's quotes.
package sandbox

// ErrorKind names why the sandbox cannot pay; match it with errors.Is. Beside
// these, the kinds of package ln for paying: ErrInvoice,
// ErrWrongNetwork, ErrExpired, ErrAmount, ErrNoRoute, ErrRefused, ErrTimedOut,
// ErrUnknownOutcome.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNotReady: a node or the channels are still coming up.
	ErrNotReady = ErrorKind("the sandbox payer is not ready")
	// ErrStranger: the invoice is not the site's.
	ErrStranger = ErrorKind("the sandbox pays nobody but this site")
	// ErrTooMuch: more than its channels or its wallet hold.
	ErrTooMuch = ErrorKind("the sandbox payer does not have so much")
)
