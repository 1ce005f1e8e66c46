package web

import (
	"context"

	"cairn/notary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Finder finds what was stamped by the numbers people hold of it;
// notary.Service is one.
type Finder interface {
	// Find says what a text names. Errors: notary.ErrQuery,
	// notary.ErrNothingFound.
	Find(ctx context.Context, text string) (notary.Found, error)
	// Anchor is the anchor of a transaction. Error:
	// notary.ErrUnknownTransaction.
	Anchor(ctx context.Context, txid chainhash.Hash) (notary.AnchorState, error)
}
