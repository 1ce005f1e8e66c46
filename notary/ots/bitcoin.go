package ots

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// AnchorPath is the way from a commitment that stands in a transaction of a
// block to the Merkle root in the block's header: TxPath and then BlockPath.
// A timestamp extended by it is attested by Bitcoin(height of the block).
// Errors: ErrTxIndex, ErrNotInTransaction, ErrTooLong.
func AnchorPath(block *wire.MsgBlock, txIndex int, commitment []byte) ([]Op, error) {
	if txIndex < 0 || txIndex >= len(block.Transactions) {
		return nil, fail(ErrTxIndex, "index %d of %d", txIndex, len(block.Transactions))
	}
	way, err := TxPath(block.Transactions[txIndex], commitment)
	if err != nil {
		return nil, err
	}
	up, err := BlockPath(block, txIndex)
	if err != nil {
		return nil, err
	}
	return append(way, up...), nil
}

// TxPath is the way from bytes that a transaction contains to its id: the
// bytes before, the bytes after, and two hashes. Witnesses are left out, as
// they are from the id (BIP-0141). The transaction has at most MaxMessage bytes
// without them, about 98 segwit inputs. Errors: ErrNotInTransaction,
// ErrTooLong.
func TxPath(tx *wire.MsgTx, commitment []byte) ([]Op, error) {
	var raw bytes.Buffer
	if err := tx.SerializeNoWitness(&raw); err != nil {
		return nil, fail(ErrNotInTransaction, "%v", err)
	}
	if raw.Len() > MaxMessage {
		return nil, fail(ErrTooLong, "transaction of %d bytes, at most %d", raw.Len(), MaxMessage)
	}
	before, after, found := bytes.Cut(raw.Bytes(), commitment)
	if !found || len(commitment) == 0 {
		return nil, fail(ErrNotInTransaction, "%x", head(commitment))
	}
	var way []Op
	if len(before) > 0 {
		way = append(way, Prepend(before))
	}
	if len(after) > 0 {
		way = append(way, Append(after))
	}
	return append(way, SHA256(), SHA256()), nil
}

// BlockPath is the way from the id of a block's transaction to the Merkle root
// in the header. Errors: ErrTxIndex.
func BlockPath(block *wire.MsgBlock, txIndex int) ([]Op, error) {
	txids := make([]chainhash.Hash, len(block.Transactions))
	for i, tx := range block.Transactions {
		txids[i] = tx.TxHash()
	}
	return TxidPath(txids, txIndex)
}

// TxidPath is BlockPath for a block whose transaction ids are known: at each
// level the neighbour goes on its side and the pair is hashed twice; an odd
// last one is paired with itself. The list is not changed. Errors: ErrTxIndex.
func TxidPath(txids []chainhash.Hash, txIndex int) ([]Op, error) {
	if txIndex < 0 || txIndex >= len(txids) {
		return nil, fail(ErrTxIndex, "index %d of %d", txIndex, len(txids))
	}
	var way []Op
	for level := flatten(txids); len(level) > chainhash.HashSize; txIndex /= 2 {
		if len(level)%(2*chainhash.HashSize) != 0 {
			level = append(level, level[len(level)-chainhash.HashSize:]...)
		}
		at := (txIndex ^ 1) * chainhash.HashSize
		neighbour := bytes.Clone(level[at : at+chainhash.HashSize])
		if txIndex%2 == 0 {
			way = append(way, Append(neighbour), SHA256(), SHA256())
		} else {
			way = append(way, Prepend(neighbour), SHA256(), SHA256())
		}
		level = pairUp(level)
	}
	return way, nil
}

func flatten(hashes []chainhash.Hash) []byte {
	flat := make([]byte, 0, (len(hashes)+1)*chainhash.HashSize)
	for i := range hashes {
		flat = append(flat, hashes[i][:]...)
	}
	return flat
}

// pairUp replaces a level of hashes by the one above it, in place.
func pairUp(level []byte) []byte {
	above := level[:0]
	for i := 0; i < len(level); i += 2 * chainhash.HashSize {
		sum := sha256.Sum256(level[i : i+2*chainhash.HashSize])
		sum = sha256.Sum256(sum[:])
		above = append(above, sum[:]...)
	}
	return above
}

// TransactionID is the id of the Bitcoin transaction that the message is, in
// internal byte order; false if it has not the form of one.
func (t *Timestamp) TransactionID() (chainhash.Hash, bool) {
	if !looksLikeTransaction(t.msg) {
		return chainhash.Hash{}, false
	}
	return chainhash.DoubleHashH(t.msg), true
}

// looksLikeTransaction walks over a transaction without witnesses. It is not
// wire's parser because that one reserves memory by the counts it reads, and
// here every message of a stranger's proof is tried.
func looksLikeTransaction(msg []byte) bool {
	const versionSize, outpointSize, sequenceSize, valueSize, lockTimeSize = 4, 36, 4, 8, 4
	rest, ok := skip(msg, versionSize)
	if !ok {
		return false
	}
	for _, part := range []struct{ before, after int }{{outpointSize, sequenceSize}, {valueSize, 0}} {
		var count uint64
		if count, rest, ok = compactSize(rest); !ok || count == 0 {
			return false
		}
		for range count {
			var script uint64
			if rest, ok = skip(rest, part.before); !ok {
				return false
			}
			if script, rest, ok = compactSize(rest); !ok || script > uint64(len(rest)) {
				return false
			}
			if rest, ok = skip(rest, int(script)+part.after); !ok {
				return false
			}
		}
	}
	return len(rest) == lockTimeSize
}

func skip(b []byte, n int) ([]byte, bool) {
	if n > len(b) {
		return nil, false
	}
	return b[n:], true
}

// compactSize reads Bitcoin's variable length integer.
func compactSize(b []byte) (uint64, []byte, bool) {
	switch {
	case len(b) >= 1 && b[0] < 0xfd:
		return uint64(b[0]), b[1:], true
	case len(b) >= 3 && b[0] == 0xfd:
		return uint64(binary.LittleEndian.Uint16(b[1:])), b[3:], true
	case len(b) >= 5 && b[0] == 0xfe:
		return uint64(binary.LittleEndian.Uint32(b[1:])), b[5:], true
	case len(b) >= 9 && b[0] == 0xff:
		return binary.LittleEndian.Uint64(b[1:]), b[9:], true
	}
	return 0, nil, false
}
