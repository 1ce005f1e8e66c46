package calendar

import (
	"crypto/sha256"

	"cairn/notary/merkle"
	"cairn/notary/ots"
)

// nonceSize is how many random bytes hide a digest from those that read the
// path of its neighbours (otsserver/calendar.py).
const nonceSize = 16

// entry is one digest, or one batch of them, waiting for the next group commit.
type entry struct {
	nonce [nonceSize]byte // not of a batch
	leaf  merkle.Hash
	// keep asks for a row of proofs under digest.
	keep   bool
	digest [sha256.Size]byte
	// batch is nil for a digest.
	batch *batch
	// freed, when not nil, is called once nobody stores the entry any more.
	freed func()

	// Written by the committer before it sends on done.
	group *group
	index int
	done  chan error
}

// group is one group commit; it does not change once entries are told of it.
type group struct {
	tree *merkle.Tree
	key  Key
	// now is the time by this process's clock, in Unix seconds.
	now uint32

	// Written by seal.
	seq        int64
	commitment Commitment
}

// seal makes the commitment, with the number and the time it has in the
// journal.
func (g *group) seal(seq int64, time uint32) {
	g.seq = seq
	g.commitment = Commitment{Time: time, Tip: g.tree.Root()}
	g.commitment.MAC = g.key.MAC(time, g.commitment.Tip)
}

// digests is how many digests the entry stands for.
func (e *entry) digests() int {
	if e.batch != nil {
		return len(e.batch.digests)
	}
	return 1
}

func (e *entry) release() {
	if e.freed != nil {
		e.freed()
	}
}

// appendPath writes the steps from the entry's digest to the commitment.
func (e *entry) appendPath(dst []byte) []byte {
	dst = ots.AppendOp(dst, ots.Append(e.nonce[:]))
	dst = ots.AppendOp(dst, ots.SHA256())
	return e.appendWay(dst)
}

// appendWay writes the steps from the entry's leaf to the commitment.
func (e *entry) appendWay(dst []byte) []byte {
	var room [maxGroupLevels]merkle.Step
	dst = AppendSteps(dst, e.group.tree.AppendPath(room[:0], e.index))
	raw := e.group.commitment.Bytes()
	dst = ots.AppendOp(dst, ots.Prepend(raw[:4]))
	return ots.AppendOp(dst, ots.Append(raw[36:]))
}

// AppendSteps writes the steps of a Merkle path as operations of a proof.
func AppendSteps(dst []byte, steps []merkle.Step) []byte {
	for i := range steps {
		op := ots.Append(steps[i].Sibling[:])
		if steps[i].Left {
			op.Code = ots.OpPrepend
		}
		dst = ots.AppendOp(dst, op)
		dst = ots.AppendOp(dst, ots.SHA256())
	}
	return dst
}
