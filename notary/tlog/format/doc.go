// Package format is the public log on the wire: entries, tiles and the paths
// they are served under (c2sp.org/tlog-tiles), checkpoints
// (c2sp.org/tlog-checkpoint, c2sp.org/signed-note), inclusion proofs
// (c2sp.org/tlog-proof), and what is Cairn's own: the signed receipt and the
// line that describes an anchor.
//
// The tree is that of RFC 6962, section 2.1: leaves are sha256(00 ‖ entry),
// nodes sha256(01 ‖ left ‖ right). Entry i, counted from zero, is the
// commitment with number i+1 of the calendar's journal.
//
// A change here would make an old receipt or a mirror verify differently, so
// the package is pure: it imports no database, network or clock.
package format

import "golang.org/x/mod/sumdb/tlog"

// Hash is a leaf, a node or a root of the log's tree.
type Hash = tlog.Hash

// ErrorKind names what is wrong with a piece of the log; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrPath: not the path of a tile.
	ErrPath = ErrorKind("this is not the path of a tile")
	// ErrTile: the bytes of a tile are fewer or more than its width asks for.
	ErrTile = ErrorKind("the tile has not the length of its width")
	// ErrBundle: a bundle of entries is cut off, has bytes left over, or an
	// entry that is no commitment.
	ErrBundle = ErrorKind("the bundle of entries is malformed")
	// ErrCheckpoint: the text of a checkpoint is malformed.
	ErrCheckpoint = ErrorKind("the checkpoint is malformed")
	// ErrSignature: a note is not signed by the key it should be signed by.
	ErrSignature = ErrorKind("the signature is not that of the log's key")
	// ErrKey: a key's text is malformed, or not an Ed25519 key.
	ErrKey = ErrorKind("the log's key is malformed")
	// ErrReceipt: a receipt is malformed, or its parts contradict each other.
	ErrReceipt = ErrorKind("the receipt is malformed")
	// ErrInclusion: the proof does not lead from the entry to the checkpoint.
	ErrInclusion = ErrorKind("the inclusion proof does not lead to the checkpoint")
	// ErrAnchor: the line of an anchor is malformed.
	ErrAnchor = ErrorKind("the description of an anchor is malformed")
)
