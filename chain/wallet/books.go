package wallet

import (
	"context"
	"fmt"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Books is the follower's projection that keeps the wallet's books in step with
// the chain: a transaction of ours in a block is confirmed, those it outran are
// replaced, and those whose coins a stranger's transaction spends (the
// operator's, by another way) are conflicted. A reorganisation undoes it. It
// implements follow.Projection.
type Books struct{}

// Name implements follow.Projection.
func (Books) Name() string { return "wallet" }

// Connect implements follow.Projection.
func (Books) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	spentBy := make(map[wire.OutPoint]chainhash.Hash)
	var keys [][]byte
	for i, t := range b.Msg.Transactions {
		if i == 0 {
			continue // the coinbase spends nothing
		}
		txid := t.TxHash()
		for _, in := range t.TxIn {
			spentBy[in.PreviousOutPoint] = txid
			keys = append(keys, keyOf(in.PreviousOutPoint))
		}
	}
	touched, err := spenders(tx, keys)
	if err != nil {
		return err
	}
	for _, r := range touched {
		if err := decide(tx, r, spentBy, b.BlockRef); err != nil {
			return err
		}
	}
	return nil
}

// Disconnect implements follow.Projection.
func (Books) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	err := tx.Model(&txRecord{}).Where("block_hash = ?", b.Hash[:]).
		Updates(map[string]any{"state": signed, "height": nil, "block_hash": nil}).Error
	if err != nil {
		return fmt.Errorf("take back what block %s decided: %w", b.Hash, err)
	}
	return nil
}

// spenders are the transactions of ours that spend any of the coins.
func spenders(tx *gorm.DB, keys [][]byte) ([]txRecord, error) {
	const batch = 1000 // placeholders in one statement
	var out []txRecord
	seen := make(map[chainhash.Hash]bool)
	for len(keys) > 0 {
		n := min(batch, len(keys))
		var rows []txRecord
		err := tx.Model(&txRecord{}).Distinct().
			Joins("JOIN wallet_inputs ON wallet_inputs.txid = wallet_txs.txid").
			Where("wallet_inputs.outpoint IN ?", keys[:n]).
			Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("look for transactions that a block decides: %w", err)
		}
		for _, r := range rows {
			if id := chainhash.Hash(r.Txid); !seen[id] {
				seen[id] = true
				out = append(out, r)
			}
		}
		keys = keys[n:]
	}
	return out, nil
}

// decide writes down what a block means for one transaction of ours.
func decide(tx *gorm.DB, r txRecord, spentBy map[wire.OutPoint]chainhash.Hash, at chain.BlockRef) error {
	t, err := r.signed(tx)
	if err != nil {
		return err
	}
	if spentBy[t.Inputs[0]] == t.Txid {
		return move(tx, r, confirmed, at)
	}
	if r.State != signed {
		return nil // given up, or decided by an earlier block
	}
	for _, op := range t.Inputs {
		other, ok := spentBy[op]
		if !ok {
			continue
		}
		var siblings int64
		if err := tx.Model(&txRecord{}).Where("txid = ? AND purpose = ?", other[:], r.Purpose).Count(&siblings).Error; err != nil {
			return fmt.Errorf("look for replacements of %s: %w", t.Txid, err)
		}
		if siblings > 0 {
			return move(tx, r, replaced, at)
		}
		return move(tx, r, conflicted, at)
	}
	return nil
}

func move(tx *gorm.DB, r txRecord, to state, at chain.BlockRef) error {
	err := tx.Model(&txRecord{}).Where("txid = ?", r.Txid).
		Updates(map[string]any{"state": to, "height": at.Height, "block_hash": at.Hash[:]}).Error
	if err != nil {
		return fmt.Errorf("write down what block %s decides: %w", at, err)
	}
	return nil
}
