package ots

import "fmt"

// ErrorKind names what is wrong with a proof; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrBadMagic: the bytes do not begin like a detached timestamp file.
	ErrBadMagic = ErrorKind("this is not an OpenTimestamps proof")
	// ErrVersion: a major version other than 1.
	ErrVersion = ErrorKind("the proof has a version that is not known")
	// ErrTruncated: the bytes end too early.
	ErrTruncated = ErrorKind("the proof ends too early")
	// ErrTrailing: bytes follow after the end of the proof, or of the payload
	// of a known attestation.
	ErrTrailing = ErrorKind("there are bytes after the end of the proof")
	// ErrTooLong: a field is longer than the format allows.
	ErrTooLong = ErrorKind("a part of the proof is too long")
	// ErrEmptyArgument: append or prepend of nothing.
	ErrEmptyArgument = ErrorKind("an operation has an empty argument")
	// ErrNumber: a number does not fit 64 bits.
	ErrNumber = ErrorKind("a number in the proof is too large")
	// ErrUnknownOp: an operation that the format does not have.
	ErrUnknownOp = ErrorKind("the proof uses an unknown operation")
	// ErrNotHash: the file is said to be hashed with something that is not a
	// hash function.
	ErrNotHash = ErrorKind("the proof names an unknown file hash")
	// ErrDigestLength: the digest is not as long as the hash makes it.
	ErrDigestLength = ErrorKind("the digest has a wrong length for its hash")
	// ErrMessage: an operation cannot be done on its message, because the
	// message is empty or the result would be longer than MaxMessage.
	ErrMessage = ErrorKind("an operation of the proof cannot be carried out")
	// ErrTooDeep: more than MaxDepth messages on one path.
	ErrTooDeep = ErrorKind("the proof is nested too deeply")
	// ErrTooLarge: more than MaxSize bytes, or too much work.
	ErrTooLarge = ErrorKind("the proof is too large")
	// ErrURI: a calendar address with characters that are not allowed.
	ErrURI = ErrorKind("the proof has an invalid calendar address")
	// ErrEmptyTimestamp: a message without attestation and without operation
	// cannot be written.
	ErrEmptyTimestamp = ErrorKind("the proof leads nowhere")
	// ErrOtherMessage: two timestamps of different messages cannot be merged.
	ErrOtherMessage = ErrorKind("the proofs are for different messages")
	// ErrArmor: the text holds no well-formed git timestamp armor.
	ErrArmor = ErrorKind("there is no readable git timestamp")
	// ErrNotInTransaction: the transaction does not contain the bytes.
	ErrNotInTransaction = ErrorKind("the transaction does not contain this commitment")
	// ErrTxIndex: the block has no transaction at that index.
	ErrTxIndex = ErrorKind("the block has no such transaction")
	// ErrTxOutProof: a txoutproof that is malformed or does not lead to its
	// own block header.
	ErrTxOutProof = ErrorKind("the transaction proof is not valid")
)

// Error is a kind with the place and the details.
type Error struct {
	Kind ErrorKind
	// Offset is where in the input it was seen, in bytes; -1 if there is no
	// input.
	Offset int
	// Detail is a lower-case sentence part; it may be empty.
	Detail string
}

// Error renders "kind: detail (at byte n)".
func (e *Error) Error() string {
	s := string(e.Kind)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Offset >= 0 {
		s += fmt.Sprintf(" (at byte %d)", e.Offset)
	}
	return s
}

// Unwrap gives errors.Is the kind.
func (e *Error) Unwrap() error { return e.Kind }

func fail(kind ErrorKind, format string, args ...any) error {
	return &Error{Kind: kind, Offset: -1, Detail: fmt.Sprintf(format, args...)}
}
