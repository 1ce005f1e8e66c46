package receipt

import (
	"bytes"
	"fmt"
	"math/big"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// placed is where a transaction is in the chain.
type placed struct {
	height int32
	header *wire.BlockHeader
}

// chainPart is the receipt's part of the chain, checked.
type chainPart struct {
	headers map[int32]*wire.BlockHeader
	of      map[chainhash.Hash]placed
	newest  int32
}

// retarget is how often the work that is asked for changes, in blocks.
const retarget = 2016

// readChain checks the work of every header, that those of neighbouring heights
// lie upon each other, and that branches lead to their headers. Errors: ErrFormat,
// ErrWork, ErrOrder, ErrBranch.
func readChain(blocks []Block, params *chaincfg.Params) (*chainPart, error) {
	c := &chainPart{headers: map[int32]*wire.BlockHeader{}, of: map[chainhash.Hash]placed{}}
	for i, b := range blocks {
		var header wire.BlockHeader
		if err := header.Deserialize(bytes.NewReader(b.Header)); err != nil || len(b.Header) != wire.MaxBlockHeaderPayload {
			return nil, fmt.Errorf("%w: a header of %d bytes", ErrFormat, len(b.Header))
		}
		if b.Height < 0 || i > 0 && b.Height <= blocks[i-1].Height {
			return nil, fmt.Errorf("%w: height %d", ErrOrder, b.Height)
		}
		if err := checkWork(&header, params.PowLimit); err != nil {
			return nil, fmt.Errorf("block %d: %w", b.Height, err)
		}
		if below := c.headers[b.Height-1]; below != nil {
			if header.PrevBlock != below.BlockHash() {
				return nil, fmt.Errorf("%w: block %d does not lie upon the one before", ErrOrder, b.Height)
			}
			steady := !params.ReduceMinDifficulty
			if steady && header.Bits != below.Bits && b.Height%retarget != 0 {
				return nil, fmt.Errorf("%w: block %d is easier or harder than the one before", ErrWork, b.Height)
			}
		}
		c.headers[b.Height], c.newest = &header, b.Height
		for _, in := range b.Transactions {
			txid, err := chainhash.NewHashFromStr(in.Txid)
			if err != nil || len(in.Txid) != 2*chainhash.HashSize {
				return nil, fmt.Errorf("%w: the id %.70q", ErrFormat, in.Txid)
			}
			if err := leads(*txid, in, header.MerkleRoot); err != nil {
				return nil, err
			}
			if _, twice := c.of[*txid]; twice {
				return nil, fmt.Errorf("%w: %s is in two blocks", ErrOrder, txid)
			}
			c.of[*txid] = placed{b.Height, &header}
		}
	}
	return c, nil
}

// checkWork is the rule for one header by itself. Errors: ErrWork.
func checkWork(header *wire.BlockHeader, limit *big.Int) error {
	target := blockchain.CompactToBig(header.Bits)
	if target.Sign() <= 0 || target.Cmp(limit) > 0 {
		return fmt.Errorf("%w: the target %08x is not allowed", ErrWork, header.Bits)
	}
	hash := header.BlockHash()
	if blockchain.HashToBig(&hash).Cmp(target) > 0 {
		return fmt.Errorf("%w: %s misses the target %08x", ErrWork, hash, header.Bits)
	}
	return nil
}

// leads follows a branch up. Errors: ErrFormat, ErrBranch.
func leads(txid chainhash.Hash, in In, root chainhash.Hash) error {
	if len(in.Branch) > maxBranch || uint64(in.Index)>>len(in.Branch) != 0 {
		return fmt.Errorf("%w: a branch of %d hashes for place %d", ErrFormat, len(in.Branch), in.Index)
	}
	at, index := txid, in.Index
	for _, text := range in.Branch {
		beside, err := chainhash.NewHashFromStr(text)
		if err != nil || len(text) != 2*chainhash.HashSize {
			return fmt.Errorf("%w: the hash %.70q", ErrFormat, text)
		}
		if at == *beside && index&1 == 1 { // only the last of a row stands for two
			return fmt.Errorf("%w: %s is in no such place", ErrBranch, txid)
		}
		left, right := at, *beside
		if index&1 == 1 {
			left, right = *beside, at
		}
		at = chainhash.DoubleHashH(append(left[:], right[:]...))
		index >>= 1
	}
	if at != root {
		return fmt.Errorf("%w: the branch of %s leads to %s", ErrBranch, txid, at)
	}
	return nil
}

// Branch is the way of the transaction at a place of a block to its Merkle root,
// from all ids of the block.
func Branch(txids []chainhash.Hash, index int) (beside []chainhash.Hash) {
	level := append([]chainhash.Hash(nil), txids...)
	for len(level) > 1 {
		if len(level)%2 == 1 {
			level = append(level, level[len(level)-1])
		}
		beside = append(beside, level[index^1])
		for i := 0; i < len(level); i += 2 {
			level[i/2] = chainhash.DoubleHashH(append(level[i][:len(level[i]):len(level[i])], level[i+1][:]...))
		}
		level, index = level[:len(level)/2], index/2
	}
	return beside
}
