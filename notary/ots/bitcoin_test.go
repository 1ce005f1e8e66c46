package ots_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cairn/notary/ots"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// follow carries steps out from a message.
func follow(t *testing.T, msg []byte, way []ots.Op) []byte {
	t.Helper()
	for _, op := range way {
		var err error
		if msg, err = op.Apply(msg); err != nil {
			t.Fatal(err)
		}
	}
	return msg
}

// From the block alone comes the very path that otsd put into its proof.
func TestAnchorPathIsOtsds(t *testing.T) {
	for proof, height := range map[string]uint64{"otsd/d1.txt.ots": 110, "otsd/j.txt.ots": 126} {
		var block wire.MsgBlock
		raw := unhex(t, string(read(t, fmt.Sprintf("otsd/block-%d.hex", height))))
		if err := block.Deserialize(bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
		commitment := anchored(t, block.Transactions[1])
		way, err := ots.AnchorPath(&block, 1, commitment)
		if err != nil {
			t.Fatal(err)
		}
		if root := follow(t, commitment, way); !bytes.Equal(root, block.Header.MerkleRoot[:]) {
			t.Errorf("%s: the path leads to %x, the header has %x", proof, root, block.Header.MerkleRoot[:])
		}
		parseFile(t, proof).Timestamp.Walk(func(theirs []ots.Branch, _ *ots.Timestamp, a ots.Attestation) bool {
			if a != ots.Bitcoin(height) {
				return true
			}
			tail := theirs[len(theirs)-len(way):]
			for i, op := range way {
				if tail[i].Op.Compare(op) != 0 {
					t.Errorf("%s: step %d is %s, otsd has %s", proof, i, op, tail[i].Op)
				}
			}
			return true
		})
		if _, err := ots.AnchorPath(&block, 0, commitment); !errors.Is(err, ots.ErrNotInTransaction) {
			t.Errorf("the coinbase carries the commitment: %v", err)
		}
		for _, index := range []int{-1, len(block.Transactions)} {
			if _, err := ots.AnchorPath(&block, index, commitment); !errors.Is(err, ots.ErrTxIndex) {
				t.Errorf("index %d: %v", index, err)
			}
		}
	}
}

// anchored is the 32 bytes in a transaction's OP_RETURN output.
func anchored(t *testing.T, tx *wire.MsgTx) []byte {
	t.Helper()
	for _, out := range tx.TxOut {
		if len(out.PkScript) == 34 && out.PkScript[0] == txscript.OP_RETURN {
			return out.PkScript[2:]
		}
	}
	t.Fatal("no OP_RETURN of 32 bytes")
	return nil
}

// For blocks of 1 to 33 transactions every path leads to the root that btcd's
// own consensus code computes.
func TestBlockPath(t *testing.T) {
	for n := 1; n <= 33; n++ {
		block := &wire.MsgBlock{}
		var txs []*btcutil.Tx
		for i := range n {
			tx := wire.NewMsgTx(2)
			tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: uint32(i)}, Witness: wire.TxWitness{{1, 2, 3}}})
			tx.AddTxOut(&wire.TxOut{PkScript: []byte{txscript.OP_RETURN}})
			block.Transactions = append(block.Transactions, tx)
			txs = append(txs, btcutil.NewTx(tx))
		}
		root := blockchain.CalcMerkleRoot(txs, false)
		for i, tx := range block.Transactions {
			way, err := ots.BlockPath(block, i)
			if err != nil {
				t.Fatal(err)
			}
			txid := tx.TxHash()
			if got := follow(t, txid[:], way); !bytes.Equal(got, root[:]) {
				t.Errorf("transaction %d of %d leads to %x, not %x", i, n, got, root[:])
			}
		}
	}
}

