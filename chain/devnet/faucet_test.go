package devnet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

func TestFaucetInParallel(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	const callers, each = 8, 40 // far more payments than there are mature coins
	txids := make(chan chainhash.Hash, callers*each)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range each {
				txid, err := c.Faucet(t.Context(), key.p2tr, 1_000_000)
				if err != nil {
					t.Error(err)
					return
				}
				txids <- txid
			}
		})
	}
	wg.Wait()
	close(txids)
	if got := len(c.Mempool()); got != callers*each {
		t.Fatalf("%d payments in the mempool", got)
	}
	ref := mine(t, c, 1)[0]
	for txid := range txids {
		tx, err := c.Tx(txid)
		if err != nil || tx.Block != ref {
			t.Fatal(tx, err)
		}
		if tx.output(key.p2tr).Value != 1_000_000 {
			t.Fatal("a payment of another amount")
		}
	}
}

// Large payments use up the mature coins; the faucet then mines.
func TestFaucetReplenishes(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	before := tip(t, c).Height
	for range 60 { // of 50 coins of 50 BTC
		if _, err := c.Faucet(t.Context(), key.p2wpkh, MaxFaucet); err != nil {
			t.Fatal(err)
		}
	}
	if tip(t, c).Height == before {
		t.Error("6,000 BTC were paid from 2,500 without a block")
	}
	checkConsistent(t, c)
}

func TestFaucetLimits(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	for _, amount := range []btcutil.Amount{-1, 0, MinFaucet - 1, MaxFaucet + 1, btcutil.MaxSatoshi} {
		if _, err := c.Faucet(t.Context(), key.p2wpkh, amount); !errors.Is(err, ErrAmount) {
			t.Errorf("%d: %v", amount, err)
		}
	}
	for name, script := range map[string][]byte{
		"empty":        nil,
		"non-standard": {txscript.OP_TRUE},
		"huge":         make([]byte, maxFaucetScript+1),
	} {
		if _, err := c.Faucet(t.Context(), script, MinFaucet); !errors.Is(err, chain.ErrRejected) {
			t.Errorf("%s script: %v", name, err)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Faucet(canceled, key.p2wpkh, MinFaucet); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left := c.Mempool(); len(left) != 0 {
		t.Errorf("refused payments left %v", left)
	}
}

// The fee stays close to what it is meant to be, and the payment final: nobody
// who got it can see it replaced.
func TestFaucetFee(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	tx := pay(t, c, key.p2tr)
	desc := c.pool.TxDescs()[0]
	vsize := (int64(tx.Msg.SerializeSizeStripped())*3 + int64(tx.Msg.SerializeSize()) + 3) / 4
	if desc.Fee < faucetFeeRate*vsize || desc.Fee > faucetFeeRate*(vsize+2) {
		t.Errorf("fee %d for %d vbytes", desc.Fee, vsize)
	}
	for _, in := range tx.Msg.TxIn {
		if in.Sequence != wire.MaxTxInSequenceNum {
			t.Errorf("sequence %x", in.Sequence)
		}
	}
}

func TestFaucetKey(t *testing.T) {
	dir := t.TempDir()
	c := openAt(t, Config{Dir: dir})
	address := c.faucet.address.String()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "faucet.key")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	c = openAt(t, Config{Dir: dir})
	if got := c.faucet.address.String(); got != address {
		t.Errorf("another address after reopening: %s, %s", got, address)
	}
	if len(c.faucet.coins) < 50 {
		t.Errorf("only %d coins found again", len(c.faucet.coins))
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir}); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}
