package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"cairn/notary/merkle"
	"cairn/notary/ots"
)

// Answer is what became of asking one calendar.
type Answer struct {
	// Calendar is its address.
	Calendar string
	// Timestamp is what it said; nil when Err says why there is none.
	Timestamp *ots.Timestamp
	Err       error
}

// nonceSize is how many random bytes hide a digest from the calendar and from
// the owners of the other files under the same tip.
// Source: opentimestamps-client otsclient/cmds.py, stamp_command.
const nonceSize = 16

// Stamp stamps files, all under one Merkle tip, with several calendars: each
// digest gets a nonce of its own from random and is hashed, the tip over all
// of them is posted, and every calendar's answer goes into every proof.
//
// No files are no work. It fails with ErrTooFew, and changes no proof, when
// fewer than needed of the calendars answered. The answers are returned in the
// order of calendars in either case. Other errors: random's own.
func Stamp(ctx context.Context, files []*ots.File, calendars []*Calendar, needed int, random io.Reader) ([]Answer, error) {
	if needed < 1 || needed > len(calendars) {
		return nil, fmt.Errorf("%w: %d are needed and %d can be asked", ErrTooFew, needed, len(calendars))
	}
	if len(files) == 0 {
		return nil, nil
	}
	nonces := make([]byte, nonceSize*len(files))
	if _, err := io.ReadFull(random, nonces); err != nil {
		return nil, fmt.Errorf("no random bytes: %w", err)
	}
	leaves := make([]merkle.Hash, len(files))
	ways := make([][]ots.Op, len(files))
	for i, f := range files {
		nonce := nonces[i*nonceSize : (i+1)*nonceSize]
		ways[i] = []ots.Op{ots.Append(nonce), ots.SHA256()}
		leaves[i] = sha256.Sum256(slices.Concat(f.Digest(), nonce))
	}
	tree := merkle.New(leaves)
	for i := range files {
		for _, step := range tree.Path(i) {
			join := ots.Append(step.Sibling[:])
			if step.Left {
				join = ots.Prepend(step.Sibling[:])
			}
			ways[i] = append(ways[i], join, ots.SHA256())
		}
	}
	tip := tree.Root()
	answers := submit(ctx, calendars, needed, tip[:])
	refuseTooDeep(files, ways, answers)
	return answers, attach(files, ways, answers, needed)
}

// refuseTooDeep turns answers down that the file with the longest way could
// not carry within the format's depth, so that one calendar cannot spoil what
// the others gave.
func refuseTooDeep(files []*ots.File, ways [][]ots.Op, answers []Answer) {
	longest := 0
	for i, way := range ways {
		if len(way) > len(ways[longest]) {
			longest = i
		}
	}
	for i := range answers {
		a := &answers[i]
		if a.Err != nil {
			continue
		}
		if err := carry(files[longest], ways[longest], a.Timestamp); err != nil {
			a.Timestamp, a.Err = nil, &Error{Kind: ErrAnswer, Server: a.Calendar, Cause: err}
		}
	}
}

// carry tells whether a file's proof with an answer at the end of its way could
// be written.
func carry(f *ots.File, way []ots.Op, answer *ots.Timestamp) error {
	trial, err := ots.New(f.Digest())
	if err != nil {
		return err
	}
	tip, err := trial.Extend(way...)
	if err != nil {
		return err
	}
	if err := tip.Merge(answer); err != nil {
		return err
	}
	_, err = trial.AppendBinary(nil)
	return err
}

// attach puts every answer at the end of every file's way, or none at all.
func attach(files []*ots.File, ways [][]ots.Op, answers []Answer, needed int) error {
	got := 0
	var last error
	for _, a := range answers {
		if a.Err != nil {
			last = a.Err
			continue
		}
		got++
	}
	if got < needed {
		return fmt.Errorf("%w: %d of the %d needed: %w", ErrTooFew, got, needed, last)
	}
	stamped := make([]*ots.Timestamp, len(files))
	for i, f := range files {
		stamped[i] = f.Timestamp.Clone()
		tip, err := stamped[i].Extend(ways[i]...)
		if err != nil {
			return err
		}
		for _, a := range answers {
			if a.Err != nil {
				continue
			}
			if err := tip.Merge(a.Timestamp); err != nil {
				return err
			}
		}
	}
	for i, f := range files {
		f.Timestamp = stamped[i]
	}
	return nil
}

// grace is how long the slower calendars may still answer once enough have:
// more answers make a better proof, but nobody waits for a dead calendar.
const grace = time.Second

// submit asks all calendars at once. It returns when all have answered, or
// some time after enough have, or when ctx ends.
func submit(ctx context.Context, calendars []*Calendar, needed int, digest []byte) []Answer {
	type result struct {
		index int
		Answer
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan result, len(calendars))
	for i, c := range calendars {
		go func() {
			t, err := c.Submit(ctx, digest)
			if err != nil && errors.Is(context.Cause(ctx), errLate) {
				err = &Error{Kind: ErrUnreachable, Server: c.URL(), Cause: errLate}
			}
			results <- result{i, Answer{Calendar: c.URL(), Timestamp: t, Err: err}}
		}()
	}
	answers := make([]Answer, len(calendars))
	got := 0
	for range calendars {
		r := <-results
		answers[r.index] = r.Answer
		if r.Err == nil {
			if got++; got == needed {
				late := time.AfterFunc(grace, func() { cancel(errLate) })
				defer late.Stop()
			}
		}
	}
	return answers
}

var errLate = errors.New("enough others were faster")
