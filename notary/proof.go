// Package notary proves that files existed no later than a block: digests
// come in, wait durably in a calendar's journal, go under one Merkle root into
// a Bitcoin transaction, and come back as OpenTimestamps proofs.
package notary

import (
	"encoding/hex"
	"strings"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Digest is the SHA-256 of a file; the file itself never arrives.
type Digest [32]byte

// ParseDigest reads 64 hexadecimal digits in either case, surrounding space
// allowed. Errors: ErrDigestHex, ErrDigestLength.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	raw, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return d, ErrDigestHex
	}
	if len(raw) != len(d) {
		return d, ErrDigestLength
	}
	copy(d[:], raw)
	return d, nil
}

// String is the digest in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Stage is how far a digest has come on its way into the chain.
type Stage int

// The stages, in order.
const (
	// StageStored: on disk; an acknowledged digest is never before this.
	StageStored Stage = iota + 1
	// StageInTree: a leaf of the Merkle tree of an anchor being funded.
	StageInTree
	// StageBroadcast: its anchor transaction was sent to the network.
	StageBroadcast
	// StageConfirming: its anchor transaction is in a block of the best
	// chain, with fewer confirmations than asked for.
	StageConfirming
	// StageComplete: confirmed deeply enough; the proof stands alone.
	StageComplete
)

// Proof is all that is known of one stamped digest at a moment.
type Proof struct {
	Digest Digest
	// StoredAt is when the digest was on disk, UTC, second precision.
	StoredAt time.Time
	Stage    Stage
	// Commitment is what the calendar promised to include, 44 bytes
	// (be32 time, 32-byte tip, 8-byte MAC).
	Commitment []byte
	// Anchor is nil before StageInTree.
	Anchor *AnchorState
	// ExpectedBy estimates when it will be complete, UTC; the zero time
	// when it is complete or nothing can be said.
	ExpectedBy time.Time
	// Paused says in one sentence why it cannot be sent now; empty when it can,
	// or was.
	Paused string
	// Upstreams are the calendars of others asked as well.
	Upstreams []Upstream
	// Own are the transactions that carry this digest alone, oldest first.
	// When one of them is further than what the calendar does, Stage and
	// Anchor are its.
	Own []Own
}

// AnchorState is the state of the transaction that carries a proof.
type AnchorState struct {
	ID int64
	// Form is empty but for a transaction of its own for one digest; ID is
	// then that order's.
	Form Form
	// Root is the 32 bytes in the OP_RETURN.
	Root [32]byte
	// Commitments counts the leaves of its tree, each of which may stand for
	// any number of digests.
	Commitments int64
	// Digests counts the digests under it.
	Digests int64
	// FirstSeq to LastSeq are its commitments' numbers in the journal.
	FirstSeq, LastSeq int64
	// Txid, Fee and BroadcastAt are zero before StageBroadcast; Fee is the
	// miner's fee of the transaction as it stands now.
	Txid        chainhash.Hash
	Fee         btcutil.Amount
	BroadcastAt time.Time
	// Bumps counts how often the fee was raised.
	Bumps int
	// Block is the zero value before StageConfirming.
	Block     chain.BlockRef
	BlockTime time.Time
	// Confirmations of Needed; capped at Needed.
	Confirmations, Needed int32
}

// Upstream is the answer of somebody else's calendar.
type Upstream struct {
	URL      string
	Complete bool
}

// Status is the calendar as a whole, for the home page, `GET /` in JSON, and
// metrics.
type Status struct {
	// Pending counts commitments waiting for an anchor transaction.
	Pending int64
	// Digests counts all digests ever acknowledged.
	Digests int64
	// Tip is the Merkle root of the anchor not yet confirmed; nil if none.
	Tip []byte
	// Latest is the newest anchor in a block; nil if none.
	Latest *AnchorState
	// Unconfirmed is the anchor in flight; nil if none.
	Unconfirmed *AnchorState
	// Paused says in one sentence why no anchor can be made now; empty when
	// one can.
	Paused string
}

// Complete reports whether it has all confirmations it needs.
func (a AnchorState) Complete() bool { return a.Needed > 0 && a.Confirmations >= a.Needed }
