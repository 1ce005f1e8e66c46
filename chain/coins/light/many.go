package light

import (
	"context"
	"fmt"

	"github.com/btcsuite/btcd/btcutil/gcs"
	"github.com/btcsuite/btcd/btcutil/gcs/builder"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnrpc/neutrinorpc"
)

// MayHold asks the filter of a block for any of several scripts, for who searches
// blocks himself. Without a match the block neither makes nor spends a coin of
// theirs. It is true of every block where the node is no light client.
func (f *Finder) MayHold(ctx context.Context, block chainhash.Hash, scripts [][]byte) (bool, error) {
	answer, err := f.filters.GetCFilter(ctx, &neutrinorpc.GetCFilterRequest{Hash: block.String()})
	if err != nil {
		if withoutFilters(err) {
			return true, nil
		}
		return false, asking(err, "the filter of block %s", block)
	}
	n := elements(answer.Filter)
	if n == 0 {
		return false, nil
	}
	filter, err := gcs.FromBytes(n, builder.DefaultP, builder.DefaultM, answer.Filter)
	if err != nil {
		return false, fmt.Errorf("read the filter of block %s: %w", block, err)
	}
	may, err := filter.MatchAny(builder.DeriveKey(&block), scripts)
	if err != nil {
		return false, fmt.Errorf("ask the filter of block %s: %w", block, err)
	}
	return may, nil
}
