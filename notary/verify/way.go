package verify

import (
	"bytes"

	"cairn/notary/ots"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Step is one step of the way from a digest to an attestation.
type Step struct {
	Op ots.Op
	// Result is the message after the step.
	Result []byte
	// Role is what the step is for.
	Role Role
}

// Role is what a step is for, as far as its form tells.
type Role string

// The roles, in the order in which a usual proof has them.
const (
	// RoleNonce: bytes shorter than a hash, which hide the digest.
	RoleNonce Role = "nonce"
	// RoleTime and RoleMAC: the 4 bytes before and the 8 bytes after a tip that
	// make a calendar's commitment (opentimestamps-server calendar.py).
	RoleTime Role = "time"
	RoleMAC  Role = "mac"
	// RoleSibling: a neighbour in a Merkle tree, joined by append or prepend.
	RoleSibling Role = "sibling"
	// RoleHash: a hash of what was joined before.
	RoleHash Role = "hash"
	// RoleTransaction: the bytes around the commitment in a transaction.
	RoleTransaction Role = "transaction"
	// RoleTxid: the hash whose result is the transaction's id.
	RoleTxid Role = "txid"
	// RoleBlock: a step in the Merkle tree of a block.
	RoleBlock Role = "block"
	// RoleOther: anything else.
	RoleOther Role = "other"
)

// Way is how a proof gets from its digest to one attestation.
type Way struct {
	Steps       []Step
	Attestation ots.Attestation
	// Txid is the last transaction on the way; zero if none is to be seen.
	Txid chainhash.Hash
}

// WayTo describes the first way in a timestamp that ends in an attestation,
// which is compared with ==. ok is false when there is none.
func WayTo(t *ots.Timestamp, attestation ots.Attestation) (way Way, ok bool) {
	return firstWay(t, func(_ *ots.Timestamp, a ots.Attestation) bool { return a == attestation })
}

// WayTo describes the way to what was found in a timestamp. Unlike the function
// of that name it tells two messages apart that have the same attestation.
func (f *Finding) WayTo(t *ots.Timestamp) (way Way, ok bool) {
	return firstWay(t, func(at *ots.Timestamp, a ots.Attestation) bool {
		return a == f.Attestation && bytes.Equal(at.Message(), f.Message)
	})
}

func firstWay(t *ots.Timestamp, wanted func(*ots.Timestamp, ots.Attestation) bool) (way Way, ok bool) {
	t.Walk(func(branches []ots.Branch, at *ots.Timestamp, a ots.Attestation) bool {
		if !wanted(at, a) {
			return true
		}
		way, ok = describe(branches, a), true
		return false
	})
	return way, ok
}

func describe(branches []ots.Branch, a ots.Attestation) Way {
	way := Way{Attestation: a, Txid: lastTransaction(branches)}
	for _, b := range branches {
		way.Steps = append(way.Steps, Step{Op: b.Op, Result: b.Result.Message(), Role: roleOf(b.Op)})
	}
	for i := 1; i < len(branches); i++ {
		before, after := branches[i-1].Op, branches[i].Op
		if before.Code == ots.OpPrepend && len(before.Arg) == 4 && after.Code == ots.OpAppend && len(after.Arg) == 8 {
			way.Steps[i-1].Role, way.Steps[i].Role = RoleTime, RoleMAC
		}
	}
	tx := -1
	if a.Tag == ots.TagBitcoin && way.Txid != (chainhash.Hash{}) {
		for i, b := range branches {
			if id, ok := b.Result.TransactionID(); ok && id == way.Txid {
				tx = i
			}
		}
	}
	if tx < 0 {
		return way
	}
	// Append and prepend around the commitment belong to the transaction; two
	// hashes make its id; all that follows is the block's tree.
	for i := tx; i >= 0 && (way.Steps[i].Op.Code == ots.OpAppend || way.Steps[i].Op.Code == ots.OpPrepend); i-- {
		way.Steps[i].Role = RoleTransaction
	}
	for i := tx + 1; i < len(way.Steps); i++ {
		way.Steps[i].Role = RoleBlock
		if i <= tx+2 {
			way.Steps[i].Role = RoleTxid
		}
	}
	return way
}

func roleOf(op ots.Op) Role {
	switch {
	case op.Code.DigestSize() > 0:
		return RoleHash
	case op.Code != ots.OpAppend && op.Code != ots.OpPrepend:
		return RoleOther
	case len(op.Arg) == chainhash.HashSize:
		return RoleSibling
	case len(op.Arg) < chainhash.HashSize:
		return RoleNonce
	}
	return RoleOther
}
