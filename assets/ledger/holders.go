package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"cairn/app/db"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// holderChanges is what becomes of what scripts hold.
type holderChanges map[holderKey]*holderChange

type holderKey struct{ asset, script int64 }

type holderChange struct {
	plus, minus sum
	coins       int64
}

func (h holderChanges) add(asset, script, n int64, spent bool) {
	k := holderKey{asset, script}
	c := h[k]
	if c == nil {
		c = new(holderChange)
		h[k] = c
	}
	if spent {
		c.minus = c.minus.plus(units(n))
		c.coins--
		return
	}
	c.plus = c.plus.plus(units(n))
	c.coins++
}

// store applies the changes, counts by how many the holders of assets grow, and
// tells what became of those that changed.
func (h holderChanges) store(tx *gorm.DB) (grown map[int64]int64, changed []holderRecord, err error) {
	keys := slices.SortedFunc(maps.Keys(h), func(a, b holderKey) int {
		return cmp.Or(cmp.Compare(a.asset, b.asset), cmp.Compare(a.script, b.script))
	})
	before, err := holdersAt(tx, keys)
	if err != nil {
		return nil, nil, err
	}
	grown = make(map[int64]int64)
	var rows []holderRecord
	for _, k := range keys {
		c, old := h[k], before[k]
		left, ok := readSum(old.Units).plus(c.plus).minus(c.minus)
		row := holderRecord{Asset: k.asset, Script: k.script, Units: left.bytes(), Coins: old.Coins + c.coins}
		if !ok || row.Coins < 0 || (row.Coins == 0) != (left == sum{}) {
			return nil, nil, fmt.Errorf("%w: what script %d holds of asset %d", db.ErrCorrupt, k.script, k.asset)
		}
		changed = append(changed, row)
		switch {
		case row.Coins > 0:
			rows = append(rows, row)
			if old.Coins == 0 {
				grown[k.asset]++
			}
		case old.Coins > 0:
			grown[k.asset]--
			if err := tx.Delete(&row).Error; err != nil {
				return nil, nil, fmt.Errorf("remove a holder: %w", err)
			}
		}
	}
	if len(rows) > 0 {
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, batch).Error; err != nil {
			return nil, nil, fmt.Errorf("store holders: %w", err)
		}
	}
	return grown, changed, nil
}

func holdersAt(tx *gorm.DB, keys []holderKey) (map[holderKey]holderRecord, error) {
	found := make(map[holderKey]holderRecord)
	err := inParts(keys, func(part []holderKey) error {
		pairs := make([][]any, len(part))
		for i, k := range part {
			pairs[i] = []any{k.asset, k.script}
		}
		var rows []holderRecord
		if err := tx.Where("(asset, script) IN ?", pairs).Find(&rows).Error; err != nil {
			return fmt.Errorf("find holders: %w", db.Classify(err))
		}
		for _, r := range rows {
			found[holderKey{r.Asset, r.Script}] = r
		}
		return nil
	})
	return found, err
}
