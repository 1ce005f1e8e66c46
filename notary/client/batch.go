package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"cairn/notary/merkle"
	"cairn/notary/ots"
)

// nonceSize is how many random bytes hide a digest from the calendar and from
// the owners of the other files under the same tip.
// Source: opentimestamps-client otsclient/cmds.py, stamp_command.
const nonceSize = 16

// Batch stamps any number of digests with one question to each calendar: each
// digest gets a nonce of its own and is hashed, all go under one Merkle tip,
// and what the calendars say of the tip ends every proof. It holds about 112
// bytes for each digest and makes the proofs one at a time.
type Batch struct {
	digests [][sha256.Size]byte
	nonces  []byte
	tree    *merkle.Tree
	// answer is what the calendars said, serialized as a timestamp of the tip;
	// nil before Submit succeeded.
	answer []byte
}

// ErrNoDigests: a batch of nothing.
const ErrNoDigests = ErrorKind("there is nothing to stamp")

// NewBatch builds the tree over SHA-256 digests, in their order; it keeps the
// slice. random is read once for all nonces. Errors: ErrNoDigests, and random's
// own.
func NewBatch(digests [][sha256.Size]byte, random io.Reader) (*Batch, error) {
	if len(digests) == 0 {
		return nil, ErrNoDigests
	}
	b := &Batch{digests: digests, nonces: make([]byte, nonceSize*len(digests))}
	if _, err := io.ReadFull(random, b.nonces); err != nil {
		return nil, fmt.Errorf("no random bytes: %w", err)
	}
	leaves := make([]merkle.Hash, len(digests))
	var hidden [sha256.Size + nonceSize]byte
	for i := range digests {
		copy(hidden[:], digests[i][:])
		copy(hidden[sha256.Size:], b.nonce(i))
		leaves[i] = sha256.Sum256(hidden[:])
	}
	b.tree = merkle.New(leaves)
	return b, nil
}

// Len is the number of digests.
func (b *Batch) Len() int { return len(b.digests) }

// Tip is what the calendars get to see.
func (b *Batch) Tip() [sha256.Size]byte { return b.tree.Root() }

func (b *Batch) nonce(i int) []byte { return b.nonces[i*nonceSize : (i+1)*nonceSize] }

// Submit posts the tip to several calendars at once. It fails with ErrTooFew
// when fewer than needed gave an answer that the proofs can carry; the answers
// are returned in the order of calendars in either case.
func (b *Batch) Submit(ctx context.Context, calendars []*Calendar, needed int) ([]Answer, error) {
	if needed < 1 || needed > len(calendars) {
		return nil, fmt.Errorf("%w: %d are needed and %d can be asked", ErrTooFew, needed, len(calendars))
	}
	tip := b.Tip()
	answers := submit(ctx, calendars, needed, tip[:])
	merged, err := ots.New(tip[:])
	if err != nil {
		return answers, err
	}
	got := 0
	var failures []error
	for i := range answers {
		a := &answers[i]
		if a.Err == nil {
			a.Err = b.take(merged, *a)
		}
		if a.Err != nil {
			a.Timestamp = nil
			failures = append(failures, a.Err)
			continue
		}
		got++
	}
	if got < needed {
		return answers, fmt.Errorf("%w: %d of the %d needed: %w", ErrTooFew, got, needed, errors.Join(failures...))
	}
	b.answer, err = merged.AppendBinary(nil)
	return answers, err
}

// Complete adds what is known of the tip by now, as the proof of a transaction of
// its own. Error: ErrAnswer for what the proofs cannot carry. It panics before
// Submit succeeded.
func (b *Batch) Complete(server string, of *ots.Timestamp) error {
	if b.answer == nil {
		panic("client: a completion before any calendar answered")
	}
	tip := b.Tip()
	merged, err := ots.Parse(tip[:], b.answer)
	if err != nil {
		return fmt.Errorf("what the calendars answered: %w", err)
	}
	if err := b.take(merged, Answer{Calendar: server, Timestamp: of}); err != nil {
		return err
	}
	b.answer, err = merged.AppendBinary(nil)
	return err
}

// take merges an answer, unless the longest way could not carry it within the
// format's depth: one calendar cannot spoil what the others gave.
func (b *Batch) take(merged *ots.Timestamp, a Answer) error {
	// The first leaf has a neighbour on every level: no way is longer.
	trial, err := ots.New(b.digests[0][:])
	if err != nil {
		return err
	}
	tip, err := trial.Extend(b.way(nil, 0)...)
	if err != nil {
		return err
	}
	if err = tip.Merge(a.Timestamp); err == nil {
		_, err = trial.AppendBinary(nil)
	}
	if err == nil {
		err = merged.Merge(a.Timestamp)
	}
	if err != nil {
		return &Error{Kind: ErrAnswer, Server: a.Calendar, Cause: err}
	}
	return nil
}

// way appends the steps from digest i to the tip.
func (b *Batch) way(steps []ots.Op, i int) []ots.Op {
	steps = append(steps, ots.Append(b.nonce(i)), ots.SHA256())
	for _, step := range b.tree.Path(i) {
		join := ots.Append(step.Sibling[:])
		if step.Left {
			join = ots.Prepend(step.Sibling[:])
		}
		steps = append(steps, join, ots.SHA256())
	}
	return steps
}

// AppendProof writes the detached proof (.ots) of digest i after dst. It
// panics before Submit succeeded.
func (b *Batch) AppendProof(dst []byte, i int) []byte {
	if b.answer == nil {
		panic("client: a proof before any calendar answered")
	}
	dst = ots.AppendFileHeader(dst, ots.OpSHA256, b.digests[i][:])
	dst = ots.AppendOps(dst, b.way(make([]ots.Op, 0, 64), i)...)
	return append(dst, b.answer...)
}
