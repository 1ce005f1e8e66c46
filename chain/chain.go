// Package chain holds the words every part of Cairn shares about the block
// chain: networks, block references, blocks, fee rates, and the one interface
// through which blocks arrive. It imports btcd and nothing of ours.
package chain

import (
	"context"
	"fmt"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// BlockRef names one block. The zero value names none.
type BlockRef struct {
	Height int32
	Hash   chainhash.Hash
}

// String renders "height:hash" with the hash as explorers show it.
func (r BlockRef) String() string { return fmt.Sprintf("%d:%s", r.Height, r.Hash) }

// Block is one block of the chain being followed, whole.
type Block struct {
	BlockRef
	Msg *wire.MsgBlock
}

// Time is the block's own claim of when it was made, UTC.
func (b *Block) Time() time.Time { return b.Msg.Header.Timestamp.UTC() }

// Prev names the block below.
func (b *Block) Prev() BlockRef {
	return BlockRef{Height: b.Height - 1, Hash: b.Msg.Header.PrevBlock}
}

// Source is where blocks come from: the embedded devnet, or the node.
// Its methods are safe for concurrent use and return ErrNoBlock for a height
// or hash that is not (or no longer) known.
type Source interface {
	// Tip is the best block known now.
	Tip(ctx context.Context) (BlockRef, error)
	// HashAt is the hash of the block at a height of the best chain.
	HashAt(ctx context.Context, height int32) (chainhash.Hash, error)
	// Header is the 80-byte header of a block, of the best chain or stale.
	Header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error)
	// Block is a whole block, of the best chain or stale.
	Block(ctx context.Context, hash chainhash.Hash) (*wire.MsgBlock, error)
	// Changed returns a channel that receives after the tip has changed, at
	// least once per change, coalesced. It is closed when ctx ends.
	Changed(ctx context.Context) (<-chan struct{}, error)
}

// FeeRate is a fee rate in satoshi per 1,000 weight units, lnd's unit and the
// finest of the two in use (1 sat/vB = 250 sat/kw).
type FeeRate int64

// SatPerVByte makes a FeeRate from satoshi per virtual byte.
func SatPerVByte(satPerVByte int64) FeeRate { return FeeRate(satPerVByte * 250) }

// SatPerVByte is the rate in satoshi per virtual byte, rounded up.
func (r FeeRate) SatPerVByte() int64 { return (int64(r) + 249) / 250 }

// Fee is what weight units cost at this rate, rounded up.
func (r FeeRate) Fee(weight int64) btcutil.Amount {
	return btcutil.Amount((int64(r)*weight + 999) / 1000)
}
