package ledger

import (
	"bytes"
	"context"
	"fmt"
	"math"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// TipIn is the last block that the ledger has taken in, within a transaction of
// the database. Errors: chain.ErrNoBlock before the first.
func (l *Ledger) TipIn(tx *gorm.DB) (chain.BlockRef, error) {
	state, err := readState(tx)
	if err != nil {
		return chain.BlockRef{}, err
	}
	if state == nil {
		return chain.BlockRef{}, chain.ErrNoBlock
	}
	return state.ref(), nil
}

// HoldingsIn is what coins hold under a protocol, spent or not, as of the last
// block taken in, within a transaction of the database: for projections that come
// after the ledger's. Coins without units are left out.
func (l *Ledger) HoldingsIn(tx *gorm.DB, p assets.Protocol, coins []wire.OutPoint) (map[wire.OutPoint][]assets.Holding, error) {
	wanted := make(map[wire.OutPoint]bool, len(coins))
	seen := make(map[chainhash.Hash]bool)
	var ids [][]byte
	for _, at := range coins {
		wanted[at] = true
		if !seen[at.Hash] {
			seen[at.Hash] = true
			ids = append(ids, bytes.Clone(at.Hash[:]))
		}
	}
	held := make(map[wire.OutPoint][]assets.Holding)
	numbers, err := numbersOf(tx, ids)
	if err != nil {
		return nil, err
	}
	err = inParts(numbers, func(part []int64) error {
		var rows []coinRow
		err := tx.Raw(coinQuery+"WHERE c.tx IN ? AND c.protocol = ? ORDER BY c.tx, c.output, c.place", part, p).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read what coins hold: %w", db.Classify(err))
		}
		for _, r := range rows {
			if at := r.outpoint(); wanted[at] {
				h, err := r.holding()
				if err != nil {
					return err
				}
				held[at] = append(held[at], h)
			}
		}
		return nil
	})
	return held, err
}

// SupplyIn is how many units of an asset somebody holds, and how many of them a
// script does, as of the last block taken in; hash is that of the ledger of the
// asset's protocol there. Within a transaction of the database. Of an asset that
// is not known there are none.
func (l *Ledger) SupplyIn(tx *gorm.DB, id assets.ID, script []byte) (supply, on int64, hash [32]byte, err error) {
	if hash, err = hashAt(tx, id.Protocol, math.MaxInt32); err != nil {
		return 0, 0, hash, err
	}
	var rows []assetRecord
	if err := tx.Where("protocol = ? AND raw = ?", id.Protocol, id.Raw()).Limit(1).Find(&rows).Error; err != nil {
		return 0, 0, hash, fmt.Errorf("read an asset: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return 0, 0, hash, nil
	}
	left, _ := readSum(rows[0].Issued).minus(readSum(rows[0].Destroyed))
	number, err := scriptNumber(tx, script)
	if err != nil {
		return 0, 0, hash, err
	}
	var holders []holderRecord
	if err := tx.Where("asset = ? AND script = ?", rows[0].Number, number).Find(&holders).Error; err != nil {
		return 0, 0, hash, fmt.Errorf("read a holder: %w", db.Classify(err))
	}
	if len(holders) == 1 {
		on = readSum(holders[0].Units).int64()
	}
	return left.int64(), on, hash, nil
}

// AllHolders are all who hold units of an asset after the block at a height, or
// at Newest, the largest first, and which block that is. Errors: assets.ErrTooMany
// for more than most, assets.ErrUnknown, ErrFuture, chain.ErrNoBlock.
func (l *Ledger) AllHolders(ctx context.Context, id assets.ID, height int32, most int) ([]Holder, int32, error) {
	at, err := l.asOf(ctx, height)
	if err != nil {
		return nil, 0, err
	}
	list, err := l.LargestHolders(ctx, id, at, most+1)
	if err == nil && len(list) > most {
		err = fmt.Errorf("%w: more than %d holders", assets.ErrTooMany, most)
	}
	if err != nil {
		return nil, 0, err
	}
	return list, at, nil
}

// LargestHolders are who holds most units of an asset after the block at a height,
// or at Newest, the largest first and most of them at most. Their coins tell it at
// once, where a list could change between two of its pages, in a time that grows
// with the coins. Errors: assets.ErrUnknown, ErrFuture, chain.ErrNoBlock.
func (l *Ledger) LargestHolders(ctx context.Context, id assets.ID, height int32, most int) ([]Holder, error) {
	at, err := l.asOf(ctx, height)
	if err != nil {
		return nil, err
	}
	read := l.db.Read(ctx)
	r, err := assetOf(read, id)
	if err != nil {
		return nil, err
	}
	if _, err := assetAt(read, r, at, false); err != nil {
		return nil, err
	}
	list, err := l.addedUp(ctx, r, at, nil, most)
	if err != nil {
		return nil, err
	}
	return named(read, list)
}
