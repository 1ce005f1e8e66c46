package web

import (
	"context"
	"time"

	"cairn/channels/amount"
	"cairn/channels/payout"
)

// Payouts pays credit out over Lightning; payout.Service does.
type Payouts interface {
	Credit(ctx context.Context, owner string) (amount.MilliSatoshi, error)
	Begin(ctx context.Context, req payout.Request) (payout.Payout, error)
	Wait(ctx context.Context, id payout.ID, most time.Duration) (payout.Payout, error)
	List(ctx context.Context, owner string, limit int) ([]payout.Payout, error)
	Offer(ctx context.Context, owner string) (payout.Word, payout.Offer, error)
	Offered(ctx context.Context, word payout.Word) (payout.Offer, error)
	Take(ctx context.Context, word payout.Word, invoice string) (payout.Payout, error)
}
