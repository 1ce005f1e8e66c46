package devnet

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

func TestChanged(t *testing.T) {
	c := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	changed, err := c.Changed(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mine(t, c, 1)
	mine(t, c, 1)
	if _, ok := <-changed; !ok {
		t.Fatal("closed")
	}
	select {
	case <-changed:
		t.Error("not coalesced")
	default:
	}
	cancel()
	select {
	case _, ok := <-changed:
		if ok {
			t.Error("received after the end")
		}
	case <-time.After(10 * time.Second):
		t.Error("not closed")
	}
	mine(t, c, 1) // must not write to the closed channel
}

func TestUnknown(t *testing.T) {
	c := openTest(t)
	unknown := chainhash.Hash{1, 2, 3}
	for _, height := range []int32{-1, tip(t, c).Height + 1, math.MaxInt32, math.MinInt32} {
		if _, err := c.HashAt(t.Context(), height); !errors.Is(err, chain.ErrNoBlock) {
			t.Errorf("HashAt(%d): %v", height, err)
		}
	}
	if _, err := c.Header(t.Context(), unknown); !errors.Is(err, chain.ErrNoBlock) {
		t.Error("Header:", err)
	}
	if _, err := c.Block(t.Context(), unknown); !errors.Is(err, chain.ErrNoBlock) {
		t.Error("Block:", err)
	}
	if _, err := c.Tx(unknown); !errors.Is(err, ErrNoTx) {
		t.Error("Tx:", err)
	}
	if _, err := c.MempoolTx(unknown); !errors.Is(err, ErrNoTx) {
		t.Error("MempoolTx:", err)
	}
	if _, err := c.Spender(wire.OutPoint{Hash: unknown}); !errors.Is(err, ErrNoTx) {
		t.Error("Spender:", err)
	}
	if out, err := c.Unspent(wire.OutPoint{Hash: unknown}); out != nil || err != nil {
		t.Error("Unspent:", out, err)
	}
	if c.InMempool(unknown) {
		t.Error("InMempool")
	}
}

// What callers get and give is theirs: changing it changes nothing here.
func TestNothingIsShared(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	coin := pay(t, c, key.p2wpkh)
	tx := key.spend(t, c, coin.txid(), 90_000)
	txid := tx.TxHash()
	if err := c.Submit(tx); err != nil {
		t.Fatal(err)
	}
	tx.TxOut[0].Value = 1
	got, err := c.MempoolTx(txid)
	if err != nil {
		t.Fatal(err)
	}
	got.TxOut[0].Value = 2
	block, err := c.Block(t.Context(), mine(t, c, 1)[0].Hash)
	if err != nil {
		t.Fatal(err)
	}
	if value := block.Transactions[2].TxOut[0].Value; value != 90_000 {
		t.Error("mined with a value of", value)
	}
}
