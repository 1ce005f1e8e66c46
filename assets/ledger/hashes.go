package ledger

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/ledger/engine"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// Link is the chain of hashes of a protocol after a block that changed it.
type Link struct {
	Block chain.BlockRef
	Hash  [32]byte
}

// hashAt is the hash after the newest change below a height.
func hashAt(tx *gorm.DB, p assets.Protocol, below int32) ([32]byte, error) {
	var rows []hashRecord
	err := tx.Where("protocol = ? AND height < ?", p, below).Order("height DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return [32]byte{}, fmt.Errorf("read the chain of hashes: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return engine.Start(p), nil
	}
	return [32]byte(rows[0].Hash), nil
}

// Hash is that of a protocol's ledger after the block at a height, or Newest
// (engine.Hash). Errors: ErrFuture, chain.ErrNoBlock before the first block.
func (l *Ledger) Hash(ctx context.Context, p assets.Protocol, height int32) ([32]byte, error) {
	height, err := l.asOf(ctx, height)
	if err != nil {
		return [32]byte{}, err
	}
	return hashAt(l.db.Read(ctx), p, height+1)
}

// Hashes are the changes of a protocol's chain of hashes from one height to
// another, both included, in order, 1,000 at most.
func (l *Ledger) Hashes(ctx context.Context, p assets.Protocol, from, to int32) ([]Link, error) {
	var rows []hashRecord
	err := l.db.Read(ctx).Where("protocol = ? AND height BETWEEN ? AND ?", p, from, to).Order("height").Limit(most).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the chain of hashes: %w", db.Classify(err))
	}
	links := make([]Link, len(rows))
	for i, r := range rows {
		links[i] = Link{Block: chain.BlockRef{Height: r.Height, Hash: chainhash.Hash(r.BlockHash)}, Hash: [32]byte(r.Hash)}
	}
	return links, nil
}

// asOf is the height that is meant. Errors: ErrFuture, chain.ErrNoBlock.
func (l *Ledger) asOf(ctx context.Context, height int32) (int32, error) {
	tip, err := l.Tip(ctx)
	switch {
	case err != nil:
		return 0, err
	case height < 0:
		return tip.Height, nil
	case height > tip.Height:
		return 0, fmt.Errorf("%w: %d is above %d", ErrFuture, height, tip.Height)
	}
	return height, nil
}
