package outbox

import (
	"fmt"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"

	"cairn/app/db"
)

// Revive takes an abandonment back: the entry is sent again, as the same bytes.
// An entry that is not abandoned is left as it is. Errors: ErrUnknownKey;
// ErrInputTaken when another live entry spends one of its inputs.
func Revive(tx *gorm.DB, key string) error {
	r, err := load(tx, "key", key)
	if err != nil {
		return err
	}
	if r.State != Abandoned {
		return nil
	}
	e, err := r.entry()
	if err != nil {
		return err
	}
	if err := inputsFree(tx, e.Inputs, r.Key); err != nil {
		return err
	}
	if err := tx.Model(&entryRecord{}).Where(map[string]any{"key": key}).Update("abandoned", false).Error; err != nil {
		return fmt.Errorf("reviving %s: %w", key, err)
	}
	r.Abandoned = false
	return revive(tx, r)
}

// Holding says which of the outpoints live entries spend: those that wait for a
// block, or are in one. The value is the key of one such entry.
func Holding(tx *gorm.DB, outpoints []wire.OutPoint) (map[wire.OutPoint]string, error) {
	held := make(map[wire.OutPoint]string)
	for start := 0; start < len(outpoints); start += holdingBatch {
		batch := outpoints[start:min(start+holdingBatch, len(outpoints))]
		keys := make([][]byte, len(batch))
		for i, op := range batch {
			keys[i] = db.OutpointKey(op.Hash, op.Index)
		}
		var rows []inputRecord
		err := tx.Raw(`SELECT i.outpoint, i.outbox_key FROM outbox_inputs i JOIN outbox o ON o."key" = i.outbox_key
			WHERE i.outpoint IN ? AND o.state IN ?`, keys, []State{Stored, Broadcast, Confirmed}).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("looking for coins that stored transactions spend: %w", err)
		}
		for _, r := range rows {
			hash, index, ok := db.ParseOutpointKey(r.Outpoint)
			if !ok {
				return nil, fmt.Errorf("%w: an input of %s", db.ErrCorrupt, r.OutboxKey)
			}
			held[wire.OutPoint{Hash: hash, Index: index}] = r.OutboxKey
		}
	}
	return held, nil
}

// holdingBatch is how many placeholders one statement has.
const holdingBatch = 1000
