package app

import (
	"bytes"
	"context"
	"fmt"

	"cairn/chain"
	"cairn/chain/wallet"
	"cairn/notary/anchor"

	"github.com/btcsuite/btcd/wire"
)

// feeWallet is the node's wallet as those see it who pay network fees from it:
// anchors, orders of transactions of their own, sponsoring, claims. rate, if
// set, takes the place of the node's estimate.
type feeWallet struct {
	*wallet.Wallet
	rate chain.FeeRate
}

// devnetRate is just above what the devnet's mempool asks for (1 sat/vB; lnd
// rounds its floor up to 253 sat/kw). Nobody competes for its blocks, and lnd's
// fixed estimate for regtest is fifty times as much.
const devnetRate = chain.FeeRate(253)

func (a *App) feeWallet() feeWallet {
	if a.devnet != nil {
		return feeWallet{a.wallet, devnetRate}
	}
	return feeWallet{Wallet: a.wallet}
}

// EstimateRate implements anchor.Wallet and sponsoring.Wallet.
func (w feeWallet) EstimateRate(ctx context.Context, targetBlocks int32) (chain.FeeRate, error) {
	if w.rate > 0 {
		return w.rate, nil
	}
	return w.Wallet.EstimateRate(ctx, targetBlocks)
}

// Prepare implements anchor.Wallet.
func (w feeWallet) Prepare(ctx context.Context, p anchor.Payment) (anchor.Signed, error) {
	signed, err := w.Wallet.Prepare(ctx, wallet.Request{Outputs: []*wire.TxOut{p.Output}, Rate: p.Rate, Purpose: p.Purpose})
	return anchorSigned(signed, err)
}

// Replace implements anchor.Wallet.
func (w feeWallet) Replace(ctx context.Context, p anchor.Payment, replaced []byte) (anchor.Signed, error) {
	var tx wire.MsgTx
	if err := tx.Deserialize(bytes.NewReader(replaced)); err != nil {
		return anchor.Signed{}, fmt.Errorf("the transaction to replace: %w", err)
	}
	signed, err := w.Wallet.Replace(ctx, tx.TxHash(), p.Rate)
	return anchorSigned(signed, err)
}

func anchorSigned(s *wallet.Signed, err error) (anchor.Signed, error) {
	if err != nil {
		return anchor.Signed{}, fmt.Errorf("anchor transaction: %w", err)
	}
	return anchor.Signed{Tx: s.Tx, Raw: s.Raw, Fee: s.Fee}, nil
}
