package lab

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

func closeTogether(t *testing.T, x *pair) {
	ctx := deadline(t, 2*time.Minute)
	x.move(ctx, t)
	before := [2]btcutil.Amount{}
	for i, p := range []*Party{x.hitesh, x.irene} {
		var err error
		before[i], err = p.Wallet(ctx)
		must(t, err)
	}
	closing := x.close(ctx, t, x.hitesh, false)
	fee, err := x.lab.fee(closing)
	must(t, err)
	if len(closing.TxOut) != 2 || closing.LockTime != 0 {
		t.Errorf("the close has %d outputs and lock time %d", len(closing.TxOut), closing.LockTime)
	}
	must(t, x.lab.Mine(ctx, 1)) // no delay: they are theirs in the next block
	must(t, x.hitesh.awaitWallet(ctx, before[0]+7*bitcoin-fee))
	must(t, x.irene.awaitWallet(ctx, before[1]+3*bitcoin))
	h, err := x.hitesh.Wallet(ctx)
	must(t, err)
	i, err := x.irene.Wallet(ctx)
	must(t, err)
	if h != before[0]+7*bitcoin-fee || i != before[1]+3*bitcoin {
		t.Errorf("hitesh has %d and irene %d more; want 7 BTC less %d and 3", h-before[0], i-before[1], fee)
	}
	must(t, x.lab.Mine(ctx, 6))
}

// closeAlone has Irene publish the state of the moment: Hitesh has his side at
// once, Irene hers after 1,000 blocks and not one sooner.
func closeAlone(t *testing.T, x *pair) {
	ctx := deadline(t, 4*time.Minute)
	x.fresh(ctx, t)
	x.move(ctx, t)
	before, err := x.hitesh.Wallet(ctx)
	must(t, err)
	closing := x.close(ctx, t, x.irene, true)
	var own wire.OutPoint
	for i, out := range closing.TxOut {
		if btcutil.Amount(out.Value) == 3*bitcoin {
			own = wire.OutPoint{Hash: closing.TxHash(), Index: uint32(i)}
		}
	}
	if own.Hash != closing.TxHash() {
		t.Fatal("no output of Irene's 3 BTC")
	}
	must(t, x.lab.Mine(ctx, 1)) // the commitment's block is its first confirmation
	confirmed := x.lab.height()
	// Hitesh fetches his side at once. Were a thousand blocks made over that, lnd
	// would offer it anew, a little dearer, at each of them, and neutrino go on
	// repeating hundreds of them, with whatever else is offered in their queue.
	must(t, x.lab.mineUntil(ctx, "Hitesh's side", 30, time.Second, func() (bool, error) {
		now, err := x.hitesh.Wallet(ctx)
		return now > before+7*bitcoin-100_000, err
	}))
	// A spend with the delay in its sequence number, as the script demands; it
	// needs no signature to be refused for being too early (BIP 68).
	probe := wire.NewMsgTx(2)
	probe.AddTxIn(&wire.TxIn{PreviousOutPoint: own, Sequence: uint32(x.csv)})
	probe.AddTxOut(wire.NewTxOut(int64(bitcoin), append([]byte{0, 20}, make([]byte, 20)...)))
	tooEarly := func() bool {
		err := x.lab.chain.Submit(probe)
		if err == nil {
			t.Fatal("a spend without a signature was taken")
		}
		return strings.Contains(err.Error(), "sequence lock")
	}
	// In the mempool is what the next block may have.
	must(t, x.lab.mineTo(ctx, confirmed+x.csv-2))
	must(t, pause(ctx, 4*breath))
	if _, err := x.lab.chain.Spender(own); err == nil || !tooEarly() {
		t.Fatal("Irene's coins can be spent in the 999th block after")
	}
	must(t, x.lab.Mine(ctx, 1))
	if tooEarly() {
		t.Error("Irene's coins cannot be spent in the 1,000th block after")
	}
	// lnd looks at its coins at each block, and may still be reading the last
	// thousand.
	must(t, x.lab.mineUntil(ctx, "Irene's own coins", 40, 5*breath, func() (bool, error) {
		if _, err := x.lab.chain.Spender(own); err == nil {
			return false, nil
		}
		out, err := x.lab.chain.Unspent(own)
		return out == nil, err
	}))
	tx, err := x.lab.Spend(own)
	must(t, err)
	in := tx.TxIn[0]
	for _, other := range tx.TxIn {
		if other.PreviousOutPoint == own {
			in = other
		}
	}
	script, err := txscript.DisasmString(in.Witness[len(in.Witness)-1])
	must(t, err)
	// 1,000 is e803 as a script has it.
	if in.Sequence != uint32(x.csv) || !strings.Contains(script, "OP_ELSE e803 OP_CHECKSEQUENCEVERIFY") {
		t.Errorf("spent with sequence %d by the script %s", in.Sequence, script)
	}
	must(t, x.lab.mineUntil(ctx, "everybody's coins", 20, 5*breath, func() (bool, error) { return x.settled(ctx) }))
}

