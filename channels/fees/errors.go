package fees

import (
	"fmt"
)

// ErrorKind names what went wrong with a quote or a payment; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrRequest: what was asked for cannot be quoted.
	ErrRequest = ErrorKind("this cannot be quoted")
	// ErrUnknownQuote: there is no quote by that number.
	ErrUnknownQuote = ErrorKind("there is no such quote")
	// ErrUnpayable: the node can take this payment neither over Lightning nor
	// on chain now.
	ErrUnpayable = ErrorKind("no payment can be taken now")
	// ErrTooSmall: the price is too small, or not of whole satoshi, to be paid
	// on chain.
	ErrTooSmall = ErrorKind("the price is too small to be paid on chain")
	// ErrUnpaid: the quote is not paid, or not in full.
	ErrUnpaid = ErrorKind("the quote is not paid")
	// ErrExpired: the quote's time is over and nothing was paid.
	ErrExpired = ErrorKind("the quote has expired")
	// ErrLate: it was paid after its time, and nobody has agreed to that price
	// again.
	ErrLate = ErrorKind("the quote was paid too late")
	// ErrUsed: what was paid for was had already.
	ErrUsed = ErrorKind("the quote was used already")
	// ErrReturned: the money was given back as credit.
	ErrReturned = ErrorKind("the payment was given back")
	// ErrArriving: a payment on chain is on its way, and has to be waited for.
	ErrArriving = ErrorKind("a payment is still on its way")
	// ErrCredit: the credit is less than what is to be paid.
	ErrCredit = ErrorKind("the credit is too small")
	// ErrAllowance: the free allowance is used up; a *Wait says until when.
	ErrAllowance = ErrorKind("the free allowance is used up")
	// ErrNoPurse: nothing is had in pieces for this quote, or not yet.
	ErrNoPurse = ErrorKind("nothing was paid for that could be used in pieces")
	// ErrSpent: what was paid for is used up, or not enough of it is left.
	ErrSpent = ErrorKind("too little is left of what was paid for")
	// ErrPurseOver: the time to use what was paid for is over.
	ErrPurseOver = ErrorKind("the time to use what was paid for is over")
	// ErrTransition: a quote would have changed in a way that must not be. It
	// means a mistake in this package or in the database.
	ErrTransition = ErrorKind("a quote cannot change like this")
	// ErrBooks: the ledger refuses a transfer, or does not balance.
	ErrBooks = ErrorKind("the books do not allow this")
)

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRequest, fmt.Sprintf(format, args...))
}
