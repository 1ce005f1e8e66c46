// Package verify checks OpenTimestamps proofs against block headers, says what
// it found in a form that pages and commands can show, and describes the way a
// proof takes, for drawing.
//
// It reads no chain of its own: headers come through the Headers interface,
// from a node, a file, or somebody's server. It imports the codec and btcd's
// header arithmetic, and no database, HTTP or clock.
package verify

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"cairn/chain"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// ErrorKind names what went wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrOtherFile: the digest is not the one that the proof is for.
	ErrOtherFile = ErrorKind("this proof is for another file")
	// ErrHeaderList: a list of headers is malformed.
	ErrHeaderList = ErrorKind("the list of block headers cannot be read")
	// ErrWork: a header's hash does not meet the target it claims, or the
	// target is easier than the network allows (Bitcoin's proof of work).
	ErrWork = ErrorKind("a block header lacks its proof of work")
)

// Headers gives the header of the best chain's block at a height. It returns
// chain.ErrNoBlock when it knows none at that height; any other error means
// that it could not look.
type Headers interface {
	HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error)
}

// Outcome is what a proof is worth, all attestations taken together.
type Outcome string

// The outcomes, the best first; the first that applies is the verdict.
const (
	// Confirmed: a block attests the digest.
	Confirmed Outcome = "confirmed"
	// Mismatch: the proof names a block whose Merkle root is another one, and
	// no other block confirms it. The proof is wrong.
	Mismatch Outcome = "mismatch"
	// Unavailable: the header source did not answer, so nothing is known.
	Unavailable Outcome = "unavailable"
	// NoHeader: the header source has no block at that height.
	NoHeader Outcome = "no-header"
	// Pending: so far only calendars have promised to attest it.
	Pending Outcome = "pending"
	// Nothing: the attestations are of kinds that cannot be checked here.
	Nothing Outcome = "nothing"
)

// rank orders outcomes from best to worst.
var rank = []Outcome{Confirmed, Mismatch, Unavailable, NoHeader, Pending, Nothing}

// Finding is what became of one attestation. Its Outcome is that of the
// attestation alone; Nothing for a kind that cannot be checked here, or when
// there were more than MaxHeaders blocks to look up.
type Finding struct {
	Attestation ots.Attestation
	// Message is what the attestation attests: for a Bitcoin block the Merkle
	// root expected, 32 bytes in internal byte order.
	Message []byte
	Outcome Outcome

	// Block, Time, Root and WorkBits describe the header that was found, for
	// Confirmed and Mismatch. Time is the header's nTime, UTC: miners may be
	// off by hours, so show the day. Root is its Merkle root. WorkBits is the
	// base-2 logarithm, rounded down, of the hashes that one such header
	// takes: 32 is the least of mainnet, 77 usual there in 2024, 1 a devnet's.
	Block    chain.BlockRef
	Time     time.Time
	Root     chainhash.Hash
	WorkBits int
	// Header is that header.
	Header *wire.BlockHeader
	// Txid is the transaction on the way, if one is to be seen; else zero.
	Txid chainhash.Hash
	// Err is why the header could not be had, for Unavailable and NoHeader.
	Err error
}

// Verdict is what was found. Time, Block and Txid are those of the lowest
// block that confirms, and zero unless the outcome is Confirmed.
type Verdict struct {
	Outcome Outcome
	// Time says "existed no later than", with the precision of a day.
	Time  time.Time
	Block chain.BlockRef
	Txid  chainhash.Hash
	// Findings are those of Bitcoin blocks by height, then the others in the
	// order of the proof.
	Findings []Finding
}

// MaxHeaders is how many different blocks a proof may make us look up.
const MaxHeaders = 32

// MaxFindings is how many attestations of a proof are reported.
const MaxFindings = 1000

// Pending lists the calendars that promised to attest, each once, in the
// order of the proof.
func (v *Verdict) Pending() []string {
	var uris []string
	for _, f := range v.Findings {
		if a := f.Attestation; a.Tag == ots.TagPending && !slices.Contains(uris, a.URI) {
			uris = append(uris, a.URI)
		}
	}
	return uris
}

