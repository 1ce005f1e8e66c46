package follow

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cairn/app/db"
	"cairn/chain"
)

// lookup is how many keys one query asks for. Both engines take more; past
// this the query gets no faster.
const lookup = 1000

// Watched is the projection that keeps the coins of watched scripts and
// outpoints. It asks the database which of a block's scripts are watched, a
// thousand at a time, and keeps nothing in memory: other processes watch
// scripts too, and their number has no bound.
type Watched struct{}

// Name implements Projection.
func (Watched) Name() string { return "coins" }

// Connect records what the block pays to watched scripts, then which known
// coins it spends: in that order, because a coin may live and die in one block.
func (Watched) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	if err := createCoins(tx, b); err != nil {
		return err
	}
	return spendCoins(tx, b)
}

// Disconnect undoes it. Coins watched by their outpoint stay, without a block.
func (Watched) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	unspent := tx.Model(&coinRecord{}).Where("spent_height = ? AND spent_hash = ?", b.Height, b.Hash[:]).
		Updates(map[string]any{"spent_txid": nil, "spent_input": nil, "spent_height": nil, "spent_hash": nil})
	if unspent.Error != nil {
		return fmt.Errorf("unspending coins: %w", unspent.Error)
	}
	here := func() *gorm.DB { return tx.Where("height = ? AND block_hash = ?", b.Height, b.Hash[:]) }
	err := here().Where("NOT EXISTS (SELECT 1 FROM watched_outpoints o WHERE o.outpoint = coins.outpoint)").Delete(&coinRecord{}).Error
	if err != nil {
		return fmt.Errorf("removing coins: %w", err)
	}
	if err := here().Model(&coinRecord{}).Updates(map[string]any{"height": nil, "block_hash": nil}).Error; err != nil {
		return fmt.Errorf("unconfirming coins: %w", err)
	}
	return nil
}

// createCoins stores the outputs of the block that pay a watched script, and
// the block of those watched by their outpoint.
func createCoins(tx *gorm.DB, b *chain.Block) error {
	paying := make(map[[32]byte][]coinRecord)
	var scripts, outpoints [][]byte
	for i, t := range b.Msg.Transactions {
		txid := t.TxHash()
		for vout, out := range t.TxOut {
			outpoint := db.OutpointKey(txid, uint32(vout))
			outpoints = append(outpoints, outpoint)
			if len(out.PkScript) == 0 || len(out.PkScript) > maxScript {
				continue
			}
			hash := sha256.Sum256(out.PkScript)
			if _, ok := paying[hash]; !ok {
				scripts = append(scripts, hash[:])
			}
			paying[hash] = append(paying[hash], coinRecord{
				Outpoint: outpoint, ScriptHash: hash[:], Script: out.PkScript, ValueSat: out.Value,
				Coinbase: i == 0, Height: &b.Height, BlockHash: b.Hash[:],
			})
		}
	}
	var coins []coinRecord
	err := inBatches(scripts, func(batch [][]byte) error {
		var watched [][]byte
		if err := tx.Model(&scriptRecord{}).Distinct("script_hash").Where("script_hash IN ?", batch).Scan(&watched).Error; err != nil {
			return fmt.Errorf("looking for watched scripts: %w", err)
		}
		for _, hash := range watched {
			coins = append(coins, paying[[32]byte(hash)]...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(coins) > 0 {
		// A coin that is there already was watched by its outpoint, or is one
		// of the two coinbases of history that repeat an older one (BIP-0030).
		place := clause.OnConflict{
			Columns:   []clause.Column{{Name: "outpoint"}},
			DoUpdates: clause.AssignmentColumns([]string{"height", "block_hash", "coinbase"}),
		}
		if err := tx.Clauses(place).CreateInBatches(coins, 500).Error; err != nil {
			return fmt.Errorf("storing coins: %w", err)
		}
	}
	return inBatches(outpoints, func(batch [][]byte) error {
		res := tx.Model(&coinRecord{}).Where("outpoint IN ? AND height IS NULL", batch).
			Updates(map[string]any{"height": b.Height, "block_hash": b.Hash[:]})
		if res.Error != nil {
			return fmt.Errorf("confirming watched outpoints: %w", res.Error)
		}
		return nil
	})
}

// spendCoins marks the known coins that the block spends.
func spendCoins(tx *gorm.DB, b *chain.Block) error {
	type spender struct {
		tx    *wire.MsgTx
		input int64
	}
	spenders := make(map[[36]byte]spender)
	var outpoints [][]byte
	for i, t := range b.Msg.Transactions {
		if i == 0 {
			continue // a coinbase spends nothing
		}
		for n, in := range t.TxIn {
			key := db.OutpointKey(in.PreviousOutPoint.Hash, in.PreviousOutPoint.Index)
			outpoints = append(outpoints, key)
			spenders[[36]byte(key)] = spender{tx: t, input: int64(n)}
		}
	}
	return inBatches(outpoints, func(batch [][]byte) error {
		var spent [][]byte
		if err := tx.Model(&coinRecord{}).Select("outpoint").Where("outpoint IN ? AND spent_height IS NULL", batch).Scan(&spent).Error; err != nil {
			return fmt.Errorf("looking for spent coins: %w", err)
		}
		for _, key := range spent {
			by := spenders[[36]byte(key)]
			txid := by.tx.TxHash()
			res := tx.Model(&coinRecord{}).Where("outpoint = ?", key).
				Updates(map[string]any{"spent_txid": txid[:], "spent_input": by.input, "spent_height": b.Height, "spent_hash": b.Hash[:]})
			if res.Error != nil {
				return fmt.Errorf("marking a coin as spent: %w", res.Error)
			}
		}
		return nil
	})
}

func inBatches(keys [][]byte, fn func(batch [][]byte) error) error {
	for len(keys) > 0 {
		n := min(lookup, len(keys))
		if err := fn(keys[:n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}
