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
