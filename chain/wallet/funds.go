package wallet

import (
	"context"
	"fmt"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
)

// Faucet is where coins come from on the devnet.
type Faucet interface {
	Faucet(ctx context.Context, script []byte, amount btcutil.Amount) (chainhash.Hash, error)
	Mine(n int) ([]chain.BlockRef, error)
}

// EnsureFunds sees to it that the wallet has count free confirmed fee coins of
// at least half of each, asking the devnet's faucet for new ones of each; many
// coins let many payments be prepared side by side. It mines a block when it
// asked for something, and returns when the node's wallet has seen it.
func (w *Wallet) EnsureFunds(ctx context.Context, faucet Faucet, count int, each btcutil.Amount) error {
	enough := func() (int, error) {
		coins, err := w.feeCoins(ctx)
		if err != nil {
			return 0, err
		}
		n := 0
		for _, c := range coins {
			if c.Value >= each/2 {
				n++
			}
		}
		return n, nil
	}
	have, err := enough()
	if err != nil || have >= count {
		return err
	}
	for range count - have {
		address, err := w.NewAddress(ctx, P2TR)
		if err != nil {
			return err
		}
		script, err := txscript.PayToAddrScript(address)
		if err != nil {
			return fmt.Errorf("make a script to pay to: %w", err)
		}
		if _, err := faucet.Faucet(ctx, script, each); err != nil {
			return fmt.Errorf("ask the faucet: %w", err)
		}
	}
	if _, err := faucet.Mine(1); err != nil {
		return fmt.Errorf("mine the faucet's payment: %w", err)
	}
	for {
		have, err := enough()
		if err != nil || have >= count {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the node has not seen the faucet's payment: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
