// Package verdict is the verify page: the form, and the answer in plain words
// with the whole technical truth below it.
package verdict

import (
	"time"

	"cairn/notary/recognise"
	"cairn/templates/layout"
	"cairn/templates/ui"
)

// Form is the verify page before anything is verified, or after a mistake.
type Form struct {
	Meta layout.Meta
	// Digest and Header keep what was typed.
	Digest, Header string
	// Again is the proof given in base64, and AgainName what it is called, when
	// something else was wrong; a browser would not give it a second time.
	Again, AgainName string
	// The errors are field messages in the visitor's language; empty for none.
	ProofError  string
	DigestError []string
	HeaderError string
}

// Outcome is what a verification came to.
type Outcome string

// The outcomes.
const (
	// Confirmed: a block carries it; Strength says how much that means.
	Confirmed Outcome = "confirmed"
	// Pending: calendars promised, no block yet.
	Pending Outcome = "pending"
	// OtherFile: the proof is sound or not, but not about this file.
	OtherFile Outcome = "other-file"
	// Broken: the proof cannot be read; Reason says why.
	Broken Outcome = "broken"
	// Mismatch: the block named does not carry it: the proof is wrong.
	Mismatch Outcome = "mismatch"
	// OtherChain: the block at that height of the chain followed here does not
	// carry it, but that chain is a test chain and the proof may be of another.
	OtherChain Outcome = "other-chain"
	// UnknownBlock: the block named is not known to this Cairn.
	UnknownBlock Outcome = "unknown-block"
	// Unavailable: the blocks could not be looked at just now.
	Unavailable Outcome = "unavailable"
	// Nothing: the proof names no block and no calendar this Cairn can judge.
	Nothing Outcome = "nothing"
	// NotProof: the file is no OpenTimestamps proof; Kind says what it is.
	NotProof Outcome = "not-proof"
	// Found: no proof was given, but one is kept here; NotFound: none is.
	Found    Outcome = "found"
	NotFound Outcome = "not-found"
)

// View is the answer for one proof, or for one file that is none.
type View struct {
	Meta    layout.Meta
	Outcome Outcome
	// Name is what the visitor's file is called; it may be empty.
	Name string
	// Inside is the kind of file that the proof was found in; empty when the
	// file is the proof.
	Inside recognise.Kind
	// Kind is what the file is, and Version which version of that, for
	// NotProof.
	Kind    recognise.Kind
	Version string
	// Reason is why a Broken proof cannot be read, in the visitor's language.
	Reason string
	// Digest is the digest the proof is about, and Given what the visitor
	// asked about, both hexadecimal; Given is empty when only a proof came.
	Digest, Given string
	// Hash is the name of the digest's hash function, such as "sha256".
	Hash string
	// Height, Time, BlockHash and Expected (the block's Merkle root) are of
	// the block named; Found is the root the proof computes. Roots are in
	// display order. Time and BlockHash are empty where the block is unknown.
	Height          int64
	Time            time.Time
	BlockHash       string
	Expected, Found string
	// Strength is how sure one can be, when Confirmed.
	Strength Strength
	// Local is the chain that this Cairn follows, for blocks it does not know.
	Local Source
	// Here is the page of a proof of the same file that is kept here, where the
	// one given is of no use; empty for none.
	Here string
	// HeaderMissing: the visitor gave headers, and the block is not among them.
	HeaderMissing bool
	// Again is the proof in base64, for giving a header to it; empty when that
	// would not help or it is too long.
	Again string
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

// List is the answer when several things were given.
type List struct {
	Meta  layout.Meta
	Views []View
}

// tone is the outcome's color and mark.
func (v View) tone() ui.Tone {
	switch v.Outcome {
	case Confirmed, Found:
		return ui.Good
	case Pending, OtherChain, UnknownBlock, Unavailable, Nothing, NotFound:
		return ui.Wait
	}
	return ui.Bad
}

// wantsHeader reports whether a header would settle the matter.
func (v View) wantsHeader() bool {
	return v.Outcome == UnknownBlock || v.Outcome == OtherChain
}

// short is the beginning and the end of a hash.
func short(hash string) string {
	if len(hash) < 12 {
		return hash
	}
	return hash[:6] + "…" + hash[len(hash)-4:]
}
