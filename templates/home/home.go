// Package home is the first page: a place to drop files, and the answer to
// pasted fingerprints.
package home

import (
	"cairn/notary"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

// View is what the home page shows.
type View struct {
	Meta layout.Meta
	// Status is the calendar's; Known is false when it could not be asked, and
	// the page then leaves the line out.
	Status notary.Status
	Known  bool
	// Pasted is what somebody tried to stamp by hand, and Wrong what was wrong
	// with it, sentence by sentence in his language.
	Pasted string
	Wrong  []string
	// Price is what the pasted list costs; nil when it costs nothing.
	Price *Price
	// Hurry is what a transaction of its own costs; 0 when none can be had.
	Hurry btcutil.Amount
}

// Price is what a list costs beyond what is free.
type Price struct {
	// Checkout is where it is paid, and Quote what the form brings back then.
	Checkout, Quote string
	Amount          btcutil.Amount
	Digests         int64
	// Unpaid: the list came back and nothing was paid. Arriving: the payment is
	// on its way.
	Unpaid, Arriving bool
}

// Stamped is the answer to a pasted list of several fingerprints.
type Stamped struct {
	Meta   layout.Meta
	Proofs []Listed
	// Hurry is what a transaction of its own costs; 0 when none can be had.
	Hurry btcutil.Amount
}

// Listed is one line of a list that was stamped. Name is as listed, or empty.
type Listed struct {
	Digest notary.Digest
	Name   string
}
