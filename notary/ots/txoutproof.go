package ots

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// maxBlockTxs is how many transactions fit a block: 4,000,000 weight units by
// at least 240 each. Source: Bitcoin Core merkleblock.cpp.
const maxBlockTxs = 4_000_000 / 240

// TxOutProof shows that transactions are in a block: what Bitcoin Core's
// gettxoutproof gives and a "merkleblock" message holds (BIP-0037).
type TxOutProof struct {
	Header wire.BlockHeader
	// Total counts the transactions of the block.
	Total uint32
	// Matches are the transactions that are shown, in the order of the block.
	Matches []TxMatch
}

// TxMatch is one transaction of a TxOutProof.
type TxMatch struct {
	Txid  chainhash.Hash
	Index uint32
	// Path leads from the id to the Merkle root in the header.
	Path []Op
}

// ParseTxOutProof reads a txoutproof and carries out its hashes: the header's
// Merkle root is what they lead to. Whether the header belongs to the chain is
// for the caller to check. Errors: ErrTxOutProof, ErrTrailing, ErrTruncated.
func ParseTxOutProof(raw []byte) (*TxOutProof, error) {
	const headerSize = 80
	rest, ok := skip(raw, headerSize+4)
	if !ok {
		return nil, fail(ErrTruncated, "no block header")
	}
	p := &TxOutProof{Total: binary.LittleEndian.Uint32(raw[headerSize:])}
	if err := p.Header.Deserialize(bytes.NewReader(raw[:headerSize])); err != nil {
		return nil, fail(ErrTxOutProof, "%v", err)
	}
	if p.Total == 0 || p.Total > maxBlockTxs {
		return nil, fail(ErrTxOutProof, "%d transactions", p.Total)
	}
	w := &partialTree{total: p.Total}
	count, rest, ok := compactSize(rest)
	if !ok || count > uint64(len(rest)/chainhash.HashSize) {
		return nil, fail(ErrTruncated, "hashes are missing")
	}
	if count > uint64(p.Total) {
		return nil, fail(ErrTxOutProof, "%d hashes for %d transactions", count, p.Total)
	}
	w.hashes, rest = rest[:count*chainhash.HashSize], rest[count*chainhash.HashSize:]
	count, rest, ok = compactSize(rest)
	if !ok || count > uint64(len(rest)) {
		return nil, fail(ErrTruncated, "flags are missing")
	}
	w.flags, rest = rest[:count], rest[count:]
	if len(rest) > 0 {
		return nil, fail(ErrTrailing, "%d left", len(rest))
	}

	root, matches, err := w.read(w.height(), 0)
	if err != nil {
		return nil, err
	}
	if len(w.hashes) > 0 || (w.flag+7)/8 != len(w.flags) {
		return nil, fail(ErrTxOutProof, "hashes or flags are left over")
	}
	if root != p.Header.MerkleRoot {
		return nil, fail(ErrTxOutProof, "it leads to %s, the header has %s", root, p.Header.MerkleRoot)
	}
	p.Matches = matches
	return p, nil
}

// Path is the way of one transaction to the root. Errors: ErrTxOutProof
// when the proof does not show the transaction.
func (p *TxOutProof) Path(txid chainhash.Hash) ([]Op, error) {
	i := slices.IndexFunc(p.Matches, func(m TxMatch) bool { return m.Txid == txid })
	if i < 0 {
		return nil, fail(ErrTxOutProof, "it does not show %s", txid)
	}
	return p.Matches[i].Path, nil
}

// partialTree reads the hashes and flags of BIP-0037 depth first.
type partialTree struct {
	total  uint32
	hashes []byte
	flags  []byte
	flag   int // how many flags were read
}

// width counts the nodes of a level; level 0 is the transactions.
func (w *partialTree) width(level uint) uint32 { return (w.total + 1<<level - 1) >> level }

func (w *partialTree) height() uint {
	level := uint(0)
	for w.width(level) > 1 {
		level++
	}
	return level
}

func (w *partialTree) nextFlag() (bool, error) {
	if w.flag >= 8*len(w.flags) {
		return false, fail(ErrTxOutProof, "too few flags")
	}
	bit := w.flags[w.flag/8]>>(w.flag%8)&1 == 1
	w.flag++
	return bit, nil
}

func (w *partialTree) nextHash() (h chainhash.Hash, err error) {
	if len(w.hashes) < len(h) {
		return h, fail(ErrTxOutProof, "too few hashes")
	}
	copy(h[:], w.hashes)
	w.hashes = w.hashes[len(h):]
	return h, nil
}

// read returns the hash of a node and the matches below it, with their ways up
// to that node.
func (w *partialTree) read(level uint, pos uint32) (h chainhash.Hash, found []TxMatch, err error) {
	parent, err := w.nextFlag()
	if err != nil {
		return h, nil, err
	}
	if level == 0 || !parent {
		if h, err = w.nextHash(); err == nil && parent {
			found = []TxMatch{{Txid: h, Index: pos}}
		}
		return h, found, err
	}
	left, found, err := w.read(level-1, 2*pos)
	if err != nil {
		return h, nil, err
	}
	right := left
	var others []TxMatch
	if 2*pos+1 < w.width(level-1) {
		if right, others, err = w.read(level-1, 2*pos+1); err != nil {
			return h, nil, err
		}
		// Two equal children would let one proof stand for two blocks
		// (CVE-2012-2459).
		if right == left {
			return h, nil, fail(ErrTxOutProof, "a transaction occurs twice")
		}
	}
	for i := range found {
		found[i].Path = append(found[i].Path, Append(right[:]), SHA256(), SHA256())
	}
	for i := range others {
		others[i].Path = append(others[i].Path, Prepend(left[:]), SHA256(), SHA256())
	}
	sum := sha256.Sum256(slices.Concat(left[:], right[:]))
	return sha256.Sum256(sum[:]), append(found, others...), nil
}
