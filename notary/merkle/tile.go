package merkle

import (
	"crypto/sha256"
	"errors"
)

// TileLeaves is how many leaves one tile holds. A tree over any number of
// leaves is the tree over the roots of its tiles, because a complete tile is
// eight whole levels and the last, partial one is carried up just as its
// elements would be. So the path of one leaf needs its tile and the roots of
// the tiles, never all leaves.
const TileLeaves = 256

// ErrTops: a stored list of tile roots is not one.
var ErrTops = errors.New("merkle: a list of tile roots has 32 bytes for each of at least one tile")

// Builder takes the leaves of a tree of any size one by one and keeps only
// the roots of the tiles: 32 bytes for 256 leaves.
type Builder struct {
	tile  [TileLeaves]Hash
	in    int
	tops  []Hash
	count int64
}

// Add appends one leaf.
func (b *Builder) Add(leaf Hash) {
	b.tile[b.in] = leaf
	b.in++
	b.count++
	if b.in == TileLeaves {
		b.tops = append(b.tops, Root(b.tile[:]))
		b.in = 0
	}
}

// Len is the number of leaves added.
func (b *Builder) Len() int64 { return b.count }

// Tops closes the last tile and returns the tree over the roots of the
// tiles. The builder must not be used afterwards. It panics without leaves.
func (b *Builder) Tops() *Tree {
	if b.in > 0 {
		b.tops = append(b.tops, Root(b.tile[:b.in]))
		b.in = 0
	}
	return New(b.tops)
}

// MarshalTops writes the leaves of a tree of tile roots, 32 bytes each.
func MarshalTops(tops *Tree) []byte {
	raw := make([]byte, 0, tops.Len()*sha256.Size)
	for _, top := range tops.levels[0] {
		raw = append(raw, top[:]...)
	}
	return raw
}

// ParseTops reads what MarshalTops wrote. Error: ErrTops.
func ParseTops(raw []byte) (*Tree, error) {
	if len(raw) == 0 || len(raw)%sha256.Size != 0 {
		return nil, ErrTops
	}
	leaves := make([]Hash, len(raw)/sha256.Size)
	for i := range leaves {
		copy(leaves[i][:], raw[i*sha256.Size:])
	}
	return New(leaves), nil
}
