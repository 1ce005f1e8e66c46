// Package ledgertest fills ledgers of colored coins for tests and benchmarks of
// what reads them. The blocks are made up and hold no signatures; what the ledger
// makes of them is real.
package ledgertest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Shape is how a seeded ledger looks.
type Shape struct {
	// Coins is how many colored outputs there are at least.
	Coins int
	// Assets is how many assets they are of: the first has a third of all coins, the
	// second a ninth, and so on. 200 when 0.
	Assets int
	// Holders is how many scripts hold them; a tenth of Coins when 0.
	Holders int
}

// Seeded is what there is to ask of a seeded ledger.
type Seeded struct {
	Ledger *ledger.Ledger
	// Assets are in the order of how many coins are of them.
	Assets []assets.ID
	// Busy is the script that holds most, and Scripts are some of the others.
	Busy    []byte
	Scripts [][]byte
	// Txids are some transactions of the first assets, oldest first.
	Txids []chainhash.Hash
	// Tip is the last block.
	Tip chain.BlockRef
}

const (
	// outputs is how many coins a transaction makes, and perBlock how many
	// transactions a block has.
	outputs  = 20
	perBlock = 250
)

// Script is that of a holder, by number.
func Script(n int) []byte {
	hash := chainhash.HashB(binary.BigEndian.AppendUint32([]byte("holder"), uint32(n)))
	return append([]byte{0, 20}, hash[:20]...)
}

// issuer is the script whose asset has a number.
func issuer(n int) []byte {
	hash := chainhash.HashB(binary.BigEndian.AppendUint32([]byte("issuer"), uint32(n)))
	return append([]byte{0, 20}, hash[:20]...)
}

// Seed fills the ledger of a database without one, as fast as the ledger can: a
// million coins take a minute or two. A third of them are spent.
func Seed(tb testing.TB, d *db.DB, shape Shape) Seeded {
	tb.Helper()
	if shape.Assets == 0 {
		shape.Assets = 200
	}
	if shape.Holders == 0 {
		shape.Holders = max(shape.Coins/10, 1)
	}
	s := seeder{shape: shape, issued: make([]wire.OutPoint, shape.Assets)}
	s.Ledger = ledger.New(ledger.Config{DB: d, Network: chain.Devnet, Prevouts: &s})
	for n := range shape.Assets {
		s.Assets = append(s.Assets, openassets.AssetID(issuer(n)))
	}
	for s.made < shape.Coins {
		b := s.block()
		err := d.Transact(context.Background(), func(tx *gorm.DB) error { return s.Ledger.Projection().Connect(context.Background(), tx, b) })
		if err != nil {
			tb.Fatalf("seed block %d: %v", b.Height, err)
		}
		s.Tip = b.BlockRef
	}
	s.Busy = Script(0)
	for n := range min(shape.Holders, 1000) {
		s.Scripts = append(s.Scripts, Script(n))
	}
	return s.Seeded
}

// seeder makes blocks up.
type seeder struct {
	Seeded
	shape  Shape
	issued []wire.OutPoint // the coin with which each issuer issues next
	moving []wire.OutPoint // coins of the newest transactions, to be spent
	made   int
	count  int
	prev   chainhash.Hash
	height int32
}

// Prevout implements engine.Prevouts: every issuer has a coin that nobody made.
func (s *seeder) Prevout(_ context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	if at.Hash != (chainhash.Hash{1}) {
		return engine.Prevout{}, false, nil
	}
	return engine.Prevout{Out: wire.NewTxOut(1000, issuer(int(at.Index)/1_000_000)), Tag: engine.NoTag, HasTag: true}, true, nil
}

func (s *seeder) block() *chain.Block {
	msg := wire.NewMsgBlock(&wire.BlockHeader{Version: 4, PrevBlock: s.prev, Nonce: uint32(s.height), Timestamp: time.Unix(1_600_000_000+600*int64(s.height), 0)})
	miners := wire.NewMsgTx(1)
	miners.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: wire.MaxPrevOutIndex}, fmt.Appendf(nil, "block %d", s.height), nil))
	miners.AddTxOut(wire.NewTxOut(50, Script(0)))
	msg.AddTransaction(miners)
	for range perBlock {
		msg.AddTransaction(s.tx())
	}
	b := &chain.Block{BlockRef: chain.BlockRef{Height: s.height, Hash: msg.BlockHash()}, Msg: msg}
	s.prev, s.height = b.Hash, s.height+1
	return b
}

// tx is an issue to many, or every third time a transfer of ten coins.
func (s *seeder) tx() *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	s.count++
	if s.count%3 == 0 && len(s.moving) >= 10 {
		for i := range s.moving[:10] {
			tx.AddTxIn(wire.NewTxIn(&s.moving[i], nil, nil))
		}
		s.moving = s.moving[10:]
		s.pay(tx, true)
		return tx
	}
	n := s.asset()
	at := wire.OutPoint{Hash: chainhash.Hash{1}, Index: uint32(n*1_000_000 + s.count%1_000_000)}
	tx.AddTxIn(wire.NewTxIn(&at, nil, nil))
	s.pay(tx, false)
	if id := tx.TxHash(); n == 0 {
		for i := range uint32(10) {
			s.moving = append(s.moving, wire.OutPoint{Hash: id, Index: i})
		}
		if len(s.Txids) < 1000 {
			s.Txids = append(s.Txids, id)
		}
	}
	return tx
}

// asset is which is issued: the first in two of three cases, and so on.
func (s *seeder) asset() int {
	n := 0
	for c := s.count; c%3 == 1 && n < s.shape.Assets-1; c /= 3 {
		n++
	}
	if n > 4 {
		n = 5 + s.count%max(1, s.shape.Assets-5)
	}
	return min(n, s.shape.Assets-1)
}

// pay adds outputs of one unit each and the marker, first for a transfer.
func (s *seeder) pay(tx *wire.MsgTx, transfer bool) {
	n := outputs
	if transfer {
		n = 10
	}
	payload := append([]byte{0x4f, 0x41, 1, 0, byte(n)}, bytes.Repeat([]byte{1}, n)...)
	if transfer {
		payload = append(payload, 0)
	} else {
		metadata := fmt.Appendf(nil, "u=https://shop.example/%d", s.count%50)
		payload = append(append(payload, byte(len(metadata))), metadata...)
	}
	marker := wire.NewTxOut(0, append([]byte{0x6a, byte(len(payload))}, payload...))
	if transfer {
		tx.AddTxOut(marker)
	}
	for range n {
		// One holder in ten is busy, the others come round.
		who := s.made % s.shape.Holders
		if s.made%10 == 0 {
			who = 0
		}
		tx.AddTxOut(wire.NewTxOut(600, Script(who)))
		s.made++
	}
	if !transfer {
		tx.AddTxOut(marker)
	}
}
