package web

import (
	"math"
	"math/big"
	"math/bits"
	"time"

	"cairn/chain"
	"cairn/notary/verify"
	"cairn/templates/verdict"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// machineRate is how many hashes a modern mining machine makes in a second:
// 200 TH/s, the rating of an Antminer S21 of 2023.
const machineRate = 200e12

// blockSpacing is how long all of Bitcoin's miners together take for a block,
// which the chain sees to itself by its difficulty.
const blockSpacing = 10 * time.Minute

// headerSource is where the headers that are followed come from; on a chain
// other than Bitcoin's that is all that counts.
func (s *Server) headerSource() verdict.Source {
	switch {
	case s.cfg.Network == chain.Devnet:
		return verdict.SourceSandbox
	case s.cfg.Network != chain.Mainnet:
		return verdict.SourceTest
	case s.deps.HeadersFrom == HeadersLight:
		return verdict.SourceLight
	}
	return verdict.SourceNode
}

// followedStrength is what a confirmation by the followed chain is worth.
func (s *Server) followedStrength(f verify.Finding) verdict.Strength {
	strength := verdict.Strength{
		Source: s.headerSource(), Network: string(s.cfg.Network), Bits: f.WorkBits, ZeroBits: zeroBits(f.Block.Hash),
		OnTop: max(0, int64(s.deps.Headers.Tip().Height)-int64(f.Block.Height)),
	}
	if s.cfg.Network == chain.Mainnet {
		strength.Redo = time.Duration(strength.OnTop+1) * blockSpacing
	}
	return strength
}

// givenStrength is what a confirmation by headers of the visitor's is worth.
func givenStrength(f verify.Finding, headers *verify.HeaderFile) verdict.Strength {
	onTop, work := headers.OnTop(f.Header)
	return verdict.Strength{
		Source: verdict.SourceGiven, OnTop: int64(onTop), Bits: f.WorkBits, ZeroBits: zeroBits(f.Block.Hash),
		Machine: machineTime(work),
	}
}

// machineTime is how long one machine takes for so many hashes.
func machineTime(work *big.Int) time.Duration {
	hashes, _ := new(big.Float).SetInt(work).Float64()
	seconds := hashes / machineRate
	if seconds >= math.MaxInt64/float64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(seconds * float64(time.Second))
}

// zeroBits counts the zero bits at the front of a hash as explorers show it.
func zeroBits(hash chainhash.Hash) int {
	n := 0
	for i := len(hash) - 1; i >= 0; i-- {
		n += bits.LeadingZeros8(hash[i])
		if hash[i] != 0 {
			break
		}
	}
	return n
}
