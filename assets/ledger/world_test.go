package ledger_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// world is a chain of blocks made up at random, and every coin in it. Nothing is
// signed: the ledger is told of blocks that hold.
type world struct {
	rnd    *rand.Rand
	blocks []*chain.Block
	txs    map[chainhash.Hash]*wire.MsgTx // of all branches
	nonce  uint32
}

func newWorld(seed uint64) *world {
	return &world{rnd: rand.New(rand.NewPCG(seed, 6)), txs: make(map[chainhash.Hash]*wire.MsgTx)}
}

// Prevout implements engine.Prevouts.
func (w *world) Prevout(_ context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	tx := w.txs[at.Hash]
	if tx == nil {
		return engine.Prevout{}, false, nil
	}
	p, is := engine.PrevoutOf(tx, at.Index)
	return p, is, nil
}

// script is one of a few holders'.
func script(n int) []byte {
	return append([]byte{0, 20}, bytes.Repeat([]byte{byte(n + 1)}, 20)...)
}

const holders = 7

// unspent are the coins of the chain, oldest first.
func (w *world) unspent() []wire.OutPoint {
	spent := make(map[wire.OutPoint]bool)
	for _, b := range w.blocks {
		for _, tx := range b.Msg.Transactions {
			for _, in := range tx.TxIn {
				spent[in.PreviousOutPoint] = true
			}
		}
	}
	var coins []wire.OutPoint
	for _, b := range w.blocks {
		for _, tx := range b.Msg.Transactions {
			coins = append(coins, coinsOf(tx, spent)...)
		}
	}
	return coins
}

func coinsOf(tx *wire.MsgTx, spent map[wire.OutPoint]bool) (coins []wire.OutPoint) {
	for n, out := range tx.TxOut {
		at := wire.OutPoint{Hash: tx.TxHash(), Index: uint32(n)}
		if !spent[at] && len(out.PkScript) > 0 && out.PkScript[0] != 0x6a {
			coins = append(coins, at)
		}
	}
	return coins
}

// mine puts a block with as many transactions at random on top.
func (w *world) mine(n int) *chain.Block {
	coins := w.unspent()
	var txs []*wire.MsgTx
	for range n {
		if len(coins) == 0 {
			break
		}
		tx := wire.NewMsgTx(1)
		for range 1 + w.rnd.IntN(3) {
			if len(coins) == 0 {
				break
			}
			// The newest coins are the likeliest to hold units, and those of the same
			// block are among them.
			at := max(0, len(coins)-1-w.rnd.IntN(12))
			tx.AddTxIn(wire.NewTxIn(&coins[at], nil, nil))
			coins = append(coins[:at], coins[at+1:]...)
		}
		w.fill(tx)
		txs = append(txs, tx)
		w.txs[tx.TxHash()] = tx
		coins = append(coins, coinsOf(tx, nil)...)
	}
	return w.mineThese(txs...)
}

// mineThese puts a block with transactions on top.
func (w *world) mineThese(txs ...*wire.MsgTx) *chain.Block {
	w.nonce++
	msg := wire.NewMsgBlock(&wire.BlockHeader{Version: 4, Nonce: w.nonce, Timestamp: time.Unix(1_700_000_000+int64(w.nonce), 0)})
	height := int32(len(w.blocks))
	if height > 0 {
		msg.Header.PrevBlock = w.blocks[height-1].Hash
	}
	miners := wire.NewMsgTx(1)
	miners.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: wire.MaxPrevOutIndex}, fmt.Appendf(nil, "block %d", w.nonce), nil))
	for i := range 4 {
		miners.AddTxOut(wire.NewTxOut(10_000, script(i)))
	}
	msg.Transactions = append([]*wire.MsgTx{miners}, txs...)
	for _, tx := range msg.Transactions {
		w.txs[tx.TxHash()] = tx
	}
	b := &chain.Block{BlockRef: chain.BlockRef{Height: height, Hash: msg.BlockHash()}, Msg: msg}
	w.blocks = append(w.blocks, b)
	return b
}

// fill gives a transaction outputs, and something of a protocol or nothing.
func (w *world) fill(tx *wire.MsgTx) {
	for range 1 + w.rnd.IntN(4) {
		tx.AddTxOut(wire.NewTxOut(int64(1+w.rnd.IntN(3000)), script(w.rnd.IntN(holders))))
	}
	tx.TxIn[0].Sequence = 0xffffffff
	switch w.rnd.IntN(9) {
	case 0, 1, 2:
		w.mark(tx, w.rnd.IntN(len(tx.TxOut)+1))
	case 3:
		issue := []byte{0x43, 0x43, 2, 5, byte(w.rnd.IntN(32))}
		if w.rnd.IntN(2) == 0 {
			issue = append(issue, byte(w.rnd.IntN(len(tx.TxOut))), byte(w.rnd.IntN(20)))
		}
		tx.AddTxOut(opReturn(append(issue, byte(w.rnd.IntN(3)<<2|w.rnd.IntN(2)<<4))))
		w.swap(tx)
	case 4, 5:
		move := []byte{0x43, 0x43, 2, []byte{0x15, 0x25}[w.rnd.IntN(2)]}
		for range w.rnd.IntN(3) {
			flags := byte(w.rnd.IntN(len(tx.TxOut) + 1))
			if w.rnd.IntN(8) == 0 {
				flags = 31
			}
			move = append(move, flags|byte(w.rnd.IntN(2)<<7), byte(w.rnd.IntN(20)))
		}
		tx.AddTxOut(opReturn(move))
		w.swap(tx)
	case 6:
		tx.TxIn[0].Sequence = 0x25 | uint32(w.rnd.IntN(8))<<6
	case 7:
		tx.TxIn[0].Sequence = 0x33 | uint32(w.rnd.IntN(8))<<6
	}
}

