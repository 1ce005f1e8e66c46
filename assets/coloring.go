package assets

import (
	"github.com/btcsuite/btcd/wire"
)

// Holding is an amount of one asset: 1 to 2^63-1 units. How many decimals people
// see is for the asset's definition, or in its id.
type Holding struct {
	Asset ID
	Units int64
}

// Input is what a protocol may want to know of a coin that a transaction spends.
type Input struct {
	// Prevout is the output spent: nil where nobody could look it up.
	Prevout *wire.TxOut
	// Holdings are its units under this protocol, in their order; empty for an
	// uncolored coin. Open Assets and EPOBC have one asset at most.
	Holdings []Holding
	// Tag is the sequence number of the first input of the transaction that made
	// the coin, which EPOBC reads; HasTag is false where nobody could look it up.
	Tag    uint32
	HasTag bool
}

// The ends of a Flow that are no inputs and outputs.
const (
	// Issued is where new units come from.
	Issued = -1
	// Destroyed is where units go that no output takes.
	Destroyed = -1
)

// Flow is a run of units on their way through a transaction: "units 3 to 8 of
// input 1 go to output 2".
type Flow struct {
	Asset ID
	// From is the input, or Issued; First is the place of the first unit among
	// the units of this asset there, from 0.
	From  int
	First int64
	// To is the output, or Destroyed.
	To    int
	Units int64
}

// Verdict says what a protocol makes of a transaction as a whole.
type Verdict string

const (
	// None: the transaction has nothing of this protocol; what colored coins it
	// spends are destroyed.
	None Verdict = "none"
	// Valid: its marker, payload or tag was applied.
	Valid Verdict = "valid"
	// Rejected: it has a marker, payload or tag that does not hold; Coloring.Why
	// says why.
	Rejected Verdict = "rejected"
	// Overflow: Colu's payments do not add up, so that all goes to the last output.
	Overflow Verdict = "overflow"
	// Unsure: it cannot be told, as a previous output that is needed is not known.
	Unsure Verdict = "unsure"
)

// Coloring is what a protocol makes of one transaction.
type Coloring struct {
	Protocol Protocol
	Verdict  Verdict
	// Why names the rule by which it was rejected, overflowed or left unsure; a
	// code of the protocol's package, for which pages have the sentence.
	Why string
	// Outputs are the holdings by output, as many as the transaction has.
	Outputs [][]Holding
	// Flows tell where each unit came from and went, those destroyed included, in
	// order of outputs and then of units; so every output has its reason.
	Flows []Flow
	// Issued is the asset of new units, zero for none.
	Issued ID
	// Marker is the output that carries the payload, or -1.
	Marker int
	// Metadata is what an issue says about its asset: the marker's metadata in
	// Open Assets, the hashes in Colu.
	Metadata []byte
	// Forks name the other readings under which this transaction is colored
	// otherwise, if it was asked to look for them.
	Forks []Reading
}

// Reading is a published implementation's way of reading the rules where they
// differ; the empty one is the specification's.
type Reading string

// Specification is the reading that counts.
const Specification Reading = ""

// Field is one stretch of a payload, explained for people: bytes From to To
// (excluded) of the script, what they are (a code of the protocol's package),
// and their value as text.
type Field struct {
	From, To int
	Name     string
	Value    string
}
