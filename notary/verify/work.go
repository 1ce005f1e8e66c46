package verify

import (
	"fmt"
	"math/big"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/wire"
)

// CheckWork tells whether a header has the proof of work that it claims to
// have, and whether that claim is allowed at all: limit is the network's
// easiest target (chaincfg.Params.PowLimit). It does not tell whether the
// claim is what the chain asked for at that height. Errors: ErrWork.
func CheckWork(header *wire.BlockHeader, limit *big.Int) error {
	target := blockchain.CompactToBig(header.Bits)
	if target.Sign() <= 0 || target.Cmp(limit) > 0 {
		return fmt.Errorf("%w: target %08x is not allowed", ErrWork, header.Bits)
	}
	hash := header.BlockHash()
	if blockchain.HashToBig(&hash).Cmp(target) > 0 {
		return fmt.Errorf("%w: hash %s misses target %08x", ErrWork, hash, header.Bits)
	}
	return nil
}

// WorkBits is the base-2 logarithm, rounded down, of how many hashes such a
// header takes on average, by its own claim.
func WorkBits(header *wire.BlockHeader) int {
	return max(blockchain.CalcWork(header.Bits).BitLen()-1, 0)
}

// Work is how many hashes such a header takes on average, by its own claim.
func Work(header *wire.BlockHeader) *big.Int { return blockchain.CalcWork(header.Bits) }
