package follow

import (
	"context"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"

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
