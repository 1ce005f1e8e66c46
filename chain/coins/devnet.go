package coins

import (
	"context"
	"errors"
	"fmt"

	"cairn/chain"
	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Devnet looks coins up in the embedded chain. It needs no hint.
type Devnet struct{ Chain *devnet.Chain }

var _ Finder = Devnet{}

// Look implements Finder. A coin that a block spends is found with Spent set and
// no Spender, as nobody keeps an index of those.
func (d Devnet) Look(ctx context.Context, at wire.OutPoint, _ Hint) (Found, error) {
	// The three answers may be of two chains where a block comes in between: then
	// they are asked for again.
	for {
		before, err := d.Chain.Tip(ctx)
		if err != nil {
			return Found{}, err
		}
		found, err := d.look(at)
		if err != nil {
			return Found{}, err
		}
		after, err := d.Chain.Tip(ctx)
		if err != nil {
			return Found{}, err
		}
		if before == after {
			found.Tip = after
			return found, nil
		}
	}
}

func (d Devnet) look(at wire.OutPoint) (Found, error) {
	tx, err := d.Chain.Tx(at.Hash)
	if errors.Is(err, devnet.ErrNoTx) {
		return Found{}, fmt.Errorf("%w: %s", ErrNone, at)
	}
	if err != nil {
		return Found{}, fmt.Errorf("look for coin %s: %w", at, err)
	}
	if uint64(at.Index) >= uint64(len(tx.Msg.TxOut)) {
		return Found{}, fmt.Errorf("%w: %s", ErrNone, at)
	}
	found := Found{
		Tx: tx.Msg, Out: tx.Msg.TxOut[at.Index], Block: tx.Block,
		Coinbase: blockchain.IsCoinBaseTx(tx.Msg),
	}
	spender, err := d.Chain.Spender(at)
	switch {
	case err == nil:
		found.Spent, found.Spender = true, spender.TxHash()
		return found, nil
	case !errors.Is(err, devnet.ErrNoTx):
		return Found{}, fmt.Errorf("look for coin %s: %w", at, err)
	}
	if found.Block == (chain.BlockRef{}) {
		return found, nil // the set of unspent coins has none that wait
	}
	unspent, err := d.Chain.Unspent(at)
	if err != nil {
		return Found{}, fmt.Errorf("look for coin %s: %w", at, err)
	}
	found.Spent = unspent == nil
	return found, nil
}

// Waits reports whether a transaction waits for a block.
func (d Devnet) Waits(txid chainhash.Hash) bool { return d.Chain.InMempool(txid) }
