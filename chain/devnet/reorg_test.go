package devnet

import (
	"errors"
	"testing"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

func poolTxs(c *Chain) []*btcutil.Tx {
	var txs []*btcutil.Tx
	for _, desc := range c.pool.TxDescs() {
		txs = append(txs, desc.Tx)
	}
	return txs
}

// At depths up to the deepest the old branch is replaced block by block,
// stays readable, and its payments go back to the mempool and into the next
// block.
func TestReorgDepths(t *testing.T) {
	t.Parallel()
	c := openTest(t)
	key := newTestKey(t)
	changed, err := c.Changed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, depth := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 34, 50, 55, 75, 89, 99, MaxReorg} {
		if low := int32(depth) - tip(t, c).Height + 60; low > 0 {
			mine(t, c, int(low))
		}
		payment := pay(t, c, key.p2wpkh).txid()
		mine(t, c, 1)
		before := tip(t, c)
		old := make([]chain.BlockRef, depth)
		for i := range old {
			height := before.Height - int32(depth) + 1 + int32(i)
			hash, err := c.HashAt(t.Context(), height)
			if err != nil {
				t.Fatal(err)
			}
			old[i] = chain.BlockRef{Height: height, Hash: hash}
		}
		select {
		case <-changed:
		default:
		}

		refs, err := c.Reorg(depth)
		if err != nil {
			t.Fatalf("depth %d: %v", depth, err)
		}
		select {
		case <-changed:
		default:
			t.Fatalf("depth %d: nobody was told", depth)
		}
		if len(refs) != depth+1 || tip(t, c) != refs[depth] || refs[depth].Height != before.Height+1 {
			t.Fatalf("depth %d: %v over %v became %v", depth, len(refs), before, tip(t, c))
		}
		for i, was := range old {
			if refs[i].Height != was.Height || refs[i].Hash == was.Hash {
				t.Fatalf("depth %d: %v replaced %v", depth, refs[i], was)
			}
			if hash, err := c.HashAt(t.Context(), was.Height); err != nil || hash != refs[i].Hash {
				t.Fatalf("depth %d: %v, %v at %v", depth, hash, err, was.Height)
			}
			if block, err := c.Block(t.Context(), was.Hash); err != nil || block.BlockHash() != was.Hash {
				t.Fatalf("depth %d: stale block %v: %v", depth, was, err)
			}
			if header, err := c.Header(t.Context(), was.Hash); err != nil || header.BlockHash() != was.Hash {
				t.Fatalf("depth %d: stale header %v: %v", depth, was, err)
			}
		}
		if !c.InMempool(payment) {
			t.Fatalf("depth %d: the payment did not go back to the mempool", depth)
		}
		again := mine(t, c, 1)[0]
		if tx, err := c.Tx(payment); err != nil || tx.Block != again {
			t.Fatalf("depth %d: %v, %v", depth, tx, err)
		}
	}
	checkConsistent(t, c)
}

func TestReorgRefusals(t *testing.T) {
	c := openTest(t)
	for _, depth := range []int{-1, 0, MaxReorg + 1} {
		if _, err := c.Reorg(depth); !errors.Is(err, ErrCount) {
			t.Errorf("depth %d: %v", depth, err)
		}
	}
	for _, n := range []int{-1, 0, MaxMine + 1} {
		if _, err := c.Mine(n); !errors.Is(err, ErrCount) {
			t.Errorf("mine %d: %v", n, err)
		}
	}
}

// A chain of payments comes back whole; without one link, the rest vanishes.
func TestReorgWithoutTx(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	var chained []chainhash.Hash
	tx := pay(t, c, key.p2wpkh).Msg
	for value := int64(99_000); value > 95_000; value -= 1_000 {
		chained = append(chained, tx.TxHash())
		mine(t, c, 1)
		tx = key.spend(t, c, tx.TxHash(), value)
		if err := c.Submit(tx); err != nil {
			t.Fatal(err)
		}
	}
	chained = append(chained, tx.TxHash()) // still waiting
	if _, err := c.Reorg(len(chained) - 1); err != nil {
		t.Fatal(err)
	}
	for i, txid := range chained {
		if !c.InMempool(txid) {
			t.Fatalf("link %d did not come back", i)
		}
	}
	mine(t, c, 1)
	if _, err := c.Reorg(1, WithoutTx(chained[2])); err != nil {
		t.Fatal(err)
	}
	for i, txid := range chained {
		if got, want := c.InMempool(txid), i < 2; got != want {
			t.Errorf("link %d in the mempool: %v", i, got)
		}
		if _, err := c.Tx(txid); i >= 2 && !errors.Is(err, ErrNoTx) {
			t.Errorf("link %d: %v", i, err)
		}
	}
}

