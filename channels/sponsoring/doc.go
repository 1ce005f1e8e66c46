// Package sponsoring pays the network fee of visitors' transactions with the
// node's fee coins, for a price or as a gift of another part of Cairn.
//
//	Propose → the visitor signs and pays, in any order → Accept → in the outbox
//
// The rules of what may be signed are in channels/sponsor; choosing, lending and
// signing coins is chain/wallet's. This package keeps what was proposed, and
// takes care that one proposal becomes one transaction at most: coins are lent
// for a time that ends by itself, the node signs once under the proposal's name,
// and the price is used in the same database transaction that puts the signed
// bytes into the outbox. After a crash at any step the same request, the payment
// or Sweep goes on where it stopped.
package sponsoring

// ErrorKind names why a transaction is not sponsored, beside the kinds of
// channels/sponsor; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrUnknown: there is no such proposal.
	ErrUnknown = ErrorKind("there is no such proposal")
	// ErrExpired: the proposal's time is over, and its coins are free again.
	ErrExpired = ErrorKind("the proposal has expired")
	// ErrUnpaid: the signed transaction was taken in and waits for its price.
	ErrUnpaid = ErrorKind("the transaction is signed and waits to be paid for")
	// ErrUnknownCoin: a coin that the transaction spends does not exist, is spent
	// already, or is not in a block yet.
	ErrUnknownCoin = ErrorKind("a coin of the transaction is spent, unknown or unconfirmed")
	// ErrBusy: too many proposals are open.
	ErrBusy = ErrorKind("too many transactions wait to be signed")
	// ErrNotForSale: nobody can be asked for the price.
	ErrNotForSale = ErrorKind("paying the network fee for others is not offered here")
)
