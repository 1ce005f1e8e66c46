package calendar

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"cairn/notary"
	"cairn/notary/merkle"
	"cairn/notary/ots"
)

const (
	// maxBatchLevels are the levels of the tree over notary.MaxBatch digests.
	maxBatchLevels = 14
	// maxBatchWaiting bounds the digests of batches that wait for a commit:
	// about 40 MB.
	maxBatchWaiting = 40 * notary.MaxBatch
	// maxGroupDigests ends a group, so that one commit takes tens of
	// milliseconds at most; a group has one batch more than fits.
	maxGroupDigests = 8 * notary.MaxBatch
)

// batch is many digests under a tree of their own, whose root is one leaf of
// a group commit. Each digest is joined with a nonce that only the batch's
// secret tells, so that the path of one digest says nothing of its neighbours.
type batch struct {
	name    notary.BatchID
	secret  [sha256.Size]byte
	digests []notary.Digest // distinct, at most notary.MaxBatch
	marks   []mark          // of the digests, see index.go
	tops    *merkle.Tree    // over the roots of the tiles

	// known is set by the committer when there was a batch of that name.
	known bool
}

// newBatch builds the tree. A digest that comes twice has the place where it
// came first.
func newBatch(name notary.BatchID, secret [sha256.Size]byte, digests []notary.Digest, key indexKey) *batch {
	b := &batch{name: name, secret: secret, digests: distinct(digests)}
	nonces := newNonces(b.secret)
	var tree merkle.Builder
	b.marks = make([]mark, len(b.digests))
	for i := range b.digests {
		tree.Add(nonces.leaf(&b.digests[i]))
		b.marks[i] = key.mark(&b.digests[i])
	}
	b.tops = tree.Tops()
	return b
}

func distinct(digests []notary.Digest) []notary.Digest {
	seen := make(map[notary.Digest]struct{}, len(digests))
	first := make([]notary.Digest, 0, len(digests))
	for _, d := range digests {
		if _, ok := seen[d]; !ok {
			seen[d] = struct{}{}
			first = append(first, d)
		}
	}
	return first
}

// tile is the digests of tile number i.
func (b *batch) tile(i int) []notary.Digest {
	return b.digests[i*merkle.TileLeaves : min((i+1)*merkle.TileLeaves, len(b.digests))]
}

// nonces tells the nonce of a digest: the first bytes of its HMAC-SHA256 under
// the batch's secret. It is for one goroutine.
type nonces struct {
	mac  hash.Hash
	room [sha256.Size]byte
}

func newNonces(secret [sha256.Size]byte) *nonces {
	return &nonces{mac: hmac.New(sha256.New, secret[:])}
}

func (n *nonces) nonce(d *notary.Digest) (nonce [nonceSize]byte) {
	n.mac.Reset()
	n.mac.Write(d[:])
	copy(nonce[:], n.mac.Sum(n.room[:0]))
	return nonce
}

// leaf is sha256(digest ‖ nonce).
func (n *nonces) leaf(d *notary.Digest) merkle.Hash {
	var nonced [sha256.Size + nonceSize]byte
	copy(nonced[:], d[:])
	nonce := n.nonce(d)
	copy(nonced[sha256.Size:], nonce[:])
	return sha256.Sum256(nonced[:])
}

// batchPaths writes the paths of a stored batch's digests, tile by tile.
type batchPaths struct {
	nonces *nonces
	tops   *merkle.Tree
	way    []byte
}

func newBatchPaths(secret, tops, way []byte) (*batchPaths, error) {
	tree, err := merkle.ParseTops(tops)
	if err != nil || len(secret) != sha256.Size {
		return nil, fmt.Errorf("a batch of the journal is damaged: %w", merkle.ErrTops)
	}
	return &batchPaths{nonces: newNonces([sha256.Size]byte(secret)), tops: tree, way: way}, nil
}

// open builds the tree of tile number i from its digests.
func (p *batchPaths) open(i int, digests []notary.Digest) *tilePaths {
	leaves := make([]merkle.Hash, len(digests))
	for j := range digests {
		leaves[j] = p.nonces.leaf(&digests[j])
	}
	return &tilePaths{batch: p, tile: i, digests: digests, tree: merkle.New(leaves)}
}

type tilePaths struct {
	batch   *batchPaths
	tile    int
	digests []notary.Digest
	tree    *merkle.Tree
}

// appendPath writes the steps from digest j of the tile to the commitment.
func (t *tilePaths) appendPath(dst []byte, j int) []byte {
	nonce := t.batch.nonces.nonce(&t.digests[j])
	dst = ots.AppendOp(dst, ots.Append(nonce[:]))
	dst = ots.AppendOp(dst, ots.SHA256())
	var room [maxBatchLevels]merkle.Step
	dst = AppendSteps(dst, t.batch.tops.AppendPath(t.tree.AppendPath(room[:0], j), t.tile))
	return append(dst, t.batch.way...)
}

// KeepMany stores digests, 1 to notary.MaxBatch, as one batch; each is then
// found by Receipt, and all of them by Batch. All of them are on disk when it
// returns nil, and none after an error, save ctx's own, after which it may be
// either. A name that is stored already gives the batch that has it, and
// nothing is stored; the zero name is replaced by a random one.
// Errors: notary.ErrBatchSize, notary.ErrBusy, notary.ErrStorage, ctx's own.
func (c *Calendar) KeepMany(ctx context.Context, name notary.BatchID, digests []notary.Digest) (notary.Batch, error) {
	if len(digests) == 0 || len(digests) > notary.MaxBatch {
		return notary.Batch{}, notary.ErrBatchSize
	}
	var secret [sha256.Size]byte
	if _, err := io.ReadFull(c.cfg.Rand, secret[:]); err != nil {
		return notary.Batch{}, fmt.Errorf("make a secret: %w", err)
	}
	if name == (notary.BatchID{}) {
		if _, err := io.ReadFull(c.cfg.Rand, name[:]); err != nil {
			return notary.Batch{}, fmt.Errorf("make a name: %w", err)
		}
	}
	weight := int64(len(digests))
	if c.batched.Add(weight) > maxBatchWaiting {
		c.batched.Add(-weight)
		return notary.Batch{}, notary.ErrBusy
	}
	b := newBatch(name, secret, digests, c.journal.indexKey())
	e := &entry{batch: b, leaf: b.tops.Root(), freed: func() { c.batched.Add(-weight) }}
	if err := c.wait(ctx, e); err != nil {
		return notary.Batch{}, err
	}
	if b.known {
		return c.journal.Batch(ctx, name)
	}
	return batchOf(name, e.group.seq, len(b.digests), e.group.commitment), nil
}
