// Package verdict is the verify page: the form, and the answer in plain words
// with the whole technical truth below it.
package verdict

import (
	"time"

	"cairn/templates/layout"
	"cairn/templates/ui"
)

// Form is the verify page before anything is verified, or after a mistake.
type Form struct {
	Meta layout.Meta
	// Digest keeps what was typed.
	Digest string
	// DigestError and ProofError are field messages in the visitor's
	// language; empty for none.
	DigestError, ProofError string
}

// Outcome is what a verification came to.
type Outcome string

// The outcomes.
const (
	// Confirmed: a block of the chain followed here carries it.
	Confirmed Outcome = "confirmed"
	// Pending: calendars promised, no block yet.
	Pending Outcome = "pending"
	// OtherFile: the proof is sound or not, but not about this file.
	OtherFile Outcome = "other-file"
	// Broken: the proof cannot be read; Reason says why.
	Broken Outcome = "broken"
	// Mismatch: the block named does not carry it: the proof is wrong.
	Mismatch Outcome = "mismatch"
	// UnknownBlock: the block named is not known to this Cairn.
	UnknownBlock Outcome = "unknown-block"
	// Unavailable: the blocks could not be looked at just now.
	Unavailable Outcome = "unavailable"
	// Nothing: the proof names no block and no calendar this Cairn can judge.
	Nothing Outcome = "nothing"
)

// View is the answer.
type View struct {
	Meta    layout.Meta
	Outcome Outcome
	// Reason is why a Broken proof cannot be read, in the visitor's language.
	Reason string
	// Digest is the digest the proof is about, and Given what the visitor
	// asked about, both hexadecimal; Given is empty when only a proof came.
	Digest, Given string
	// Height, Time, BlockHash and Expected (the block's Merkle root) are of
	// the block named; Found is the root the proof computes. Roots are in
	// display order. Time and BlockHash are empty where the block is unknown.
	Height          int32
	Time            time.Time
	BlockHash       string
	Expected, Found string
	// Calendars are addresses of the calendars that promised.
	Calendars []string
	// Others are attestations that this Cairn cannot judge, in words.
	Others []string
	// Steps is the way from the digest to the last attestation.
	Steps []Step
}

// Step is one operation of a proof: its name, its argument and its result,
// both hexadecimal.
type Step struct{ Op, Arg, Result string }

// tone is the outcome's colour and mark.
func (v View) tone() ui.Tone {
	switch v.Outcome {
	case Confirmed:
		return ui.Good
	case Pending, UnknownBlock, Unavailable, Nothing:
		return ui.Wait
	}
	return ui.Bad
}

// short is the beginning and the end of a hash.
func short(hash string) string {
	if len(hash) < 12 {
		return hash
	}
	return hash[:6] + "…" + hash[len(hash)-4:]
}
