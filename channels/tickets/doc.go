// Package tickets sells prepaid tickets that cannot be linked to their buyer:
// blind RSA signatures (RFC 9474, RSABSSA-SHA384-PSS-Deterministic over 32
// random bytes).
//
//	quote → paid → the buyer blinds numbers of his own → they are signed, once
//	→ he unblinds → shows number and signature, once
//
// The server signs without seeing the numbers, so that what it keeps of a sale
// and what it keeps of a use have no value in common. What remains is that all
// tickets of one time have one key, published for everybody to compare, and that
// whoever uses a ticket from the same address a moment after buying it tells on
// himself.
//
// A key signs for one epoch and its tickets are good until the end of the next;
// then the key, and the list of used tickets, are forgotten.
package tickets

// ErrorKind names why a ticket is not sold or not taken; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrCount: too few or too many at a time.
	ErrCount = ErrorKind("this many tickets cannot be had at a time")
	// ErrRequest: the blinded numbers are not as they must be.
	ErrRequest = ErrorKind("the blinded tickets are not as they must be")
	// ErrIssued: other blinded numbers were signed for this payment.
	ErrIssued = ErrorKind("tickets were issued for this payment already")
	// ErrKey: no key is known by that name, or not any more.
	ErrKey = ErrorKind("the key of the tickets is not known any more")
	// ErrTicket: not a ticket of ours.
	ErrTicket = ErrorKind("this is not a ticket of this service")
	// ErrSpent: it was used for something else.
	ErrSpent = ErrorKind("the ticket was used already")
	// ErrTwice: the same ticket is shown twice at once.
	ErrTwice = ErrorKind("the same ticket is shown twice")
)
