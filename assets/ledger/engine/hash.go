package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/btcsuite/btcd/chaincfg/chainhash"

	"cairn/assets"
)

// Start is the hash of a protocol's ledger before its first change: SHA-256 of
// "cairn asset ledger 1" and the protocol's name, a zero byte between them.
func Start(p assets.Protocol) [32]byte {
	return sha256.Sum256([]byte("cairn asset ledger 1\x00" + p.String()))
}

// Hash goes on from the hash before a block to the one after it. A block without
// changes under the protocol leaves it as it is (changed is false), so that
// ledgers which began at different heights below the first change agree. Others
// hash, as docs/asset-ledger.md lays down,
//
//	previous hash (32) | block hash (32) | each change in order
//
// where a change is a transaction that has a coloring under the protocol and
// something to remember:
//
//	1 | txid (32) | place in the block (4) | verdict (1) | issued asset (id)
//	2 | input (4) | id | units (8)     for each holding it spends, in order
//	3 | output (4) | id | units (8)    for each holding it makes, in order
//	4 | SHA-256 of the metadata (32)   where it has any
//
// Numbers are big-endian, hashes in the order of the wire; an id is its raw form
// behind its length in one byte, 0 for none.
func Hash(previous [32]byte, block chainhash.Hash, p assets.Protocol, txs []Tx) (next [32]byte, changed bool) {
	h := digest{Hash: sha256.New()}
	h.Write(previous[:])
	h.Write(block[:])
	for i := range txs {
		if c := txs[i].under(p); c != nil {
			changed = true
			h.change(&txs[i], c)
		}
	}
	if !changed {
		return previous, false
	}
	return [32]byte(h.Sum(nil)), true
}

// under is the coloring of a protocol, if it is one to remember.
func (t *Tx) under(p assets.Protocol) *assets.Coloring {
	for i := range t.Colorings {
		c := &t.Colorings[i]
		if c.Protocol != p {
			continue
		}
		if c.Marker >= 0 {
			return c
		}
		for _, s := range t.Spent {
			if s.Coin.Protocol == p {
				return c
			}
		}
		for _, made := range c.Outputs {
			if len(made) > 0 {
				return c
			}
		}
	}
	return nil
}

type digest struct{ hash.Hash }

func (d digest) change(t *Tx, c *assets.Coloring) {
	d.Write([]byte{1})
	d.Write(t.ID[:])
	d.number(uint64(t.Index), 4)
	d.Write([]byte{verdictNumber(c.Verdict)})
	d.id(c.Issued)
	for _, s := range t.Spent {
		if s.Coin.Protocol == c.Protocol {
			d.holdings(2, s.Input, s.Coin.Holdings)
		}
	}
	for n, held := range c.Outputs {
		d.holdings(3, n, held)
	}
	if len(c.Metadata) > 0 {
		sum := sha256.Sum256(c.Metadata)
		d.Write([]byte{4})
		d.Write(sum[:])
	}
}

func (d digest) holdings(kind byte, at int, held []assets.Holding) {
	for _, h := range held {
		d.Write([]byte{kind})
		d.number(uint64(at), 4)
		d.id(h.Asset)
		d.number(uint64(h.Units), 8)
	}
}

func (d digest) id(id assets.ID) {
	raw := id.Raw()
	d.Write([]byte{byte(len(raw))})
	d.Write(raw)
}

// number writes the low bytes, big-endian.
func (d digest) number(n uint64, bytes int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	d.Write(b[8-bytes:])
}

// verdictNumber is how a verdict is hashed and stored.
func verdictNumber(v assets.Verdict) byte {
	for n, verdict := range verdicts {
		if verdict == v {
			return byte(n)
		}
	}
	return 255
}

var verdicts = []assets.Verdict{assets.None, assets.Valid, assets.Rejected, assets.Overflow, assets.Unsure}
