package tree

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"cairn/chain"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Tags of what is hashed (BIP-0340).
var (
	leafTag = []byte("cairn/pledge/1")
	headTag = []byte("cairn/progress/1")
)

// Leaf is one pledge. Its salt, known to the server and its owner, keeps anybody
// from trying coins until one fits.
type Leaf struct {
	Campaign lighthouse.ID
	Pledge   lighthouse.PledgeID
	Outpoint wire.OutPoint
	Value    btcutil.Amount
	Salt     Hash
}

// Hash is SHA-256(0x00 ‖ tagged hash "cairn/pledge/1" of campaign ‖ pledge ‖
// transaction id in the order of the wire ‖ output index ‖ value ‖ salt); numbers
// are big-endian, of 4 and 8 bytes.
func (l Leaf) Hash() Hash {
	b := make([]byte, 0, 102)
	b = append(b, l.Campaign[:]...)
	b = append(b, l.Pledge[:]...)
	b = append(b, l.Outpoint.Hash[:]...)
	b = binary.BigEndian.AppendUint32(b, l.Outpoint.Index)
	b = binary.BigEndian.AppendUint64(b, uint64(l.Value))
	b = append(b, l.Salt[:]...)
	digest := chainhash.TaggedHash(leafTag, b)
	return sha256.Sum256(append([]byte{0}, digest[:]...))
}

// Head is what is notarised of a campaign's confirmed pledges, as of a block.
type Head struct {
	Campaign lighthouse.ID
	// Number counts the heads of a campaign from 0, and Previous is the digest of
	// the one before, zero for the first: none can be left out later.
	Number   uint32
	Previous Hash
	Size     uint32
	Sum      btcutil.Amount
	Block    chain.BlockRef
	At       time.Time // in whole seconds
	Root     Hash
}

// Digest is the tagged hash "cairn/progress/1" of campaign ‖ number ‖ previous ‖
// size ‖ sum ‖ block height ‖ block hash in the order of the wire ‖ Unix time ‖
// root; numbers are big-endian, of 4 bytes, and of 8 bytes for sum and time.
func (h Head) Digest() Hash {
	b := make([]byte, 0, 138)
	b = append(b, h.Campaign[:]...)
	b = binary.BigEndian.AppendUint32(b, h.Number)
	b = append(b, h.Previous[:]...)
	b = binary.BigEndian.AppendUint32(b, h.Size)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Sum))
	b = binary.BigEndian.AppendUint32(b, uint32(h.Block.Height))
	b = append(b, h.Block.Hash[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.At.Unix()))
	b = append(b, h.Root[:]...)
	return Hash(*chainhash.TaggedHash(headTag, b))
}

// Over makes the head of these leaves, the rest of which is given.
func Over(leaves []Leaf, rest Head) Head {
	rest.Size, rest.Sum, rest.Root = uint32(len(leaves)), 0, Root(Hashes(leaves))
	for _, l := range leaves {
		rest.Sum += l.Value
	}
	return rest
}

// Hashes are those of leaves, in their order.
func Hashes(leaves []Leaf) []Hash {
	hashes := make([]Hash, len(leaves))
	for i, l := range leaves {
		hashes[i] = l.Hash()
	}
	return hashes
}

// Check says whether a head follows another one (nil for the first) and is made
// of these leaves, each pledge and coin of which counts once. Errors: ErrHead.
func (h Head) Check(before *Head, leaves []Leaf) error {
	var number uint32
	var previous Hash
	if before != nil {
		number, previous = before.Number+1, before.Digest()
		if h.At.Before(before.At) || h.Campaign != before.Campaign {
			return fmt.Errorf("%w: number %d is older than the one before, or of another campaign", ErrHead, h.Number)
		}
	}
	if h.Number != number || h.Previous != previous {
		return fmt.Errorf("%w: number %d does not follow the one before", ErrHead, h.Number)
	}
	coins, ids := make(map[wire.OutPoint]bool, len(leaves)), make(map[lighthouse.PledgeID]bool, len(leaves))
	for _, l := range leaves {
		if l.Campaign != h.Campaign || l.Value <= 0 || coins[l.Outpoint] || ids[l.Pledge] {
			return fmt.Errorf("%w: number %d counts pledge %s wrongly", ErrHead, h.Number, l.Pledge)
		}
		coins[l.Outpoint], ids[l.Pledge] = true, true
	}
	if want := Over(leaves, h); h.Root != want.Root || h.Size != want.Size || h.Sum != want.Sum {
		return fmt.Errorf("%w: number %d says %d pledges of %d sat, there are %d of %d", ErrHead, h.Number, h.Size, int64(h.Sum), want.Size, int64(want.Sum))
	}
	return nil
}