// cheat has Irene go back to the state in which she had 5 of the 10 BTC, after
// she has paid 2 of them away, and publish it while Hitesh is off. Hitesh, back
// within her 1,000 blocks, takes all of it.
func cheat(t *testing.T, x *pair) {
	ctx := deadline(t, 4*time.Minute)
	x.fresh(ctx, t)
	must(t, x.irene.Stop())
	copyFile(t, x.irene.ChannelDB(), x.irene.ChannelDB()+".old")
	must(t, x.irene.Start())
	must(t, x.irene.Ready(ctx))
	must(t, x.lab.Meet(ctx, x.hitesh, x.irene))
	_, err := x.lab.Usable(ctx, x.point, [2]*Party{x.hitesh, x.irene}, x.irene)
	must(t, err)
	x.move(ctx, t)

	h, err := x.hitesh.Holdings(ctx)
	must(t, err)
	before := h.Wallet
	i, err := x.irene.Holdings(ctx)
	must(t, err)
	must(t, x.hitesh.Stop())
	must(t, x.irene.Stop())
	copyFile(t, x.irene.ChannelDB()+".old", x.irene.ChannelDB())
	must(t, x.irene.Start())
	must(t, x.irene.Ready(ctx))
	old, open, err := x.irene.Channel(ctx, x.point)
	if err != nil || !open || old.Local != 5*bitcoin {
		t.Fatalf("the old state: %+v, %v", old, err)
	}
	height := x.lab.height()
	revoked := x.close(ctx, t, x.irene, true)
	must(t, x.lab.Mine(ctx, 1))
	if out := amounts(revoked); !out[5*bitcoin] || !out[5*bitcoin-x.reserve] {
		t.Fatalf("Irene published %v, not 5 and 5", out)
	}
	must(t, x.irene.Stop()) // who does such a thing does not wait for calls

	must(t, x.hitesh.Start())
	must(t, x.hitesh.Ready(ctx))
	// From 10 BTC on lnd believes a close after six blocks only. Then it offers
	// the penalty, and some seconds later, as those blocks have passed without
	// it, the same again to another address. The network refuses that while the
	// first waits, but not when it has a block: so the first waits a little.
	stake := outputOf(revoked, 5*bitcoin)
	must(t, x.lab.Mine(ctx, 5))
	must(t, x.lab.mineUntil(ctx, "the penalty", 12, 10*time.Second, func() (bool, error) {
		_, err := x.lab.chain.Spender(stake)
		return err == nil, nil
	}))
	for since := time.Now(); time.Since(since) < 15*time.Second; {
		log, err := os.ReadFile(x.hitesh.LogFile())
		must(t, err)
		if bytes.Contains(log, []byte("splitting justice tx")) {
			must(t, pause(ctx, 2*time.Second))
			break
		}
		must(t, pause(ctx, 4*every))
	}
	// He hears of it by the block it is in, after a moment; further blocks only
	// for what he may do anew.
	must(t, x.lab.Mine(ctx, 1))
	must(t, x.lab.mineUntil(ctx, "everything being Hitesh's", 20, 5*time.Second, func() (bool, error) {
		h, err := x.hitesh.Holdings(ctx)
		if err != nil {
			return false, err
		}
		return h.Settled() && h.Wallet > before+9*bitcoin, nil
	}))
	fees, err := x.lab.Fees(height)
	must(t, err)
	anchors, err := x.lab.Anchors(x.point, 330)
	must(t, err)
	after, err := x.hitesh.Wallet(ctx)
	must(t, err)
	t.Logf("hitesh got %d sat; %d went to miners, %d lie in anchors", after-before, fees, anchors)
	if after-before != 10*bitcoin-fees-anchors {
		t.Errorf("hitesh got %d of 10 BTC with %d in fees and %d in anchors", after-before, fees, anchors)
	}
	// For Irene there is nothing, now or in 1,000 blocks: what she wanted to keep
	// is spent.
	must(t, x.irene.Start())
	must(t, x.irene.Ready(ctx))
	must(t, x.lab.Mine(ctx, 1))
	now, err := x.irene.Wallet(ctx)
	must(t, err)
	if now > i.Wallet {
		t.Errorf("irene's wallet went from %d to %d", i.Wallet, now)
	}
	penalty, err := x.lab.Spend(stake)
	must(t, err)
	if penalty == nil || penalty.TxHash() == revoked.TxHash() {
		t.Error("nobody spent what Irene wanted to keep")
	}
}

