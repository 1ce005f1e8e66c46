// Package blockfile reads blocks from files: those in which Bitcoin Core and btcd
// keep them (each behind the network's magic and its length, blk00000.dat), with
// Core's obfuscation undone, and bare blocks one behind another.
//
//	Index    which blocks a file holds, without reading their transactions
//	Read     one of them
//	Order    blocks of many files from the oldest up, stale branches apart
//	Undo     the coins that a block spends, where a file of them lies beside it
//
// Files may come from anybody: every size is bounded, and nothing panics. It
// imports btcd and nothing of ours.
package blockfile

// ErrorKind names what is wrong with a file; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrFormat: there is something in the file that is no block.
	ErrFormat = ErrorKind("this is not a file of blocks")
	// ErrUndo: the coins do not fit the block.
	ErrUndo = ErrorKind("these are not the coins that the block spends")
	// ErrMerkle: the transactions are not those that the header commits to.
	ErrMerkle = ErrorKind("the block's transactions are not those of its header")
)
