// Package contract holds the rules of an assurance contract: which transaction
// the pledges of a campaign add up to, which input is a pledge for it, which
// pledges to take when there are more than enough, and how the claim is put
// together.
//
//	New → Check each pledge → Choose → Assemble
//
// A pledge is an input signed with SIGHASH_ALL|ANYONECANPAY: it commits to the
// contract's version, lock time and all outputs in their order, to its own coin
// and sequence number, and to no other input (BIP-0143, BIP-0341). So nobody can
// redirect it, it is worth nothing until the outputs are covered, and its owner
// takes it back by spending the coin.
//
// The package is pure: no clock, no network, no database. Whether a coin exists
// and is unspent, and whether two pledges spend the same one, is for the caller.
package contract

// ErrorKind names what is wrong with a contract, a pledge or a claim; match it
// with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrContract: such a contract cannot be made, or its bytes cannot be read.
	ErrContract = ErrorKind("this is not a contract")
	// ErrDust: an output is too small for the network to relay.
	ErrDust = ErrorKind("an output is too small")
	// ErrInputs: a pledge's transaction has other than one input.
	ErrInputs = ErrorKind("a pledge has exactly one input")
	// ErrVersion, ErrLockTime and ErrOutputs: the pledge signs another
	// transaction than the contract.
	ErrVersion  = ErrorKind("the pledge is for another transaction version")
	ErrLockTime = ErrorKind("the pledge is for another lock time")
	ErrOutputs  = ErrorKind("the pledge pays other outputs")
	// ErrSequence: the input's sequence number sets a relative lock, or switches
	// the contract's lock time off.
	ErrSequence = ErrorKind("the sequence number of the pledge does not fit")
	// ErrScriptType: coins of this kind cannot be pledged.
	ErrScriptType = ErrorKind("a coin of this kind cannot be pledged")
	// ErrHashType: a signature is not SIGHASH_ALL|ANYONECANPAY.
	ErrHashType = ErrorKind("the signature does not allow other pledges beside it")
	// ErrAnnex: a taproot annex, whose meaning nobody knows yet.
	ErrAnnex = ErrorKind("the pledge carries an annex")
	// ErrSignature: the coin is not unlocked by what the pledge shows.
	ErrSignature = ErrorKind("the signature of the pledge does not hold")
	// ErrWeight: the input is heavier than its kind may be.
	ErrWeight = ErrorKind("the pledge is too large")
	// ErrTooSmall: the coin is worth less than the least pledge.
	ErrTooSmall = ErrorKind("the pledge is too small")
	// ErrDuplicate: two pledges spend the same coin.
	ErrDuplicate = ErrorKind("two pledges spend the same coin")
	// ErrShort: the pledges do not cover outputs and fee yet; a *Shortfall says
	// how much is missing.
	ErrShort = ErrorKind("the pledges do not reach the goal yet")
	// ErrFull: the pledges that would cover the goal do not fit into one
	// standard transaction.
	ErrFull = ErrorKind("the pledges do not fit into one transaction")
	// ErrRefund: a refund that could be sent too early, or not at all.
	ErrRefund = ErrorKind("this is not a refund of the pledge")
)
