package epobc

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// The lowest six bits of a tag, and the six above them, which are the padding's
// code; what is above is not read.
const (
	tagBits     = 6
	tagMask     = 1<<tagBits - 1
	transferTag = 0b110011 // 51
	genesisTag  = 0b100101 // 37
	codeMask    = 63
)

// NoTag is a sequence number that is no tag. It stands for coins of coinbase
// transactions, whose sequence numbers mean nothing.
const NoTag uint32 = wire.MaxTxInSequenceNum

// Tag is what the sequence number of a transaction's first input says.
type Tag struct {
	// Genesis begins a color; otherwise units are moved.
	Genesis bool
	// Code is 0 for no padding, or the power of two that it is, up to 63.
	Code uint8
}

// ParseTag reads a sequence number; ok is false for one that is no tag.
func ParseTag(sequence uint32) (t Tag, ok bool) {
	t.Code = uint8(sequence >> tagBits & codeMask)
	switch sequence & tagMask {
	case transferTag:
		return t, true
	case genesisTag:
		t.Genesis = true
		return t, true
	}
	return Tag{}, false
}

// Sequence is the tag as a sequence number, below 4,096: as a relative lock time
// (BIP-0068) it would be one of blocks, for which such transactions have
// version 1.
func (t Tag) Sequence() uint32 {
	tag := uint32(transferTag)
	if t.Genesis {
		tag = genesisTag
	}
	return uint32(t.Code&codeMask)<<tagBits | tag
}

// Padding is what every output of the transaction has in satoshi beyond its
// units: 0, or a power of two up to 2^63.
func (t Tag) Padding() uint64 {
	if t.Code == 0 {
		return 0
	}
	return 1 << (t.Code & codeMask)
}

// codeFor is the code of the least padding of so many satoshi at least.
func codeFor(least int64) uint8 {
	if least <= 0 {
		return 0
	}
	return uint8(max(1, bits.Len64(uint64(least)-1)))
}

// Sequence is what has to be remembered of a transaction for the coins it makes
// (assets.Input.Tag): its first input's sequence number, or NoTag.
func Sequence(tx *wire.MsgTx) uint32 {
	if coinbase(tx) {
		return NoTag
	}
	return tx.TxIn[0].Sequence
}

// Touches reports whether a transaction has a tag. A tag is six bits of a number
// that others use too, so that one alone says little.
func Touches(tx *wire.MsgTx) bool {
	_, is := ParseTag(Sequence(tx))
	return is
}

func coinbase(tx *wire.MsgTx) bool {
	if len(tx.TxIn) != 1 {
		return len(tx.TxIn) == 0
	}
	from := tx.TxIn[0].PreviousOutPoint
	return from.Index == math.MaxUint32 && from.Hash == chainhash.Hash{}
}

// units is what an output of that value holds under a padding, 0 for nothing.
func units(value int64, padding uint64) int64 {
	if value <= 0 || uint64(value) <= padding {
		return 0
	}
	return value - int64(padding)
}

func (t Tag) String() string {
	if t.Genesis {
		return fmt.Sprintf("genesis, padding %d", t.Padding())
	}
	return fmt.Sprintf("transfer, padding %d", t.Padding())
}
