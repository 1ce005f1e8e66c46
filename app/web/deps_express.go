package web

import (
	"context"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/notary"
)

// Express sells transactions of their own for single digests.
type Express interface {
	// Price is what one costs now; it asks nobody, so that every page may show
	// it. Errors: express.ErrNoRate, express.ErrDear.
	Price(form notary.Form) (ExpressPrice, error)
	// Sell stamps a digest and makes a quote for it, if it could be made now.
	// Errors: those of Price; express.ErrOrdered, express.ErrComplete,
	// chain.ErrNoFunds, chain.ErrFeeCap, chain.ErrEngineDown; those of the till
	// and of the notary.
	Sell(ctx context.Context, sale ExpressSale) (fees.Quote, error)
}

// ExpressPrice is what a transaction of its own costs.
type ExpressPrice struct {
	Price amount.MilliSatoshi
	// Within is how long the next block takes as a rule; 0 when nothing can be
	// said.
	Within time.Duration
}

// ExpressSale says what is to be sold.
type ExpressSale struct {
	Digest notary.Digest
	Form   notary.Form
	// Client and Memo are as in fees.Request.
	Client, Memo string
}