func (x *pair) settled(ctx context.Context) (bool, error) {
	for _, p := range []*Party{x.hitesh, x.irene} {
		h, err := p.Holdings(ctx)
		if err != nil || !h.Settled() {
			return false, err
		}
	}
	return true, nil
}

// fresh makes sure that the two have one channel, of 5 BTC from each, and no
// other that a payment could take as well: the last one is kept when nothing
// has happened in it, as when a part of the test runs alone.
func (x *pair) fresh(ctx context.Context, t *testing.T) {
	t.Helper()
	c, open, err := x.hitesh.Channel(ctx, x.point)
	must(t, err)
	if open && c.Local == 5*bitcoin-x.reserve && c.Remote == 5*bitcoin {
		return
	}
	if open {
		x.close(ctx, t, x.hitesh, false)
		must(t, x.lab.Mine(ctx, 6))
	}
	for _, p := range []*Party{x.hitesh, x.irene} {
		must(t, until(ctx, "the last channel being over", func() (bool, error) {
			h, err := p.Holdings(ctx)
			return h.Pending == 0, err
		}))
	}
	x.fill(ctx, t)
	x.open(ctx, t)
}

// signed reports why a transaction's signatures do not hold.
func (x *pair) signed(t *testing.T, tx *wire.MsgTx) error {
	t.Helper()
	spent := map[wire.OutPoint]*wire.TxOut{}
	for _, in := range tx.TxIn {
		from, err := x.lab.chain.Tx(in.PreviousOutPoint.Hash)
		must(t, err)
		spent[in.PreviousOutPoint] = from.Msg.TxOut[in.PreviousOutPoint.Index]
	}
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	for i, in := range tx.TxIn {
		out := spent[in.PreviousOutPoint]
		vm, err := txscript.NewEngine(out.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, out.Value, fetcher)
		must(t, err)
		if err := vm.Execute(); err != nil {
			return err
		}
	}
	return nil
}

func amounts(tx *wire.MsgTx) map[btcutil.Amount]bool {
	list := map[btcutil.Amount]bool{}
	for _, out := range tx.TxOut {
		list[btcutil.Amount(out.Value)] = true
	}
	return list
}

func outputOf(tx *wire.MsgTx, value btcutil.Amount) wire.OutPoint {
	for i, out := range tx.TxOut {
		if btcutil.Amount(out.Value) == value {
			return wire.OutPoint{Hash: tx.TxHash(), Index: uint32(i)}
		}
	}
	return wire.OutPoint{}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	out, err := os.Create(to)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, errors.Join(err, out.Close()))
}
