package fees

import (
	"context"

	"cairn/channels/invoice"
)

// Invoices is the Lightning side of a node. channels/lightning has one.
type Invoices interface {
	// Create makes an invoice; again with the same preimage it gives the same
	// one. Errors: invoice.ErrUnpayable when no channel could receive it now.
	Create(ctx context.Context, req invoice.Request) (invoice.Invoice, error)
	// Status looks one up. Errors: invoice.ErrUnknown, also when it is over and
	// was forgotten; never for one that was paid.
	Status(ctx context.Context, hash invoice.Hash) (invoice.Status, error)
	// Cancel makes sure that an open invoice cannot be paid any more. One that
	// is settled or closed stays as it is, without an error.
	Cancel(ctx context.Context, hash invoice.Hash) error
	// Settled calls fn for each settlement numbered above after, in order, and
	// goes on with new ones until ctx ends or fn or the node fails. With after
	// 0 it may begin with new ones.
	Settled(ctx context.Context, after uint64, fn func(invoice.Settlement) error) error
}

// Addresses is the on-chain side of a node.
type Addresses interface {
	// New is an address nobody was given before, and its script.
	New(ctx context.Context) (address string, script []byte, err error)
}
