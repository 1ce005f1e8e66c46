package app

import (
	"context"

	"cairn/assets/keeper"
	"cairn/chain/wallet"

	"github.com/btcsuite/btcd/wire"
)

// protectAssets keeps the node from spending coins of its wallet that hold units,
// under the lease, until ctx ends.
func (a *App) protectAssets(ctx context.Context) error {
	return keeper.New(a.colors, nodeWallet{a.wallet}, a.now, a.log.With("part", "assets")).Run(ctx)
}

// plainCoins says which coins of the node hold no units, for payments that choose
// among them before anybody has protected the others.
func (a *App) plainCoins(ctx context.Context, coins map[wire.OutPoint]int64) (map[wire.OutPoint]bool, error) {
	return a.sieve.Plain(ctx, coins)
}

// nodeWallet is the node's wallet for those who protect its coins.
type nodeWallet struct{ *wallet.Wallet }

// ListCoins implements keeper.Wallet.
func (w nodeWallet) ListCoins(ctx context.Context) ([]keeper.Coin, error) {
	coins, err := w.Wallet.ListCoins(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]keeper.Coin, 0, len(coins))
	for _, c := range coins {
		reason := ""
		if c.Class == wallet.Protected {
			reason = c.Reason
		}
		out = append(out, keeper.Coin{OutPoint: c.OutPoint, Reason: reason})
	}
	return out, nil
}
