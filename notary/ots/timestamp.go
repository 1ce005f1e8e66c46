package ots

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
)

// Timestamp is a message and what follows from it: attestations of the message
// itself, and steps that lead to further messages. Both are kept in the order
// in which they are written, without duplicates. It is not safe for concurrent
// change.
type Timestamp struct {
	msg          []byte
	attestations []Attestation
	branches     []Branch
}

// Branch is a step and the message it leads to.
type Branch struct {
	Op     Op
	Result *Timestamp
}

// New starts a timestamp of a message, which is copied. Errors: ErrTooLong.
func New(msg []byte) (*Timestamp, error) {
	if len(msg) > MaxMessage {
		return nil, fail(ErrTooLong, "message of %d bytes, at most %d", len(msg), MaxMessage)
	}
	return &Timestamp{msg: bytes.Clone(msg)}, nil
}

// Message is the message; do not change its bytes.
func (t *Timestamp) Message() []byte { return t.msg }

// Attestations are those of this message itself; do not change them.
func (t *Timestamp) Attestations() []Attestation { return t.attestations }

// Branches are the steps from this message; do not change them.
func (t *Timestamp) Branches() []Branch { return t.branches }

// Attest adds an attestation of the message; adding it twice is adding it
// once. Errors: ErrTooLong, ErrURI.
func (t *Timestamp) Attest(a Attestation) error {
	if err := a.check(); err != nil {
		return err
	}
	a = a.normal()
	i, found := slices.BinarySearchFunc(t.attestations, a, Attestation.Compare)
	if !found {
		t.attestations = slices.Insert(t.attestations, i, a)
	}
	return nil
}

// Remove takes an attestation of the message away, if it is there.
func (t *Timestamp) Remove(a Attestation) {
	t.attestations = slices.DeleteFunc(t.attestations, func(b Attestation) bool { return a == b })
}

// Add takes a step and returns where it leads; a step that is already there
// leads where it led before. Errors: those of Op.Apply.
func (t *Timestamp) Add(op Op) (*Timestamp, error) {
	i, found := t.find(op)
	if found {
		return t.branches[i].Result, nil
	}
	msg, err := op.Apply(t.msg)
	if err != nil {
		return nil, err
	}
	op.Arg = bytes.Clone(op.Arg)
	next := &Timestamp{msg: msg}
	t.branches = slices.Insert(t.branches, i, Branch{Op: op, Result: next})
	return next, nil
}

// Extend takes several steps, one after the other, and returns where the last
// one leads. Errors: those of Op.Apply; the steps before the bad one stay.
func (t *Timestamp) Extend(ops ...Op) (*Timestamp, error) {
	for _, op := range ops {
		next, err := t.Add(op)
		if err != nil {
			return nil, err
		}
		t = next
	}
	return t, nil
}

func (t *Timestamp) find(op Op) (int, bool) {
	return slices.BinarySearchFunc(t.branches, op, func(b Branch, op Op) int { return b.Op.Compare(op) })
}

// Merge adds everything that another timestamp of the same message says; the
// other one is not changed and shares no nodes with this one afterwards.
// Errors: ErrOtherMessage, and nothing is changed.
func (t *Timestamp) Merge(other *Timestamp) error {
	if !bytes.Equal(t.msg, other.msg) {
		return fail(ErrOtherMessage, "%x and %x", head(t.msg), head(other.msg))
	}
	t.merge(other)
	return nil
}

// merge walks both sorted lists once, so that its time does not grow with the
// square of what strangers send.
func (t *Timestamp) merge(other *Timestamp) {
	t.attestations = slices.Concat(t.attestations, other.attestations)
	slices.SortFunc(t.attestations, Attestation.Compare)
	t.attestations = slices.Compact(t.attestations)

	ours, theirs := t.branches, other.branches
	t.branches = make([]Branch, 0, len(ours)+len(theirs))
	for len(ours) > 0 || len(theirs) > 0 {
		order := cmp.Compare(len(theirs), len(ours)) // when one list has ended
		if len(ours) > 0 && len(theirs) > 0 {
			order = ours[0].Op.Compare(theirs[0].Op)
		}
		if order <= 0 {
			t.branches = append(t.branches, ours[0])
			if order == 0 {
				ours[0].Result.merge(theirs[0].Result)
				theirs = theirs[1:]
			}
			ours = ours[1:]
			continue
		}
		t.branches = append(t.branches, Branch{Op: theirs[0].Op, Result: theirs[0].Result.Clone()})
		theirs = theirs[1:]
	}
}

// Merge returns the union of two timestamps of the same message; neither is
// changed. Errors: ErrOtherMessage.
func Merge(a, b *Timestamp) (*Timestamp, error) {
	union := a.Clone()
	if err := union.Merge(b); err != nil {
		return nil, err
	}
	return union, nil
}

// Clone copies the whole tree; only the bytes of messages and arguments, which
// nobody changes, are shared.
func (t *Timestamp) Clone() *Timestamp {
	c := &Timestamp{msg: t.msg, attestations: slices.Clone(t.attestations), branches: slices.Clone(t.branches)}
	for i, b := range c.branches {
		c.branches[i].Result = b.Result.Clone()
	}
	return c
}

// Equal reports whether two timestamps say exactly the same.
func (t *Timestamp) Equal(other *Timestamp) bool {
	return bytes.Equal(t.msg, other.msg) &&
		slices.Equal(t.attestations, other.attestations) &&
		slices.EqualFunc(t.branches, other.branches, func(a, b Branch) bool {
			return a.Op.Compare(b.Op) == 0 && a.Result.Equal(b.Result)
		})
}

// All goes through every attestation with the timestamp whose message it
// attests, in the order in which they are written.
func (t *Timestamp) All() iter.Seq2[*Timestamp, Attestation] {
	return func(yield func(*Timestamp, Attestation) bool) {
		t.Walk(func(_ []Branch, at *Timestamp, a Attestation) bool { return yield(at, a) })
	}
}

// Walk goes through every attestation as All does, and gives the way from t to
// it as well. The slice is reused: copy what you keep. A visit that returns
// false ends the walk.
func (t *Timestamp) Walk(visit func(way []Branch, at *Timestamp, a Attestation) bool) {
	t.walk(nil, visit)
}

func (t *Timestamp) walk(way []Branch, visit func([]Branch, *Timestamp, Attestation) bool) bool {
	for _, a := range t.attestations {
		if !visit(way, t, a) {
			return false
		}
	}
	for _, b := range t.branches {
		if !b.Result.walk(append(way, b), visit) {
			return false
		}
	}
	return true
}

// Complete reports whether a Bitcoin block attests it, according to the proof
// itself: nothing is checked against a chain.
func (t *Timestamp) Complete() bool {
	for _, a := range t.All() {
		if a.Tag == TagBitcoin {
			return true
		}
	}
	return false
}

// head cuts a message for an error text.
func head(msg []byte) []byte { return msg[:min(len(msg), 32)] }
