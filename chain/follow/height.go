package follow

import (
	"context"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/chain"
)

// HeightOf is the height of a block of the followed chain whose header is
// stored. Errors: chain.ErrNoBlock, also for one older than what is followed.
func (f *Follower) HeightOf(ctx context.Context, hash chainhash.Hash) (int32, error) {
	var heights []int32
	err := f.db.Read(ctx).Model(&blockRecord{}).Where("hash = ?", hash[:]).Limit(1).Pluck("height", &heights).Error
	if err != nil {
		return 0, fmt.Errorf("height of block %s: %w", hash, db.Classify(err))
	}
	if len(heights) == 0 {
		return 0, fmt.Errorf("block %s: %w", hash, chain.ErrNoBlock)
	}
	return heights[0], nil
}

// HashAt is the hash of the block at a height of the followed chain, within a
// transaction. Errors: chain.ErrNoBlock where no header is stored, as for blocks
// older than what can be undone.
func HashAt(tx *gorm.DB, height int32) (chainhash.Hash, error) { return storedHash(tx, height) }
