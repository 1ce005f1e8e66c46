package tree

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
)

// ErrorKind names what is wrong with a tree; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrPath: the path does not lead from the leaf to the root.
	ErrPath = ErrorKind("the pledge is not in the tree")
	// ErrHead: the head is not what the leaves make of it, or does not follow
	// the one before.
	ErrHead = ErrorKind("the pledges do not make up this total")
)

// Hash is a leaf, a node, a root or a head.
type Hash = [sha256.Size]byte

// Root is the root over the hashes of leaves (Leaf.Hash), in their order; without
// any it is that of the empty string.
func Root(leaves []Hash) Hash {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	default:
		k := split(n)
		return join(Root(leaves[:k]), Root(leaves[k:]))
	}
}

// Path is what leads from leaf i to the root: the siblings from below. It panics
// when there is no such leaf.
func Path(leaves []Hash, i int) []Hash {
	_ = leaves[i]
	n := len(leaves)
	if n == 1 {
		return nil
	}
	if k := split(n); i < k {
		return append(Path(leaves[:k], i), Root(leaves[k:]))
	} else {
		return append(Path(leaves[k:], i-k), Root(leaves[:k]))
	}
}

// CheckPath says whether a leaf stands at an index of a tree of so many leaves
// (RFC 9162, section 2.1.3.2). Errors: ErrPath.
func CheckPath(leaf Hash, index, size uint32, path []Hash, root Hash) error {
	if index >= size {
		return fmt.Errorf("%w: leaf %d of %d", ErrPath, index, size)
	}
	at, last := index, size-1
	for _, sibling := range path {
		switch {
		case last == 0:
			return fmt.Errorf("%w: the path is too long", ErrPath)
		case at&1 == 1 || at == last:
			leaf = join(sibling, leaf)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		default:
			leaf = join(leaf, sibling)
		}
		at, last = at>>1, last>>1
	}
	if last != 0 {
		return fmt.Errorf("%w: the path is too short", ErrPath)
	}
	if leaf != root {
		return fmt.Errorf("%w: the path leads to another root", ErrPath)
	}
	return nil
}

// split is the largest power of two below n.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// join is the node above two.
func join(left, right Hash) Hash {
	var both [1 + 2*sha256.Size]byte
	both[0] = 1
	copy(both[1:], left[:])
	copy(both[1+sha256.Size:], right[:])
	return sha256.Sum256(both[:])
}
