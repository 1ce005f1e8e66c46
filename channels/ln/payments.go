package ln

import (
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"
)

// Decoded is what an invoice of somebody else says.
type Decoded struct {
	Hash invoice.Hash
	// Amount is 0 when the payer chooses.
	Amount amount.MilliSatoshi
	// Memo is the payee's words, or empty; MemoHash the SHA-256 of words shown
	// elsewhere, or zero.
	Memo      string
	MemoHash  [32]byte
	Payee     []byte
	ExpiresAt time.Time
}

// Order is a payment to be made.
type Order struct {
	Invoice string
	// Amount is for invoices that leave it to the payer; else it is 0, or what
	// the invoice says.
	Amount amount.MilliSatoshi
	// FeeLimit is the most that routing may cost on top.
	FeeLimit amount.MilliSatoshi
	// Timeout ends the search for a way; 60 s when 0.
	Timeout time.Duration
}

// Payment is one that was made.
type Payment struct {
	Hash     invoice.Hash
	Preimage invoice.Preimage
	// Amount is what the payee got, Fee what routing cost on top.
	Amount, Fee amount.MilliSatoshi
}

// MovementState is how a payment stands.
type MovementState string

// The states.
const (
	MovementDone   MovementState = "done"
	MovementUnder  MovementState = "under-way"
	MovementFailed MovementState = "failed" // nothing was paid
)

// Movement is one payment over Lightning, in or out.
type Movement struct {
	// Index counts the node's payments of one direction, from 1; lists go on
	// below it.
	Index uint64
	// Out: we paid; else we were paid.
	Out    bool
	State  MovementState
	Hash   invoice.Hash
	Amount amount.MilliSatoshi
	// Fee is what routing cost on top, of what we paid.
	Fee  amount.MilliSatoshi
	Memo string
	// At is when it was settled, or begun if it was not.
	At time.Time
	// Why is the kind of what failed, nil otherwise.
	Why error
}