// mark adds an Open Assets marker at a place.
func (w *world) mark(tx *wire.MsgTx, at int) {
	var list []byte
	n := w.rnd.IntN(len(tx.TxOut) + 1)
	for range n {
		list = binary.AppendUvarint(list, uint64(w.rnd.IntN(40)))
	}
	metadata := []byte{}
	if w.rnd.IntN(2) == 0 {
		metadata = fmt.Appendf(nil, "u=https://a.example/%d", w.rnd.IntN(100))
	}
	payload := append([]byte{0x4f, 0x41, 1, 0, byte(n)}, list...)
	payload = append(append(payload, byte(len(metadata))), metadata...)
	tx.TxOut = append(tx.TxOut[:at], append([]*wire.TxOut{opReturn(payload)}, tx.TxOut[at:]...)...)
}

// swap moves the last output to some other place.
func (w *world) swap(tx *wire.MsgTx) {
	i, last := w.rnd.IntN(len(tx.TxOut)), len(tx.TxOut)-1
	tx.TxOut[i], tx.TxOut[last] = tx.TxOut[last], tx.TxOut[i]
}

func opReturn(payload []byte) *wire.TxOut {
	return wire.NewTxOut(0, append([]byte{0x6a, byte(len(payload))}, payload...))
}

// open is a ledger over a database.
func (w *world) open(d *db.DB) *ledger.Ledger {
	l := ledger.New(ledger.Config{DB: d, Network: chain.Devnet, Prevouts: w, Poll: 5 * time.Millisecond, Now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	l.KeepPast(2, 1)
	return l
}

// connect hands blocks to a ledger, all in one transaction.
func connect(t testing.TB, d *db.DB, l *ledger.Ledger, blocks ...*chain.Block) {
	t.Helper()
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		for _, b := range blocks {
			if err := l.Projection().Connect(t.Context(), tx, b); err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// reorg takes the newest blocks off the world's chain and out of the ledger.
func (w *world) reorg(t testing.TB, d *db.DB, l *ledger.Ledger, depth int) {
	t.Helper()
	for range depth {
		last := len(w.blocks) - 1
		b := w.blocks[last]
		w.blocks = w.blocks[:last:last]
		if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return l.Projection().Disconnect(t.Context(), tx, b) }); err != nil {
			t.Fatalf("undo block %d: %v", b.Height, err)
		}
	}
}

// tables are the ledger's, with what has to be the same after the same blocks.
var tables = []string{
	"SELECT base, height, hash FROM asset_ledger",
	"SELECT * FROM asset_txs ORDER BY number",
	"SELECT * FROM asset_colourings ORDER BY tx, protocol",
	"SELECT * FROM asset_ids ORDER BY number",
	"SELECT * FROM asset_totals ORDER BY asset, height",
	"SELECT * FROM asset_metadata ORDER BY asset, tx",
	"SELECT * FROM asset_scripts ORDER BY number",
	"SELECT * FROM asset_coins ORDER BY tx, output, protocol, place",
	"SELECT * FROM asset_holders ORDER BY asset, script",
	"SELECT * FROM asset_held ORDER BY asset, height, script",
	"SELECT * FROM asset_standings ORDER BY asset, height",
	"SELECT * FROM asset_ranks ORDER BY asset, height, units, script",
	"SELECT * FROM asset_moves ORDER BY asset, tx",
	"SELECT * FROM asset_history ORDER BY script, tx, asset",
	"SELECT * FROM asset_hashes ORDER BY protocol, height",
}

// dump is all that a ledger keeps of blocks.
func dump(t testing.TB, d *db.DB) (lines []string) {
	t.Helper()
	for _, query := range tables {
		var rows []map[string]any
		if err := d.Read(t.Context()).Raw(query).Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			lines = append(lines, fmt.Sprintf("%s: %x", query, fmt.Sprint(r)))
		}
	}
	return lines
}

// ids are the assets that a database knows.
func ids(t testing.TB, d *db.DB) (found []assets.ID) {
	t.Helper()
	var rows []struct {
		Protocol assets.Protocol
		Raw      []byte
	}
	if err := d.Read(t.Context()).Raw("SELECT protocol, raw FROM asset_ids ORDER BY number").Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		id, err := assets.NewID(r.Protocol, r.Raw)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, id)
	}
	return found
}
