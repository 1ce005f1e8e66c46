package merkle

import "crypto/sha256"

// Hash is a leaf or a node.
type Hash = [sha256.Size]byte

// Step is one step of a path from a leaf to the root: the sibling that is
// joined, and on which side of us it stands.
type Step struct {
	Sibling Hash
	// Left: the sibling is the left half (prepend it); otherwise it is the
	// right one (append it).
	Left bool
}

// Join is the node above two neighbours.
func Join(left, right Hash) Hash {
	var both [2 * sha256.Size]byte
	copy(both[:sha256.Size], left[:])
	copy(both[sha256.Size:], right[:])
	return sha256.Sum256(both[:])
}

// Apply follows a path from a leaf and returns where it ends.
func Apply(leaf Hash, path []Step) Hash {
	for _, step := range path {
		if step.Left {
			leaf = Join(step.Sibling, leaf)
		} else {
			leaf = Join(leaf, step.Sibling)
		}
	}
	return leaf
}

// Tree is a whole tree in memory, about 64 bytes per leaf. It does not
// change after New and may be read by many goroutines.
type Tree struct {
	// levels[0] are the leaves, the last level is the root alone.
	levels [][]Hash
}

// New builds the tree over leaves, which it keeps and must not change
// afterwards. It panics without leaves: there is no empty tree.
func New(leaves []Hash) *Tree {
	if len(leaves) == 0 {
		panic("merkle: a tree needs a leaf")
	}
	t := &Tree{levels: [][]Hash{leaves}}
	for level := leaves; len(level) > 1; {
		above := make([]Hash, (len(level)+1)/2)
		raise(above, level)
		t.levels = append(t.levels, above)
		level = above
	}
	return t
}

// Len is the number of leaves.
func (t *Tree) Len() int { return len(t.levels[0]) }

// Root is the tip of the tree; that of one leaf is the leaf itself.
func (t *Tree) Root() Hash { return t.levels[len(t.levels)-1][0] }

// Path leads from leaf i to the root. It panics when there is no such leaf.
func (t *Tree) Path(i int) []Step {
	return t.AppendPath(make([]Step, 0, len(t.levels)), i)
}

// AppendPath appends the path of leaf i to steps. A level on which the
// element is carried up adds no step.
func (t *Tree) AppendPath(steps []Step, i int) []Step {
	_ = t.levels[0][i]
	for _, level := range t.levels[:len(t.levels)-1] {
		if sibling := i ^ 1; sibling < len(level) {
			steps = append(steps, Step{Sibling: level[sibling], Left: sibling < i})
		}
		i /= 2
	}
	return steps
}

// Root is the tip over leaves without keeping the tree. It overwrites leaves
// and allocates nothing; it panics without leaves.
func Root(leaves []Hash) Hash {
	if len(leaves) == 0 {
		panic("merkle: a tree needs a leaf")
	}
	for len(leaves) > 1 {
		above := leaves[:(len(leaves)+1)/2]
		raise(above, leaves)
		leaves = above
	}
	return leaves[0]
}

// raise writes the level above into above, which may be the front of level.
func raise(above, level []Hash) {
	for i := 0; i+1 < len(level); i += 2 {
		above[i/2] = Join(level[i], level[i+1])
	}
	if len(level)%2 == 1 {
		above[len(above)-1] = level[len(level)-1]
	}
}
