package format

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Node is a hash in its place: number N of a level of tiles.
type Node struct {
	Level int
	N     int64
	Hash  Hash
}

// Tree is the right edge of a log's tree: what is needed to add leaves and to
// tell the root, at most 255 hashes for each level of tiles. The zero value is
// the empty tree.
type Tree struct {
	size int64
	// edge[l] are the hashes of the partial tile at level l.
	edge [][]Hash
}

// ResumeTree is the tree of size entries whose partial tiles, from level 0
// up, are edge. Errors: ErrTile when a level has another number of hashes.
func ResumeTree(size int64, edge [][]Hash) (*Tree, error) {
	t := &Tree{size: size}
	for level := 0; CountAt(level, size) > 0; level++ {
		var have []Hash
		if level < len(edge) {
			have = edge[level]
		}
		if want := CountAt(level, size) % Width; int64(len(have)) != want {
			return nil, fmt.Errorf("%w: level %d of a log of %d has %d hashes at its edge, not %d", ErrTile, level, size, want, len(have))
		}
		t.edge = append(t.edge, slices.Clone(have))
	}
	return t, nil
}

// Clone is an independent copy.
func (t *Tree) Clone() *Tree {
	c := &Tree{size: t.size, edge: make([][]Hash, len(t.edge))}
	for i := range t.edge {
		c.edge[i] = slices.Clone(t.edge[i])
	}
	return c
}

// Size is the number of entries.
func (t *Tree) Size() int64 { return t.size }

// Append adds a leaf, and appends to done the hashes of the tiles that it
// fills.
func (t *Tree) Append(leaf Hash, done []Node) []Node {
	t.size++
	return t.put(0, leaf, done)
}

// AppendTile adds a whole tile of 256 entries by its hash alone, as Append
// does. It panics unless the size is a multiple of 256.
func (t *Tree) AppendTile(hash Hash, done []Node) []Node {
	if t.size%Width != 0 {
		panic("format: a tile cannot begin in the middle of another")
	}
	t.size += Width
	done = append(done, Node{Level: 1, N: t.size/Width - 1, Hash: hash})
	return t.put(1, hash, done)
}

// put adds a hash at the edge of a level, which may fill its tile.
func (t *Tree) put(level int, hash Hash, done []Node) []Node {
	for level >= len(t.edge) {
		t.edge = append(t.edge, make([]Hash, 0, Width))
	}
	t.edge[level] = append(t.edge[level], hash)
	if len(t.edge[level]) < Width {
		return done
	}
	full := TileHash(t.edge[level])
	t.edge[level] = t.edge[level][:0]
	done = append(done, Node{Level: level + 1, N: CountAt(level+1, t.size) - 1, Hash: full})
	return t.put(level+1, full, done)
}

// Root is the hash of the whole tree (RFC 6962, section 2.1).
func (t *Tree) Root() Hash {
	if t.size == 0 {
		return emptyRoot
	}
	// The whole subtrees, the widest first, are joined from the right.
	var subtrees []Hash
	for level := len(t.edge) - 1; level >= 0; level-- {
		rest := t.edge[level]
		for width := Width / 2; width > 0; width /= 2 {
			if len(rest) >= width {
				subtrees = append(subtrees, TileHash(rest[:width]))
				rest = rest[width:]
			}
		}
	}
	root := subtrees[len(subtrees)-1]
	for _, left := range slices.Backward(subtrees[:len(subtrees)-1]) {
		root = tlog.NodeHash(left, root)
	}
	return root
}

// emptyRoot is the root of no entries: the hash of nothing.
var emptyRoot = func() Hash {
	root, _ := tlog.TreeHash(0, nil)
	return root
}()

// TileHash is the hash over neighbours whose number is a power of two.
func TileHash(hashes []Hash) Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return tlog.NodeHash(TileHash(hashes[:half]), TileHash(hashes[half:]))
}
