package ots

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// forkMark stands before every item of a timestamp but the last one;
// attestMark stands before an attestation, where an operation's code would be.
const (
	forkMark   = 0xff
	attestMark = 0x00
)

// Parse reads a timestamp of msg, which the bytes themselves do not contain;
// they must end where the timestamp ends. Neither slice is kept.
//
// The order is free; a duplicate attestation counts once; when a message has
// the same step twice, the later one replaces the earlier, as in the
// reference. Every step is carried out while it is read.
// Errors: *Error with one of ErrTruncated, ErrTrailing, ErrTooLong,
// ErrEmptyArgument, ErrNumber, ErrUnknownOp, ErrMessage, ErrTooDeep,
// ErrTooLarge, ErrURI.
func Parse(msg, serialized []byte) (*Timestamp, error) {
	if len(msg) > MaxMessage {
		return nil, fail(ErrTooLong, "message of %d bytes, at most %d", len(msg), MaxMessage)
	}
	r, err := newReader(serialized)
	if err != nil {
		return nil, err
	}
	t, err := r.timestamp(bytes.Clone(msg), MaxDepth)
	if err != nil {
		return nil, err
	}
	return t, r.end()
}

// reader walks over a proof once. It owns its bytes, so that what it returns
// may point into them.
type reader struct {
	b    []byte
	off  int
	work int
}

func newReader(serialized []byte) (*reader, error) {
	if len(serialized) > MaxSize {
		return nil, fail(ErrTooLarge, "%d bytes, at most %d", len(serialized), MaxSize)
	}
	return &reader{b: bytes.Clone(serialized)}, nil
}

func (r *reader) fail(kind ErrorKind, format string, args ...any) error {
	return &Error{Kind: kind, Offset: r.off, Detail: fmt.Sprintf(format, args...)}
}

// at puts the present place on an error that has none.
func (r *reader) at(err error) error {
	if e, ok := err.(*Error); ok && e.Offset < 0 {
		e.Offset = r.off
	}
	return err
}

func (r *reader) byte() (byte, error) {
	if r.off >= len(r.b) {
		return 0, r.fail(ErrTruncated, "one more byte expected")
	}
	c := r.b[r.off]
	r.off++
	return c, nil
}

func (r *reader) bytes(n int) ([]byte, error) {
	if n > len(r.b)-r.off {
		return nil, r.fail(ErrTruncated, "%d bytes expected, %d left", n, len(r.b)-r.off)
	}
	p := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return p, nil
}

// number reads unsigned LEB128 of at most 10 bytes and 64 bits; longer ways to
// write a small number are accepted, as in the reference.
func (r *reader) number() (uint64, error) {
	n, size := binary.Uvarint(r.b[r.off:])
	switch {
	case size == 0:
		return 0, r.fail(ErrTruncated, "a number is cut off")
	case size < 0:
		return 0, r.fail(ErrNumber, "more than 64 bits")
	}
	r.off += size
	return n, nil
}

// varbytes reads a length and as many bytes.
func (r *reader) varbytes(limit int) ([]byte, error) {
	n, err := r.number()
	if err != nil {
		return nil, err
	}
	if n > uint64(limit) {
		return nil, r.fail(ErrTooLong, "%d bytes, at most %d", n, limit)
	}
	return r.bytes(int(n))
}

func (r *reader) end() error {
	if r.off < len(r.b) {
		return r.fail(ErrTrailing, "%d left", len(r.b)-r.off)
	}
	return nil
}

func (r *reader) spend(work int) error {
	r.work += work
	if r.work > maxWork {
		return r.fail(ErrTooLarge, "its messages take more than %d bytes", maxWork)
	}
	return nil
}

// timestamp reads a message's items; depth counts the messages still allowed
// on this path, this one included.
func (r *reader) timestamp(msg []byte, depth int) (*Timestamp, error) {
	if depth == 0 {
		return nil, r.fail(ErrTooDeep, "at most %d operations on a path", MaxDepth-1)
	}
	if err := r.spend(nodeWork + len(msg)); err != nil {
		return nil, err
	}
	t := &Timestamp{msg: msg}
	for {
		mark, err := r.byte()
		if err != nil {
			return nil, err
		}
		more := mark == forkMark
		if more {
			if mark, err = r.byte(); err != nil {
				return nil, err
			}
		}
		if err := r.item(t, mark, depth); err != nil {
			return nil, err
		}
		if !more {
			t.settle()
			return t, nil
		}
	}
}

// item reads one attestation or one step with all that follows from it.
func (r *reader) item(t *Timestamp, mark byte, depth int) error {
	if mark == attestMark {
		a, err := r.attestation()
		if err != nil {
			return err
		}
		t.attestations = append(t.attestations, a)
		return nil
	}
	op := Op{Code: OpCode(mark)}
	if op.Code.hasArgument() {
		arg, err := r.varbytes(MaxArgument)
		if err != nil {
			return err
		}
		op.Arg = arg
	}
	msg, err := op.Apply(t.msg)
	if err != nil {
		return r.at(err)
	}
	next, err := r.timestamp(msg, depth-1)
	if err != nil {
		return err
	}
	t.branches = append(t.branches, Branch{Op: op, Result: next})
	return nil
}

func (r *reader) attestation() (Attestation, error) {
	var a Attestation
	tag, err := r.bytes(len(a.Tag))
	if err != nil {
		return a, err
	}
	a.Tag = AttestationTag(tag)
	payload, err := r.varbytes(MaxPayload)
	if err != nil {
		return a, err
	}
	if err := r.spend(nodeWork + len(payload)); err != nil {
		return a, err
	}
	if !a.Known() {
		a.Payload = string(payload)
		return a, nil
	}
	// The payload is read in place: what lies behind it is out of reach.
	inner := &reader{b: r.b[:r.off], off: r.off - len(payload)}
	if a.Tag == TagPending {
		uri, err := inner.varbytes(MaxURI)
		if err != nil {
			return a, err
		}
		a.URI = string(uri)
		if err := CheckURI(a.URI); err != nil {
			return a, inner.at(err)
		}
		return a, inner.end()
	}
	if a.Height, err = inner.number(); err != nil {
		return a, err
	}
	return a, inner.end()
}

// settle sorts what was read and drops duplicates: of equal attestations one
// stays, of equal steps the last.
func (t *Timestamp) settle() {
	slices.SortFunc(t.attestations, Attestation.Compare)
	t.attestations = slices.Compact(t.attestations)

	slices.SortStableFunc(t.branches, func(a, b Branch) int { return a.Op.Compare(b.Op) })
	kept := t.branches[:0]
	for _, b := range t.branches {
		if n := len(kept); n > 0 && kept[n-1].Op.Compare(b.Op) == 0 {
			kept[n-1] = b
			continue
		}
		kept = append(kept, b)
	}
	clear(t.branches[len(kept):])
	t.branches = kept
}
