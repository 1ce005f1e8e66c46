package app

import (
	"context"
	"time"

	"github.com/btcsuite/btcd/btcutil"
)

// What the devnet's wallet is kept supplied with: coins enough that several
// transactions can be in flight, filled up again before the last is spent.
const (
	supplyCoins    = 4
	supplyAmount   = btcutil.SatoshiPerBitcoin / 4
	supplyEvery    = 30 * time.Second
	supplyPatience = time.Minute
)

// supply keeps the node's wallet in faucet money, on the devnet only.
func (a *App) supply(ctx context.Context) error {
	for {
		if err := a.node.WaitReady(ctx); err == nil {
			once, cancel := context.WithTimeout(ctx, supplyPatience)
			err := a.wallet.EnsureFunds(once, a.devnet, supplyCoins, supplyAmount)
			cancel()
			if err != nil && ctx.Err() == nil {
				a.log.Warn("the wallet could not be supplied from the faucet", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(supplyEvery):
		}
	}
}
