package app

import (
	"context"
	"errors"

	"cairn/assets"
	"cairn/assets/definition"
	"cairn/assets/receipt/maker"
	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// receipts makes the proofs of what coins hold. Only the embedded chain has every
// transaction at hand; elsewhere uncolored coins on the way are stated.
func (a *App) receipts() *maker.Maker {
	m := &maker.Maker{Ledger: a.colors, Blocks: a.source, Definitions: a.definitionFile}
	if a.devnet != nil {
		m.Transactions = devnetTransaction(a.devnet)
	}
	return m
}

func devnetTransaction(c *devnet.Chain) maker.Transactions {
	return func(_ context.Context, txid chainhash.Hash) (*wire.MsgTx, bool, error) {
		tx, err := c.Tx(txid)
		if errors.Is(err, devnet.ErrNoTx) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		return tx.Msg, true, nil
	}
}

// definitionFile is what is kept of an asset's definition, nil for nothing.
func (a *App) definitionFile(ctx context.Context, asset assets.ID, metadata []byte) ([]byte, error) {
	d, err := a.definitions.Of(ctx, asset, metadata)
	if err != nil {
		return nil, err
	}
	if d.Hash == [32]byte{} {
		return nil, nil
	}
	body, err := a.definitions.Body(ctx, d.Hash)
	if errors.Is(err, definition.ErrNoFile) {
		return nil, nil
	}
	return body, err
}