// Check looks at every attestation of a timestamp. Each Bitcoin block that a
// proof names is looked up once, the lowest first (opentimestamps-client
// otsclient/cmds.py, verify_timestamp). headers may be nil: then nothing can
// be confirmed. The error is ctx's own, if it ended meanwhile.
func Check(ctx context.Context, t *ots.Timestamp, headers Headers) (*Verdict, error) {
	v := &Verdict{Outcome: Nothing, Findings: collect(t)}
	asked := map[uint64]lookup{}
	for i := range v.Findings {
		f := &v.Findings[i]
		switch f.Attestation.Tag {
		case ots.TagPending:
			f.Outcome = Pending
		case ots.TagBitcoin:
			height := f.Attestation.Height
			answer, known := asked[height]
			if !known {
				if len(asked) == MaxHeaders {
					continue
				}
				answer = ask(ctx, headers, height)
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				asked[height] = answer
			}
			f.judge(byRoot(headers, f, answer))
		}
		if slices.Index(rank, f.Outcome) < slices.Index(rank, v.Outcome) {
			v.Outcome = f.Outcome
			if f.Outcome == Confirmed {
				v.Time, v.Block, v.Txid = f.Time, f.Block, f.Txid
			}
		}
	}
	return v, nil
}

// collect lists the attestations: Bitcoin blocks by height, then the rest.
func collect(t *ots.Timestamp) []Finding {
	var findings []Finding
	t.Walk(func(way []ots.Branch, at *ots.Timestamp, a ots.Attestation) bool {
		f := Finding{Attestation: a, Message: at.Message(), Outcome: Nothing}
		if a.Tag == ots.TagBitcoin {
			f.Txid = lastTransaction(way)
		}
		findings = append(findings, f)
		return len(findings) < MaxFindings
	})
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(order(a), order(b)) })
	return findings
}

func order(f Finding) uint64 {
	if f.Attestation.Tag == ots.TagBitcoin {
		return min(f.Attestation.Height, math.MaxUint64-1)
	}
	return math.MaxUint64
}

// lastTransaction is the id of the transaction nearest to the end of a way.
func lastTransaction(way []ots.Branch) chainhash.Hash {
	for _, b := range slices.Backward(way) {
		if txid, ok := b.Result.TransactionID(); ok {
			return txid
		}
	}
	return chainhash.Hash{}
}

// lookup is the answer of the header source for one height.
type lookup struct {
	block  chain.BlockRef
	header *wire.BlockHeader
	err    error
}

func ask(ctx context.Context, headers Headers, height uint64) lookup {
	if headers == nil || height > math.MaxInt32 {
		return lookup{err: chain.ErrNoBlock}
	}
	header, err := headers.HeaderAt(ctx, int32(height))
	if err != nil {
		return lookup{err: err}
	}
	return lookup{block: chain.BlockRef{Height: int32(height), Hash: header.BlockHash()}, header: header}
}

// byRoot finds the header of a block whose height the source does not know, by
// what the proof leads to.
func byRoot(headers Headers, f *Finding, answer lookup) lookup {
	source, ok := headers.(ByRoot)
	if !ok || !errors.Is(answer.err, chain.ErrNoBlock) || len(f.Message) != chainhash.HashSize {
		return answer
	}
	header, found := source.HeaderByRoot(chainhash.Hash(f.Message))
	if !found {
		return answer
	}
	height := int32(min(f.Attestation.Height, math.MaxInt32))
	return lookup{block: chain.BlockRef{Height: height, Hash: header.BlockHash()}, header: header}
}

// judge compares a Bitcoin attestation with the header at its height.
func (f *Finding) judge(answer lookup) {
	if errors.Is(answer.err, chain.ErrNoBlock) {
		f.Outcome, f.Err = NoHeader, answer.err
		return
	}
	if answer.err != nil {
		f.Outcome, f.Err = Unavailable, answer.err
		return
	}
	f.Block, f.Time = answer.block, answer.header.Timestamp.UTC()
	f.Root, f.WorkBits, f.Header = answer.header.MerkleRoot, WorkBits(answer.header), answer.header
	f.Outcome = Mismatch
	if bytes.Equal(f.Message, f.Root[:]) {
		f.Outcome = Confirmed
	}
}