// A double spend mined in the competing branch replaces a confirmed payment
// and what spent it.
func TestReorgWithTx(t *testing.T) {
	dir := t.TempDir()
	c := openAt(t, Config{Dir: dir})
	key, victim := newTestKey(t), newTestKey(t)
	coin := pay(t, c, key.p2wpkh).txid()
	mine(t, c, 1)
	paid := key.spendTo(t, c, coin, wire.MaxTxInSequenceNum, wire.NewTxOut(90_000, victim.p2wpkh))
	stolen := key.spendTo(t, c, coin, wire.MaxTxInSequenceNum, wire.NewTxOut(90_000, key.p2wpkh))
	if err := c.Submit(paid); err != nil {
		t.Fatal(err)
	}
	mine(t, c, 1)
	onward := victim.spend(t, c, paid.TxHash(), 80_000)
	if err := c.Submit(onward); err != nil {
		t.Fatal(err)
	}

	refs, err := c.Reorg(1, WithTx(stolen))
	if err != nil {
		t.Fatal(err)
	}
	if tx, err := c.Tx(stolen.TxHash()); err != nil || tx.Block != refs[0] {
		t.Fatal(tx, err)
	}
	for _, gone := range []*wire.MsgTx{paid, onward} {
		if _, err := c.Tx(gone.TxHash()); !errors.Is(err, ErrNoTx) {
			t.Errorf("%v is still there: %v", gone.TxHash(), err)
		}
		if err := c.Submit(gone); !errors.Is(err, ErrMissingInputs) {
			t.Errorf("%v came back: %v", gone.TxHash(), err)
		}
	}

	// A branch that breaks the rules changes nothing, not even after a restart.
	before := tip(t, c)
	forged := key.spend(t, c, stolen.TxHash(), 70_000)
	forged.TxIn[0].Witness[0][20] ^= 1
	for _, depth := range []int{1, 3} {
		if _, err := c.Reorg(depth, WithTx(forged)); !errors.Is(err, chain.ErrRejected) {
			t.Errorf("depth %d: %v", depth, err)
		}
		if after := tip(t, c); after != before {
			t.Fatalf("%v became %v", before, after)
		}
	}
	checkConsistent(t, c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = openAt(t, Config{Dir: dir})
	if hash, err := c.HashAt(t.Context(), before.Height); err != nil || hash != before.Hash {
		t.Fatal(hash, err)
	}
	checkConsistent(t, c)
}

// What spends a coinbase of the old branch goes with it.
func TestReorgDropsSpendersOfLostCoinbases(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	ours := c.faucet.address
	address, err := btcutil.NewAddressWitnessPubKeyHash(key.p2wpkh[2:], c.params)
	if err != nil {
		t.Fatal(err)
	}
	c.faucet.address = address // mine one block for somebody else
	block, err := c.Block(t.Context(), mine(t, c, 1)[0].Hash)
	c.faucet.address = ours
	if err != nil {
		t.Fatal(err)
	}
	coinbase := block.Transactions[0].TxHash()
	mine(t, c, 99)
	spend := key.spend(t, c, coinbase, 49e8)
	if err := c.Submit(spend); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Reorg(100); err != nil {
		t.Fatal(err)
	}
	if c.InMempool(spend.TxHash()) {
		t.Error("the spender of a coinbase that is gone still waits")
	}
}

func TestMedianTime(t *testing.T) {
	at := func(seconds ...int64) (times []time.Time) {
		for _, s := range seconds {
			times = append(times, time.Unix(s, 0))
		}
		return times
	}
	for _, test := range []struct {
		times []time.Time
		want  int64
	}{
		{at(5), 5},
		{at(5, 9), 9},
		{at(9, 5, 7), 7},
		{at(100, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 6}, // only the last eleven count
	} {
		if got := medianTime(test.times).Unix(); got != test.want {
			t.Errorf("%v: %d, not %d", test.times, got, test.want)
		}
	}
}
