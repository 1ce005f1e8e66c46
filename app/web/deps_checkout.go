package web

import (
	"context"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"
)

// Till sells; fees.Service is one.
type Till interface {
	Quote(ctx context.Context, req fees.Request) (fees.Quote, error)
	Get(ctx context.Context, id fees.ID) (fees.Quote, error)
	Watch(id fees.ID) (<-chan struct{}, func())
	List(ctx context.Context, client string, limit int) ([]fees.Quote, error)
	Return(ctx context.Context, id fees.ID) (fees.Quote, error)
	Credit(ctx context.Context, owner string) (amount.MilliSatoshi, error)
	PayFromCredit(ctx context.Context, id fees.ID) (fees.Quote, error)
	Preimage(id fees.ID) invoice.Preimage
}
