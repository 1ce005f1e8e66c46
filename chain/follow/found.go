package follow

import (
	"crypto/sha256"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cairn/app/db"
)

// Scripts lists the scripts watched under a label, in no order.
func Scripts(tx *gorm.DB, label string) ([][]byte, error) {
	var scripts [][]byte
	if err := tx.Model(&scriptRecord{}).Where("label = ?", label).Pluck("script", &scripts).Error; err != nil {
		return nil, fmt.Errorf("listing the scripts of %s: %w", label, err)
	}
	return scripts, nil
}

// Paying lists the coins that pay any of the scripts, spent ones included, in no
// order. Unlike Coins it asks by the scripts themselves, which both engines answer
// from an index.
func Paying(tx *gorm.DB, scripts [][]byte) ([]Coin, error) {
	hashes := make([][]byte, len(scripts))
	for i, script := range scripts {
		hash := sha256.Sum256(script)
		hashes[i] = hash[:]
	}
	var rows []coinRecord
	err := inBatches(hashes, func(batch [][]byte) error {
		var some []coinRecord
		if err := tx.Where("script_hash IN ?", batch).Find(&some).Error; err != nil {
			return fmt.Errorf("listing the coins of %d scripts: %w", len(scripts), err)
		}
		rows = append(rows, some...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return coinsOf(rows)
}

// Found records coins of watched scripts that are older than their watching, by
// whoever searched the blocks up to Cursor in the same transaction: Created is
// set, and Spent where a block up to there spends the coin. Coins known already
// keep what is known of their spending. Watched goes on from there.
func Found(tx *gorm.DB, coins []Coin) error {
	records := make([]coinRecord, 0, len(coins))
	for _, c := range coins {
		hash := sha256.Sum256(c.Script)
		r := coinRecord{
			Outpoint: db.OutpointKey(c.Outpoint.Hash, c.Outpoint.Index), ScriptHash: hash[:], Script: c.Script,
			ValueSat: int64(c.Value), Coinbase: c.Coinbase, Height: &c.Created.Height, BlockHash: c.Created.Hash[:],
		}
		if s := c.Spent; s != nil {
			input := int64(s.Input)
			r.SpentTxid, r.SpentInput, r.SpentHeight, r.SpentHash = s.Txid[:], &input, &s.Block.Height, s.Block.Hash[:]
		}
		records = append(records, r)
	}
	if len(records) == 0 {
		return nil
	}
	place := clause.OnConflict{
		Columns:   []clause.Column{{Name: "outpoint"}},
		DoUpdates: clause.AssignmentColumns([]string{"height", "block_hash", "coinbase"}),
	}
	if err := tx.Clauses(place).CreateInBatches(records, 500).Error; err != nil {
		return fmt.Errorf("storing coins that were found: %w", err)
	}
	return nil
}
