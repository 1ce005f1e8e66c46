package web

import (
	"context"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/tickets"
)

// Tickets sells prepaid tickets; tickets.Service does.
type Tickets interface {
	Price() amount.MilliSatoshi
	Selling(ctx context.Context) (tickets.Key, error)
	Sell(ctx context.Context, client string, count int) (fees.Quote, error)
	Issue(ctx context.Context, quote fees.ID, key tickets.KeyID, blinded [][]byte) ([][]byte, error)
}
