package ots

import (
	"encoding/binary"
)

// AppendBinary writes the timestamp after dst in its one canonical form:
// attestations before steps, each sorted, so that equal timestamps have equal
// bytes. The message itself is not written.
// Errors: ErrEmptyTimestamp when a message leads nowhere, ErrTooDeep.
func (t *Timestamp) AppendBinary(dst []byte) ([]byte, error) {
	return t.append(dst, MaxDepth)
}

func (t *Timestamp) append(dst []byte, depth int) ([]byte, error) {
	if depth == 0 {
		return nil, fail(ErrTooDeep, "at most %d operations on a path", MaxDepth-1)
	}
	left := len(t.attestations) + len(t.branches)
	if left == 0 {
		return nil, fail(ErrEmptyTimestamp, "message %x", head(t.msg))
	}
	for _, a := range t.attestations {
		if left--; left > 0 {
			dst = AppendFork(dst)
		}
		dst = AppendAttestation(dst, a)
	}
	for _, b := range t.branches {
		if left--; left > 0 {
			dst = AppendFork(dst)
		}
		var err error
		if dst, err = b.Result.append(AppendOp(dst, b.Op), depth-1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// The functions below write the same bytes as AppendBinary without a tree, for
// proofs that are one path (a calendar's answer): the steps in order by
// AppendOp, then one AppendAttestation. For a message with several items write
// AppendFork before each but the last, in canonical order. They check nothing:
// the steps must be well-formed and the address pass CheckURI.

// AppendFork writes the mark that another item of the same message follows
// after the next one.
func AppendFork(dst []byte) []byte { return append(dst, forkMark) }

// AppendOp writes one step; what follows from its result comes next.
func AppendOp(dst []byte, op Op) []byte {
	dst = append(dst, byte(op.Code))
	if !op.Code.hasArgument() {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(len(op.Arg)))
	return append(dst, op.Arg...)
}

// AppendOps writes several steps, one after the other.
func AppendOps(dst []byte, ops ...Op) []byte {
	for _, op := range ops {
		dst = AppendOp(dst, op)
	}
	return dst
}

// AppendAttestation writes one attestation.
func AppendAttestation(dst []byte, a Attestation) []byte {
	dst = append(dst, attestMark)
	dst = append(dst, a.Tag[:]...)
	dst = binary.AppendUvarint(dst, uint64(a.payloadSize()))
	return a.appendPayload(dst)
}

// AppendPending writes the attestation of a calendar.
func AppendPending(dst []byte, uri string) []byte { return AppendAttestation(dst, Pending(uri)) }

// payloadSize is how many bytes appendPayload writes.
func (a Attestation) payloadSize() int {
	switch {
	case a.Tag == TagPending:
		return uvarintSize(uint64(len(a.URI))) + len(a.URI)
	case a.hasHeight():
		return uvarintSize(a.Height)
	}
	return len(a.Payload)
}

func uvarintSize(n uint64) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}
