// Package mpp speaks the "Payment" scheme of HTTP authentication
// (draft-httpauth-payment-01) with its Lightning charge
// (draft-lightning-charge-00): a 402 reply carries a challenge with an invoice,
// and the request comes again with the preimage.
//
// A challenge's id is a keyed hash over its parameters, so that the server
// recognises its own challenges without storing them. What it must store is that
// a challenge was consumed: a credential is good once, which is the caller's to
// see to by Paid.Payment, in the transaction that does what was paid for.
//
// The package is pure: no clock, no randomness, no network.
package mpp

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrJSON: the text is not JSON that has one canonical form.
	ErrJSON = ErrorKind("this JSON has no canonical form")
	// ErrBase64: the text is not base64url, or not the one spelling of it.
	ErrBase64 = ErrorKind("this is not base64url")
	// ErrChallenge: a header offers no payment that can be read, or a
	// challenge cannot be made of these values.
	ErrChallenge = ErrorKind("this is not a payment challenge")
	// ErrCredential: the credential cannot be read.
	ErrCredential = ErrorKind("this is not a payment credential")
	// ErrStranger: the challenge was not made here, or was changed.
	ErrStranger = ErrorKind("this payment challenge was not made here")
	// ErrMethod: it is for another method or intent than a Lightning charge.
	ErrMethod = ErrorKind("this way of paying is not offered")
	// ErrExpired: the challenge's time is over.
	ErrExpired = ErrorKind("the payment challenge has expired")
	// ErrPreimage: the preimage is not that of the challenge's invoice.
	ErrPreimage = ErrorKind("the preimage does not belong to this payment")
)