func TestTxPathLeavesOutWitnesses(t *testing.T) {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{Witness: wire.TxWitness{bytes.Repeat([]byte{7}, 72)}})
	tx.AddTxOut(&wire.TxOut{PkScript: append([]byte{txscript.OP_RETURN, 4}, "root"...)})
	way, err := ots.TxPath(tx, []byte("root"))
	if err != nil {
		t.Fatal(err)
	}
	if txid := tx.TxHash(); !bytes.Equal(follow(t, []byte("root"), way), txid[:]) {
		t.Error("the path does not lead to the id")
	}
	if _, err := ots.TxPath(tx, bytes.Repeat([]byte{7}, 72)); !errors.Is(err, ots.ErrNotInTransaction) {
		t.Errorf("a commitment in the witness: %v", err)
	}
	if _, err := ots.TxPath(tx, nil); !errors.Is(err, ots.ErrNotInTransaction) {
		t.Errorf("no commitment: %v", err)
	}
	for range 100 {
		tx.AddTxIn(&wire.TxIn{})
	}
	if _, err := ots.TxPath(tx, []byte("root")); !errors.Is(err, ots.ErrTooLong) {
		t.Errorf("a transaction of more than 4,096 bytes: %v", err)
	}
}

// The txoutproofs are real: their names say which transactions they show.
func TestTxOutProofs(t *testing.T) {
	for _, c := range []struct {
		name    string
		indexes []uint32
	}{
		{"0830000-0", []uint32{0}},
		{"0830000-1", []uint32{1}},
		{"0830000-10", []uint32{10}},
		{"0830000-100", []uint32{100}},
		{"0830000-1000", []uint32{1000}},
		{"0830000-1850", []uint32{1850}},
		{"0831332-0", []uint32{0}},
		{"0831332-1", []uint32{1}},
		{"0831332-15", []uint32{15}},
		{"0831332-20", []uint32{20}},
		{"0831332-0_1_15_20_115_2019_2024", []uint32{0, 1, 15, 20, 115, 2019, 2024}},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := read(t, "txoutproof", c.name+".bin")
			p, err := ots.ParseTxOutProof(raw)
			if err != nil {
				t.Fatal(err)
			}
			var got []uint32
			for _, m := range p.Matches {
				got = append(got, m.Index)
				way, err := p.Path(m.Txid)
				if err != nil {
					t.Fatal(err)
				}
				if root := follow(t, m.Txid[:], way); !bytes.Equal(root, p.Header.MerkleRoot[:]) {
					t.Errorf("transaction %d leads to %x", m.Index, root)
				}
			}
			if !slices.Equal(got, c.indexes) {
				t.Errorf("shows %v, want %v", got, c.indexes)
			}
			if _, err := p.Path(chainhash.Hash{}); !errors.Is(err, ots.ErrTxOutProof) {
				t.Errorf("a transaction it does not show: %v", err)
			}
			for n := range raw {
				if _, err := ots.ParseTxOutProof(raw[:n]); err == nil {
					t.Fatalf("%d of %d bytes are accepted", n, len(raw))
				}
			}
			if _, err := ots.ParseTxOutProof(append(raw, 0)); !errors.Is(err, ots.ErrTrailing) {
				t.Errorf("one more byte: %v", err)
			}
			for _, at := range []int{40, 85, 100} {
				bad := bytes.Clone(raw)
				bad[at] ^= 1
				if _, err := ots.ParseTxOutProof(bad); err == nil {
					t.Errorf("byte %d changed and still accepted", at)
				}
			}
		})
	}
}

// A tree whose last pair is written out twice, as CVE-2012-2459 has it.
func TestTxOutProofRefusesTwins(t *testing.T) {
	leaf := chainhash.DoubleHashH([]byte("tx"))
	root := chainhash.DoubleHashH(append(leaf[:], leaf[:]...))
	var raw bytes.Buffer
	header := wire.BlockHeader{MerkleRoot: root}
	if err := header.Serialize(&raw); err != nil {
		t.Fatal(err)
	}
	raw.Write([]byte{2, 0, 0, 0, 2})
	raw.Write(leaf[:])
	raw.Write(leaf[:])
	raw.Write([]byte{1, 0b111})
	_, err := ots.ParseTxOutProof(raw.Bytes())
	if !errors.Is(err, ots.ErrTxOutProof) || !strings.Contains(err.Error(), "twice") {
		t.Errorf("got %v", err)
	}
}
