// Package tlog makes the calendar accountable: every commitment goes, in the
// order of the journal, into an append-only log whose newest checkpoint is
// signed and whose tiles anybody may read and mirror (c2sp.org/tlog-tiles). A
// calendar that dropped, reordered or back-dated something would have to show
// different people different logs, and each signed checkpoint is evidence.
//
// The Sequencer runs with the leader and extends the tree. The Service reads
// it, in any process on the database: checkpoints, tiles, anchors, and signed
// receipts. The formats are package format's, the check from outside is
// package audit's.
package tlog

import "errors"

// ErrorKind names what went wrong with the log; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNoTile: the log has no such tile, or not yet.
	ErrNoTile = ErrorKind("the log has no such tile")
	// ErrNoEntry: the log has no such entry.
	ErrNoEntry = ErrorKind("the log has no such entry")
	// ErrNoCheckpoint: nobody has led since the log began, so there is no
	// checkpoint yet.
	ErrNoCheckpoint = ErrorKind("the log has no checkpoint yet")
	// ErrCorrupt: what is stored does not add up to the checkpoint that was
	// signed, so nothing more may be signed.
	ErrCorrupt = ErrorKind("what is stored of the log does not match its checkpoint")
)

// errMoved: another process has extended the log.
var errMoved = errors.New("the log was extended by another process")
