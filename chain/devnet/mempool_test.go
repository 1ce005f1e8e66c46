package devnet

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"cairn/chain"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

func nullData(t *testing.T, size int) *wire.TxOut {
	t.Helper()
	// NullDataScript refuses more than the standard 80 bytes.
	script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_RETURN).
		AddData(bytes.Repeat([]byte{0xab}, size)).Script()
	if err != nil {
		t.Fatal(err)
	}
	return wire.NewTxOut(0, script)
}

func TestSubmitPolicy(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	change := func(value int64) *wire.TxOut { return wire.NewTxOut(value, key.p2wpkh) }
	refused := []struct {
		name, reason string
		make         func(t *testing.T) *wire.MsgTx
	}{
		{"a script of no standard kind", "non-standard", func(t *testing.T) *wire.MsgTx {
			return key.spendTo(t, c, pay(t, c, key.p2wpkh).txid(), wire.MaxTxInSequenceNum,
				wire.NewTxOut(90_000, bytes.Repeat([]byte{txscript.OP_TRUE}, 30)))
		}},
		{"dust", "dust", func(t *testing.T) *wire.MsgTx {
			return key.spendTo(t, c, pay(t, c, key.p2wpkh).txid(), wire.MaxTxInSequenceNum,
				change(90_000), change(200))
		}},
		{"81 bytes of data", "non-standard", func(t *testing.T) *wire.MsgTx {
			return key.spendTo(t, c, pay(t, c, key.p2wpkh).txid(), wire.MaxTxInSequenceNum,
				change(90_000), nullData(t, 81))
		}},
		{"two data outputs", "more than one", func(t *testing.T) *wire.MsgTx {
			return key.spendTo(t, c, pay(t, c, key.p2wpkh).txid(), wire.MaxTxInSequenceNum,
				change(90_000), nullData(t, 32), nullData(t, 32))
		}},
		{"a fee below 1 sat/vB", "low fees", func(t *testing.T) *wire.MsgTx {
			return key.spend(t, c, pay(t, c, key.p2wpkh).txid(), 100_000-50)
		}},
		{"more out than in", "", func(t *testing.T) *wire.MsgTx {
			return key.spend(t, c, pay(t, c, key.p2wpkh).txid(), 100_001)
		}},
		{"a bad ECDSA signature", "", func(t *testing.T) *wire.MsgTx {
			tx := key.spend(t, c, pay(t, c, key.p2wpkh).txid(), 90_000)
			tx.TxIn[0].Witness[0][20] ^= 1
			return tx
		}},
		{"a bad Schnorr signature", "", func(t *testing.T) *wire.MsgTx {
			tx := key.spend(t, c, pay(t, c, key.p2tr).txid(), 90_000)
			tx.TxIn[0].Witness[0][20] ^= 1
			return tx
		}},
		{"somebody else's coin", "", func(t *testing.T) *wire.MsgTx {
			thief := newTestKey(t)
			prev := pay(t, c, key.p2wpkh)
			tx := key.spend(t, c, prev.txid(), 90_000)
			thief.sign(t, tx, wire.NewTxOut(100_000, thief.p2wpkh))
			return tx
		}},
		{"a lock time not reached", "not finalized", func(t *testing.T) *wire.MsgTx {
			prev := pay(t, c, key.p2wpkh)
			tx := key.spendTo(t, c, prev.txid(), wire.MaxTxInSequenceNum-1, change(90_000))
			tx.LockTime = uint32(tip(t, c).Height) + 10
			key.sign(t, tx, prev.output(key.p2wpkh))
			return tx
		}},
		{"a relative lock not reached", "sequence locks", func(t *testing.T) *wire.MsgTx {
			return key.spendTo(t, c, pay(t, c, key.p2wpkh).txid(), 10, change(90_000))
		}},
		{"a coinbase", "coinbase", func(t *testing.T) *wire.MsgTx {
			block, err := c.Block(t.Context(), tip(t, c).Hash)
			if err != nil {
				t.Fatal(err)
			}
			tx := block.Transactions[0].Copy()
			tx.LockTime = 1
			return tx
		}},
		{"nothing at all", "", func(*testing.T) *wire.MsgTx { return wire.NewMsgTx(2) }},
		{"no transaction", "", func(*testing.T) *wire.MsgTx { return nil }},
	}
	for _, test := range refused {
		t.Run(test.name, func(t *testing.T) {
			tx := test.make(t)
			before := len(c.Mempool())
			err := c.Submit(tx)
			if !errors.Is(err, chain.ErrRejected) || !strings.Contains(err.Error(), test.reason) {
				t.Fatalf("%v: not refused for %q", err, test.reason)
			}
			if len(c.Mempool()) != before {
				t.Fatal("a refused transaction changed the mempool")
			}
		})
	}
	t.Run("an unknown input", func(t *testing.T) {
		tx := key.spend(t, c, pay(t, c, key.p2wpkh).txid(), 90_000)
		tx.TxIn[0].PreviousOutPoint.Hash[0] ^= 1
		if err := c.Submit(tx); !errors.Is(err, chain.ErrRejected) || !errors.Is(err, ErrMissingInputs) {
			t.Fatal(err)
		}
	})

	accepted := map[string]*wire.MsgTx{
		"segwit":        key.spend(t, c, pay(t, c, key.p2wpkh).txid(), 90_000),
		"taproot":       key.spend(t, c, pay(t, c, key.p2tr).txid(), 90_000),
		"80 bytes data": key.spendTo(t, c, pay(t, c, key.p2wpkh).txid(), sequenceRBF, change(90_000), nullData(t, 80)),
		"data alone":    key.spendTo(t, c, pay(t, c, key.p2wpkh).txid(), sequenceRBF, nullData(t, 32)),
	}
	for name, tx := range accepted {
		if err := c.Submit(tx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	ref := mine(t, c, 1)[0]
	for name, tx := range accepted {
		if found, err := c.Tx(tx.TxHash()); err != nil || found.Block != ref {
			t.Errorf("%s: not in the block: %v, %v", name, found, err)
		}
		if err := c.Submit(tx); err != nil {
			t.Errorf("%s, submitted again once mined: %v", name, err)
		}
	}
	if left := c.Mempool(); len(left) != 0 {
		t.Errorf("left in the mempool: %v", left)
	}
}

// txid and output are shorthands for tests.
func (tx *Tx) txid() (txid [32]byte) { return tx.Msg.TxHash() }

func (tx *Tx) output(script []byte) *wire.TxOut {
	i := slices.IndexFunc(tx.Msg.TxOut, func(out *wire.TxOut) bool { return bytes.Equal(out.PkScript, script) })
	return tx.Msg.TxOut[i]
}

func TestReplaceByFee(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	out := func(value int64) *wire.TxOut { return wire.NewTxOut(value, key.p2wpkh) }

	// Signalled: replaced where it pays for itself, and only there.
	coin := pay(t, c, key.p2wpkh).txid()
	first := key.spendTo(t, c, coin, sequenceRBF, out(99_000))
	if err := c.Submit(first); err != nil {
		t.Fatal(err)
	}
	child := key.spend(t, c, first.TxHash(), 98_000)
	if err := c.Submit(child); err != nil {
		t.Fatal(err)
	}
	stingy := key.spendTo(t, c, coin, sequenceRBF, out(97_950)) // less than both fees and its own relay
	if err := c.Submit(stingy); !errors.Is(err, chain.ErrRejected) || !strings.Contains(err.Error(), "insufficient absolute fee") {
		t.Fatal(err)
	}
	second := key.spendTo(t, c, coin, wire.MaxTxInSequenceNum, out(95_000))
	if err := c.Submit(second); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []*wire.MsgTx{first, child} {
		if c.InMempool(gone.TxHash()) {
			t.Errorf("%v was not replaced", gone.TxHash())
		}
		if err := c.Submit(gone); !errors.Is(err, chain.ErrRejected) {
			t.Errorf("a replaced transaction came back: %v", err)
		}
	}
	if spender, err := c.Spender(second.TxIn[0].PreviousOutPoint); err != nil || spender.TxHash() != second.TxHash() {
		t.Error(spender, err)
	}

	// Not signalled any more: no fee replaces it.
	third := key.spendTo(t, c, coin, sequenceRBF, out(50_000))
	if err := c.Submit(third); !errors.Is(err, chain.ErrRejected) {
		t.Error("full replacement without a signal:", err)
	}

	// Mined, highest fee first, and then for good.
	ref := mine(t, c, 1)[0]
	if tx, err := c.Tx(second.TxHash()); err != nil || tx.Block != ref {
		t.Fatal(tx, err)
	}
	if err := c.Submit(third); !errors.Is(err, ErrMissingInputs) {
		t.Error("a double spend of a block:", err)
	}
	if out, err := c.Unspent(second.TxIn[0].PreviousOutPoint); err != nil || out != nil {
		t.Error("spent, and yet unspent:", out, err)
	}
	if out, err := c.Unspent(wire.OutPoint{Hash: second.TxHash()}); err != nil || out == nil || out.Value != 95_000 {
		t.Error(out, err)
	}
}

func TestMiningPrefersHigherFeeRates(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	var want []int64
	fees := []int64{300, 9_000, 1_000, 30_000}
	var coins []*Tx
	for range fees {
		coins = append(coins, pay(t, c, key.p2wpkh))
	}
	mine(t, c, 1)
	for i, fee := range fees {
		if err := c.Submit(key.spend(t, c, coins[i].txid(), 100_000-fee)); err != nil {
			t.Fatal(err)
		}
		want = append(want, 100_000-fee)
	}
	slices.Sort(want)
	block, err := c.Block(t.Context(), mine(t, c, 1)[0].Hash)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, tx := range block.Transactions[1:] {
		got = append(got, tx.TxOut[0].Value)
	}
	if !slices.Equal(got, want) {
		t.Errorf("mined in the order %v, not %v", got, want)
	}
	if claimed := block.Transactions[0].TxOut[0].Value - 50e8; claimed != 40_300 {
		t.Errorf("the coinbase claims %d in fees", claimed)
	}
}

func TestParentsFirst(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	tx := pay(t, c, key.p2wpkh).Msg
	order := []*wire.MsgTx{tx}
	for value := int64(99_000); value > 90_000; value -= 1_000 {
		tx = key.spend(t, c, tx.TxHash(), value)
		if err := c.Submit(tx); err != nil {
			t.Fatal(err)
		}
		order = append(order, tx)
	}
	var shuffled = poolTxs(c)
	sorted := parentsFirst(append(shuffled, shuffled...))
	if len(sorted) != len(order) {
		t.Fatalf("%d of %d", len(sorted), len(order))
	}
	for i, tx := range sorted {
		if *tx.Hash() != order[i].TxHash() {
			t.Fatalf("at %d: %v", i, tx.Hash())
		}
	}
}

func TestMempoolIsBounded(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	coin := pay(t, c, key.p2wpkh)
	c.maxWaiting = 1
	tx := key.spend(t, c, coin.txid(), 90_000)
	if err := c.Submit(tx); !errors.Is(err, chain.ErrRejected) || !errors.Is(err, ErrMempoolFull) {
		t.Error(err)
	}
	if err := c.receive(tx, 1); !errors.Is(err, ErrMempoolFull) {
		t.Error(err)
	}
	if err := c.Submit(coin.Msg); err != nil {
		t.Error("a transaction that is there already:", err)
	}
	mine(t, c, 1)
	if err := c.Submit(tx); err != nil {
		t.Error("after a block:", err)
	}
}
