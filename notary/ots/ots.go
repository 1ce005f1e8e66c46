// Package ots reads and writes OpenTimestamps proofs.
//
// A proof is a tree: every node is a message, every edge an operation on it
// (append, hash, …), and the leaves are attestations that a message existed at
// some time. The package holds the format and nothing else: parsing with
// limits, the one canonical way of writing, merging, the text of "info", git's
// ASCII armor, and the way from a Bitcoin transaction to its block header.
//
// It follows python-opentimestamps 0.4.5, the only specification there is. Two
// things differ on purpose: numbers stop at 64 bits (Python has no end), and
// the whole proof is bounded by MaxSize and an amount of work (Python has no
// such bounds), since proofs come from strangers.
//
// It is pure: it imports no database, no network, no clock, and nothing of
// Cairn. A change here that makes an old proof read differently is a mistake.
package ots

// The limits of the format, in bytes unless said otherwise.
// Source: python-opentimestamps core/op.py, core/notary.py, core/timestamp.py.
const (
	// MaxMessage is the longest message an operation takes or makes.
	MaxMessage = 4096
	// MaxArgument is the longest argument of append and prepend; the shortest
	// is 1.
	MaxArgument = 4096
	// MaxPayload is the longest payload of an attestation.
	MaxPayload = 8192
	// MaxURI is the longest address of a pending attestation.
	MaxURI = 1000
	// MaxDepth is how many messages may lie on one path, the first and the
	// attested one included: 255 operations.
	MaxDepth = 256
)

// The limits that Cairn adds.
const (
	// MaxSize is the largest proof that is read. The largest of the
	// published examples has 3,812 bytes.
	MaxSize = 1 << 20
	// maxWork bounds the memory that a parsed proof takes, in bytes: each
	// message is stored, and MaxSize bytes could ask for gigabytes of them.
	maxWork = 32 << 20
	// nodeWork is what a message costs besides its own bytes.
	nodeWork = 160
)
