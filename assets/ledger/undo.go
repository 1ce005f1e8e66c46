package ledger

import (
	"fmt"

	"cairn/app/db"

	"gorm.io/gorm"
)

// undo takes the newest block's effects back. What stood before follows from what
// is left.
type undo struct {
	tx     *gorm.DB
	height int32
	// gone are the block's transactions, for whoever waits for them again.
	gone []goneTx
}

type goneTx struct {
	txRecord
	colorings []coloringRecord
}

func (u *undo) run() error {
	var txs []txRecord
	if err := u.tx.Where("height = ?", u.height).Order("number").Find(&txs).Error; err != nil {
		return fmt.Errorf("find the transactions of a block: %w", db.Classify(err))
	}
	if len(txs) == 0 {
		return nil
	}
	first := txs[0].Number // and all behind it: the block is the newest
	for _, t := range txs {
		g := goneTx{txRecord: t}
		if err := u.tx.Where("tx = ?", t.Number).Order("protocol").Find(&g.colorings).Error; err != nil {
			return fmt.Errorf("read the colourings of a block: %w", db.Classify(err))
		}
		u.gone = append(u.gone, g)
	}
	changes, err := u.holders(first)
	if err != nil {
		return err
	}
	if _, _, err := changes.store(u.tx); err != nil {
		return err
	}
	unspend := u.tx.Model(&coinRecord{}).Where("spent_tx >= ?", first).
		Updates(map[string]any{"spent_tx": nil, "spent_input": nil, "spent_height": nil})
	if unspend.Error != nil {
		return fmt.Errorf("unspend coloured coins: %w", unspend.Error)
	}
	for _, rows := range []struct {
		table any
		where string
	}{
		{&coinRecord{}, "tx >= ?"}, {&moveRecord{}, "tx >= ?"}, {&historyRecord{}, "tx >= ?"},
		{&metadataRecord{}, "tx >= ?"}, {&coloringRecord{}, "tx >= ?"}, {&txRecord{}, "number >= ?"},
		{&scriptRecord{}, "first_tx >= ?"}, {&assetRecord{}, "first_tx >= ?"},
	} {
		if err := u.tx.Where(rows.where, first).Delete(rows.table).Error; err != nil {
			return fmt.Errorf("remove what a block made: %w", err)
		}
	}
	if err := u.totals(); err != nil {
		return err
	}
	for _, table := range []any{&hashRecord{}, &heldRecord{}, &standingRecord{}, &rankRecord{}} {
		if err := u.tx.Where("height = ?", u.height).Delete(table).Error; err != nil {
			return fmt.Errorf("shorten what is kept by height: %w", err)
		}
	}
	return nil
}

// holders is what the block's coins did, the other way round.
func (u *undo) holders(first int64) (holderChanges, error) {
	var made, spent []coinRecord
	if err := u.tx.Where("tx >= ?", first).Find(&made).Error; err != nil {
		return nil, fmt.Errorf("find the coins that a block made: %w", db.Classify(err))
	}
	if err := u.tx.Where("spent_tx >= ?", first).Find(&spent).Error; err != nil {
		return nil, fmt.Errorf("find the coins that a block spent: %w", db.Classify(err))
	}
	changes := make(holderChanges)
	for _, c := range made {
		changes.add(c.Asset, c.Script, c.Units, true)
	}
	for _, c := range spent {
		changes.add(c.Asset, c.Script, c.Units, false)
	}
	return changes, nil
}

// totals gives assets the numbers back that they had before the block.
func (u *undo) totals() error {
	var rows []totalsRecord
	if err := u.tx.Where("height = ?", u.height).Order("asset").Find(&rows).Error; err != nil {
		return fmt.Errorf("find the assets of a block: %w", db.Classify(err))
	}
	if err := u.tx.Where("height = ?", u.height).Delete(&totalsRecord{}).Error; err != nil {
		return fmt.Errorf("remove the totals of a block: %w", err)
	}
	for _, r := range rows {
		var before []totalsRecord
		if err := u.tx.Where("asset = ?", r.Asset).Order("height DESC").Limit(1).Find(&before).Error; err != nil {
			return fmt.Errorf("read the totals before a block: %w", db.Classify(err))
		}
		if len(before) == 0 {
			continue // it began with the block, and is gone
		}
		var last int64
		if err := u.tx.Model(&moveRecord{}).Where("asset = ?", r.Asset).Select("MAX(tx)").Scan(&last).Error; err != nil {
			return fmt.Errorf("find an asset's newest move: %w", db.Classify(err))
		}
		err := u.tx.Model(&assetRecord{}).Where("number = ?", r.Asset).Updates(map[string]any{
			"last_tx": last, "issued": before[0].Issued, "destroyed": before[0].Destroyed,
			"holders": before[0].Holders, "transfers": before[0].Transfers,
		}).Error
		if err != nil {
			return fmt.Errorf("give an asset its numbers back: %w", err)
		}
	}
	return nil
}
