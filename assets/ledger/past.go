package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"cairn/app/db"

	"gorm.io/gorm"
)

// Who held an asset after a past block is not added up from its coins where that
// can be helped: each block notes what became of the holders that it changed, and
// once those are many, a standing of the largest. A question begins with the
// newest standing that is old enough and goes on with what changed after it, so
// that it takes as long for an asset of a million coins as for one of a thousand.

// pastShape is how often standings are taken, in changed holders, and how many
// holders they have. Both rows together are three for each change.
type pastShape struct{ every, ranked int }

var usualPast = pastShape{every: 250, ranked: 500}

type heldRecord struct {
	Asset  int64 `gorm:"primaryKey;autoIncrement:false"`
	Height int32 `gorm:"primaryKey;autoIncrement:false"`
	Script int64 `gorm:"primaryKey;autoIncrement:false"`
	Units  []byte
	Coins  int64
}

func (heldRecord) TableName() string { return "asset_held" }

type standingRecord struct {
	Asset   int64 `gorm:"primaryKey;autoIncrement:false"`
	Height  int32 `gorm:"primaryKey;autoIncrement:false"`
	LeftOut int64
}

func (standingRecord) TableName() string { return "asset_standings" }

type rankRecord struct {
	Asset  int64  `gorm:"primaryKey;autoIncrement:false"`
	Height int32  `gorm:"primaryKey;autoIncrement:false"`
	Units  []byte `gorm:"primaryKey"`
	Script int64  `gorm:"primaryKey;autoIncrement:false"`
	Coins  int64
}

func (rankRecord) TableName() string { return "asset_ranks" }

// storePast notes what became of the holders that the block changed, and takes
// the standings that are due.
func (w *writer) storePast(changed []holderRecord) error {
	rows := make([]heldRecord, len(changed))
	touched := make(map[int64]bool)
	for i, c := range changed {
		rows[i] = heldRecord{Asset: c.Asset, Height: w.block.Height, Script: c.Script, Units: c.Units, Coins: c.Coins}
		touched[c.Asset] = true
	}
	if err := w.create(rows, "what holders held"); err != nil {
		return err
	}
	by := make(map[int64]*assetRecord, len(w.assets))
	for _, a := range w.assets {
		by[a.Number] = a
	}
	return inParts(slices.Sorted(maps.Keys(touched)), func(part []int64) error {
		var told []struct {
			Number int64
			Last   *int32
			Since  int
		}
		err := w.tx.Raw(`SELECT a.number, s.last, (SELECT COUNT(*) FROM asset_held h WHERE h.asset = a.number AND h.height > COALESCE(s.last, -1)) AS since
			FROM asset_ids a LEFT JOIN (SELECT asset, MAX(height) AS last FROM asset_standings WHERE asset IN ? GROUP BY asset) s ON s.asset = a.number
			WHERE a.number IN ? ORDER BY a.number`, part, part).Scan(&told).Error
		if err != nil {
			return fmt.Errorf("look for standings that are due: %w", db.Classify(err))
		}
		for _, t := range told {
			a := by[t.Number]
			// Of what there was before anybody told the changes, a standing is all
			// there is to go on from.
			if t.Since < w.past.every && (t.Last != nil || a.FirstTx >= w.toldTx) {
				continue
			}
			if err := w.takeStanding(a); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeStanding keeps the largest holders of an asset after the block.
func (w *writer) takeStanding(a *assetRecord) error {
	row := standingRecord{Asset: a.Number, Height: w.block.Height, LeftOut: max(0, a.Holders-int64(w.past.ranked))}
	if err := w.tx.Create(&row).Error; err != nil {
		return fmt.Errorf("take a standing: %w", err)
	}
	err := w.tx.Exec(`INSERT INTO asset_ranks (asset, height, units, script, coins)
		SELECT asset, ?, units, script, coins FROM asset_holders WHERE asset = ? ORDER BY units DESC, script DESC LIMIT ?`,
		w.block.Height, a.Number, w.past.ranked).Error
	if err != nil {
		return fmt.Errorf("take a standing: %w", err)
	}
	return nil
}

// held is what a script holds, in the order of lists of holders.
type held struct {
	script int64
	sum    sum
	coins  int64
}

// compareHeld orders the largest first.
func compareHeld(a, b held) int {
	return cmp.Or(cmp.Compare(b.sum.hi, a.sum.hi), cmp.Compare(b.sum.lo, a.sum.lo), cmp.Compare(b.script, a.script))
}

// standingAt is the newest standing of an asset up to a height. told is false
// where what changed after it, or before the first, is not known.
func standingAt(read *gorm.DB, r assetRecord, height int32) (s standingRecord, told bool, err error) {
	var rows []standingRecord
	if err := read.Where("asset = ? AND height <= ?", r.Number, height).Order("height DESC").Limit(1).Find(&rows).Error; err != nil {
		return s, false, fmt.Errorf("read a standing: %w", db.Classify(err))
	}
	if len(rows) == 1 {
		return rows[0], true, nil
	}
	state, err := readState(read)
	if err != nil || state == nil {
		return s, false, err
	}
	return standingRecord{Asset: r.Number, Height: -1}, r.FirstTx >= state.ToldTx, nil
}

// rankedThen lists who held most after a past block, behind a place in the list;
// nil for its beginning. known is false where the standing does not reach so far
// down; then the coins have to be added up.
func rankedThen(read *gorm.DB, r assetRecord, height int32, behind *held, limit int) (list []held, known bool, err error) {
	s, told, err := standingAt(read, r, height)
	if err != nil || !told {
		return nil, false, err
	}
	changed, err := changedSince(read, r.Number, s.Height, height)
	if err != nil {
		return nil, false, err
	}
	wanted := limit + len(changed)
	ranks := read.Where("asset = ? AND height = ?", r.Number, s.Height).Order("units DESC, script DESC").Limit(wanted)
	if behind != nil {
		// Bytes right behind a parenthesis would be taken for a list.
		ranks = ranks.Where("(units, script) < ( ?, ?)", behind.sum.bytes(), behind.script)
	}
	var rows []rankRecord
	if err := ranks.Find(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("read a standing: %w", db.Classify(err))
	}
	for _, row := range rows {
		if _, is := changed[row.Script]; !is {
			list = append(list, held{row.Script, readSum(row.Units), row.Coins})
		}
	}
	for _, h := range changed {
		if h.coins > 0 && (behind == nil || compareHeld(h, *behind) > 0) {
			list = append(list, h)
		}
	}
	slices.SortFunc(list, compareHeld)
	if s.LeftOut == 0 || len(rows) == wanted {
		return list[:min(limit, len(list))], true, nil
	}
	// The standing ends here: nothing is known of who comes behind its last one.
	if len(rows) == 0 {
		return nil, false, nil
	}
	last := rows[len(rows)-1]
	end, found := slices.BinarySearchFunc(list, held{script: last.Script, sum: readSum(last.Units)}, compareHeld)
	if found {
		end++
	}
	if end < limit {
		return nil, false, nil
	}
	return list[:limit], true, nil
}

// changedSince is what scripts held after the last block up to a height that
// changed it, of those that changed above another height.
func changedSince(read *gorm.DB, asset int64, above, height int32) (map[int64]held, error) {
	var rows []heldRecord
	err := read.Where("asset = ? AND height > ? AND height <= ?", asset, above, height).Order("height").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what holders held: %w", db.Classify(err))
	}
	changed := make(map[int64]held, len(rows))
	for _, r := range rows {
		changed[r.Script] = held{r.Script, readSum(r.Units), r.Coins}
	}
	return changed, nil
}
