package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"cairn/app/db"
	"cairn/assets"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// scriptNumber is a script's, or 0 for one that never held any units.
func scriptNumber(read *gorm.DB, script []byte) (int64, error) {
	hash := sha256.Sum256(script)
	var rows []scriptRecord
	if err := read.Select("number").Where("hash = ?", hash[:]).Limit(1).Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("find a script: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return 0, nil
	}
	return rows[0].Number, nil
}

// AddressHistory lists what transactions in blocks brought to a script and took
// from it, newest first, a line for each asset. After is for the next page.
// Errors: ErrPage.
func (l *Ledger) AddressHistory(ctx context.Context, script []byte, page Page) (list []Entry, after string, err error) {
	read := l.db.Read(ctx)
	number, err := scriptNumber(read, script)
	if err != nil || number == 0 {
		return nil, "", err
	}
	query := read.Table("asset_history AS h").Joins("JOIN asset_txs t ON t.number = h.tx").Joins("JOIN asset_ids a ON a.number = h.asset").
		Select("h.tx, h.asset, h.received, h.sent, t.txid, t.height, t.place, t.made_at, a.protocol, a.raw").
		Where("h.script = ?", number).Order("h.tx DESC, h.asset DESC").Limit(page.limit() + 1)
	if page.After != "" {
		tx, asset, err := readPlace(page.After, 8)
		if err != nil {
			return nil, "", err
		}
		query = query.Where("(h.tx, h.asset) < (?, ?)", int64(binary.BigEndian.Uint64(tx)&(1<<63-1)), asset)
	}
	var rows []struct {
		Tx, Asset      int64
		Received, Sent []byte
		Txid           []byte
		Height, Place  int32
		MadeAt         int64
		Protocol       assets.Protocol
		Raw            []byte
	}
	if err := query.Scan(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("read the history of a script: %w", db.Classify(err))
	}
	if len(rows) > page.limit() {
		rows = rows[:page.limit()]
		end := rows[len(rows)-1]
		after = placeAfter(binary.BigEndian.AppendUint64(nil, uint64(end.Tx)), end.Asset)
	}
	for _, r := range rows {
		id, err := readID(r.Protocol, r.Raw)
		if err != nil {
			return nil, "", err
		}
		list = append(list, Entry{
			TxRef: TxRef{Txid: chainhash.Hash(r.Txid), Height: r.Height, Place: r.Place, Time: seconds(r.MadeAt)},
			Asset: id, Received: readSum(r.Received).int64(), Sent: readSum(r.Sent).int64(),
		})
	}
	return list, after, nil
}

// holdersThen lists who held units of an asset after a past block.
func (l *Ledger) holdersThen(ctx context.Context, r assetRecord, height int32, from string, limit int) ([]Holder, string, error) {
	read := l.db.Read(ctx)
	if _, err := assetAt(read, r, height, false); err != nil {
		return nil, "", err
	}
	var behind *held
	if from != "" {
		most, script, err := readPlace(from, sumSize)
		if err != nil {
			return nil, "", err
		}
		behind = &held{script: script, sum: readSum(most)}
	}
	list, known, err := rankedThen(read, r, height, behind, limit+1)
	if err == nil && !known {
		list, err = l.addedUp(ctx, r, height, behind, limit+1)
	}
	if err != nil {
		return nil, "", err
	}
	after := ""
	if len(list) > limit {
		list = list[:limit]
		end := list[limit-1]
		after = placeAfter(end.sum.bytes(), end.script)
	}
	holders, err := named(read, list)
	return holders, after, err
}

// named adds the scripts themselves.
func named(read *gorm.DB, list []held) ([]Holder, error) {
	numbers := make([]int64, len(list))
	for i, h := range list {
		numbers[i] = h.script
	}
	scripts, err := scriptsOf(read, numbers)
	if err != nil {
		return nil, err
	}
	holders := make([]Holder, len(list))
	for i, h := range list {
		holders[i] = Holder{Script: scripts[h.script], Units: h.sum.int64(), Coins: h.coins}
	}
	return holders, nil
}

