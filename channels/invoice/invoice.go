// Package invoice holds the words that fees and Lightning share about one
// invoice (BOLT 11): its hash and preimage, what is asked of a node, and what
// the node says became of it. It is pure and talks to nobody.
package invoice

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"cairn/channels/amount"
)

// ErrorKind names why an invoice cannot be had; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrUnpayable: no channel could receive the amount now, so that an
	// invoice over it would be a promise nobody can use.
	ErrUnpayable = ErrorKind("the node cannot receive this amount over Lightning now")
	// ErrUnknown: the node has no such invoice.
	ErrUnknown = ErrorKind("the node does not know this invoice")
	// ErrRequest: the invoice asked for cannot exist.
	ErrRequest = ErrorKind("this invoice cannot be made")
	// ErrHash: the text is no payment hash or preimage.
	ErrHash = ErrorKind("a payment hash or preimage has 64 hexadecimal digits")
)

// Hash is what an invoice is known by: the SHA-256 of its preimage.
type Hash [sha256.Size]byte

// Preimage is what the payer learns by paying; it is his receipt.
type Preimage [32]byte

// Hash is what the preimage pays for.
func (p Preimage) Hash() Hash { return sha256.Sum256(p[:]) }

// String hides the preimage, which is worth what was paid for it. Text shows it.
func (p Preimage) String() string { return "preimage of " + p.Hash().String() }

// Text is the preimage in hexadecimal digits.
func (p Preimage) Text() string { return hex.EncodeToString(p[:]) }

// String is the hash in hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads 64 hexadecimal digits. Errors: ErrHash.
func ParseHash(s string) (Hash, error) {
	raw, err := parse(s)
	return Hash(raw), err
}

// ParsePreimage reads 64 hexadecimal digits. Errors: ErrHash.
func ParsePreimage(s string) (Preimage, error) {
	raw, err := parse(s)
	return Preimage(raw), err
}

func parse(s string) (out [32]byte, err error) {
	if len(s) != 64 {
		return out, fmt.Errorf("%w: these are %d characters", ErrHash, len(s))
	}
	if _, err := hex.Decode(out[:], []byte(s)); err != nil {
		return [32]byte{}, ErrHash
	}
	return out, nil
}

// Request asks a node for an invoice. Asking again with the same preimage gives
// the same invoice.
type Request struct {
	Preimage Preimage
	// Amount is at least one millisatoshi.
	Amount amount.MilliSatoshi
	// Memo is read by the payer: 0 to 639 bytes (BOLT 11, field "d").
	Memo string
	// MemoHash is the SHA-256 of a text that the payer has read elsewhere, in
	// the place of Memo (field "h"); zero for none.
	MemoHash [sha256.Size]byte
	// Expiry is counted from now, in whole seconds, at least one.
	Expiry time.Duration
}

// Invoice is one that can be paid.
type Invoice struct {
	Hash Hash
	// Text is what a wallet reads, "lnbc…", lower case.
	Text      string
	ExpiresAt time.Time
}

// State is how far an invoice has come.
type State string

// The states.
const (
	// Open: it can be paid.
	Open State = "open"
	// Settled: it was paid, and cannot be again.
	Settled State = "settled"
	// Closed: it expired or was cancelled, and can never be paid.
	Closed State = "closed"
)

// Status is what a node says of an invoice of its own.
type Status struct {
	State State
	// Settlement is set when State is Settled.
	Settlement Settlement
}

// Settlement is one payment received. Of one hash there is never a second.
type Settlement struct {
	Hash Hash
	// Paid may be more than was asked for (BOLT 4 lets a payer send twice the
	// amount).
	Paid amount.MilliSatoshi
	// At is when the node had it, UTC, to the second.
	At time.Time
	// Index numbers the settlements of a node in their order, from 1.
	Index uint64
}
