package engine_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"cairn/assets"
	"cairn/assets/ledger/engine"

	"github.com/btcsuite/btcd/wire"
)

// Blocks from their bytes on, under all protocols; CAIRN_BLOCKS names a folder
// with more of them.
func BenchmarkScan(b *testing.B) {
	_, raw := realBlocks(b)
	e := engine.New(engine.All())
	size := 0
	for _, r := range raw {
		size += len(r)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range raw {
			var block wire.MsgBlock
			if err := block.Deserialize(bytes.NewReader(r)); err != nil {
				b.Fatal(err)
			}
			if _, err := e.Block(b.Context(), &block, engine.Memory{}, engine.Nowhere{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(raw)*b.N)/b.Elapsed().Seconds(), "blocks/s")
}

// line is an issue of units and as many transfers of all of them, one behind
// another, in a block of their own.
func line(n int) *wire.MsgBlock {
	const many = 1000
	payload := binary.AppendUvarint([]byte{0x4f, 0x41, 1, 0, 1}, many)
	marker := wire.NewTxOut(0, append([]byte{0x6a, byte(len(payload) + 1)}, append(payload, 0)...))
	coin := wire.NewTxOut(600, append([]byte{0, 20}, bytes.Repeat([]byte{7}, 20)...))
	funding := wire.NewMsgTx(2)
	funding.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: [32]byte{1}}, nil, nil))
	funding.AddTxOut(coin)
	block := wire.NewMsgBlock(&wire.BlockHeader{})
	block.Transactions = append(block.Transactions, funding)
	for i := range n + 1 {
		tx := wire.NewMsgTx(2)
		last := block.Transactions[len(block.Transactions)-1]
		at := wire.OutPoint{Hash: last.TxHash()}
		if i > 1 {
			at.Index = 1
		}
		tx.AddTxIn(wire.NewTxIn(&at, nil, nil))
		if i == 0 {
			tx.TxOut = []*wire.TxOut{coin, marker}
		} else {
			tx.TxOut = []*wire.TxOut{marker, coin}
		}
		block.Transactions = append(block.Transactions, tx)
	}
	return block
}

func TestChain1000(t *testing.T) {
	block := line(1000)
	e, memory := engine.New(engine.All()), engine.Memory{}
	found, err := e.Block(t.Context(), block, memory, engine.Nowhere{})
	if err != nil || len(found) != 1001 {
		t.Fatalf("%d transactions, %v", len(found), err)
	}
	memory.Apply(found)
	end := wire.OutPoint{Hash: block.Transactions[1001].TxHash(), Index: 1}
	if len(memory) != 1 || len(memory[end]) != 1 || memory[end][0].Holdings[0].Units != 1000 {
		t.Errorf("the units are at %v", memory)
	}
	if c := found[1000].Colorings[0]; len(c.Flows) != 1 || c.Flows[0] != (assets.Flow{Asset: found[0].Colorings[0].Issued, To: 1, Units: 1000}) {
		t.Errorf("the last transfer flows %+v", c.Flows)
	}
}

// The time is linear: four times the chain takes four times as long, as the
// figure by transaction shows.
func BenchmarkChain(b *testing.B) {
	for name, n := range map[string]int{"1000": 1000, "4000": 4000} {
		block := line(n)
		b.Run(name, func(b *testing.B) {
			e := engine.New(engine.All())
			for b.Loop() {
				if found, err := e.Block(b.Context(), block, engine.Memory{}, engine.Nowhere{}); err != nil || len(found) != n+1 {
					b.Fatal(len(found), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*(n+1)), "ns/tx")
		})
	}
}