// addedUp is who held units of an asset after a block, from its coins, as many as
// limit behind a place in the list; nil for its beginning. It takes a time that
// grows with the coins, so that few do it at once.
func (l *Ledger) addedUp(ctx context.Context, r assetRecord, height int32, behind *held, limit int) ([]held, error) {
	select {
	case l.adding <- struct{}{}:
		defer func() { <-l.adding }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	rows, err := l.db.Read(ctx).Raw(`SELECT script, units FROM asset_coins WHERE asset = ? AND height <= ?
		AND (spent_height IS NULL OR spent_height > ?)`, r.Number, height, height).Rows()
	if err != nil {
		return nil, fmt.Errorf("add up past holders: %w", db.Classify(err))
	}
	defer rows.Close()
	by := make(map[int64]held)
	for rows.Next() {
		var script, n int64
		if err := rows.Scan(&script, &n); err != nil {
			return nil, fmt.Errorf("add up past holders: %w", db.Classify(err))
		}
		h := by[script]
		by[script] = held{script, h.sum.plus(units(n)), h.coins + 1}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("add up past holders: %w", db.Classify(err))
	}
	all := slices.SortedFunc(maps.Values(by), compareHeld)
	if behind != nil {
		place, there := slices.BinarySearchFunc(all, *behind, compareHeld)
		if there {
			place++
		}
		all = all[place:]
	}
	return all[:min(limit, len(all))], nil
}

func scriptsOf(read *gorm.DB, numbers []int64) (map[int64][]byte, error) {
	scripts := make(map[int64][]byte, len(numbers))
	err := inParts(numbers, func(part []int64) error {
		var rows []scriptRecord
		if err := read.Where("number IN ?", part).Find(&rows).Error; err != nil {
			return fmt.Errorf("read scripts: %w", db.Classify(err))
		}
		for _, r := range rows {
			scripts[r.Number] = r.Script
		}
		return nil
	})
	return scripts, err
}

// Supply are the numbers of an asset over time up to a height, or Newest, in
// order: after each block that changed them, or where that would be more than
// points, about as many of them spread over the heights, the first and the last
// included. Errors: assets.ErrUnknown.
func (l *Ledger) Supply(ctx context.Context, id assets.ID, height int32, points int) ([]Total, error) {
	points = min(max(points, 2), 1000)
	if height < 0 {
		height = math.MaxInt32
	}
	read := l.db.Read(ctx)
	r, err := assetOf(read, id)
	if err != nil {
		return nil, err
	}
	var rows []totalsRecord
	if err := read.Where("asset = ? AND height <= ?", r.Number, height).Order("height").Limit(points + 1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read an asset over time: %w", db.Classify(err))
	}
	if len(rows) > points {
		if rows, err = sampled(read, r.Number, rows[0].Height, height, points); err != nil {
			return nil, err
		}
	}
	list := make([]Total, len(rows))
	for i, t := range rows {
		list[i] = Total{
			Height: t.Height, Issued: readSum(t.Issued).int64(), Burnt: readSum(t.Destroyed).int64(),
			Holders: t.Holders, Transfers: t.Transfers,
		}
	}
	return list, nil
}

// sampled are totals at heights spread from the first to the last up to a height.
func sampled(read *gorm.DB, asset int64, first, height int32, points int) (rows []totalsRecord, err error) {
	var last int32
	if err := read.Model(&totalsRecord{}).Where("asset = ? AND height <= ?", asset, height).Select("MAX(height)").Scan(&last).Error; err != nil {
		return nil, fmt.Errorf("read an asset over time: %w", db.Classify(err))
	}
	spread := make([]string, points)
	for i := range spread {
		spread[i] = fmt.Sprintf("(%d)", first+int32(int64(last-first)*int64(i)/int64(points-1)))
	}
	// One question for all points; they are numbers of ours.
	err = read.Raw(`WITH spread (at) AS (VALUES `+strings.Join(spread, ", ")+`)
		SELECT * FROM asset_totals WHERE asset = ? AND height IN
			(SELECT (SELECT MAX(x.height) FROM asset_totals x WHERE x.asset = ? AND x.height <= spread.at) FROM spread)
		ORDER BY height`, asset, asset).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read an asset over time: %w", db.Classify(err))
	}
	return rows, nil
}
