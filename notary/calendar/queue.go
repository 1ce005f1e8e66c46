package calendar

import (
	"crypto/sha256"

	"cairn/notary/merkle"
	"cairn/notary/ots"
)

// nonceSize is how many random bytes hide a digest from those that read the
// path of its neighbours (otsserver/calendar.py).
const nonceSize = 16

// entry is one digest waiting for the next group commit.
type entry struct {
	nonce [nonceSize]byte
	leaf  merkle.Hash
	// keep asks for a row of proofs under digest.
	keep   bool
	digest [sha256.Size]byte

	// Written by the committer before it sends on done.
	group *group
	index int
	done  chan error
}

// group is one group commit; it does not change once entries are told of it.
type group struct {
	tree       *merkle.Tree
	commitment Commitment
}

// appendPath writes the steps from the entry's digest to the commitment.
func (e *entry) appendPath(dst []byte) []byte {
	dst = ots.AppendOp(dst, ots.Append(e.nonce[:]))
	dst = ots.AppendOp(dst, ots.SHA256())
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
