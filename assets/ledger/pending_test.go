package ledger_test

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// marked is an Open Assets transaction: inputs, the marker's place, quantities, and
// a script for each output but the marker.
func (w *world) marked(inputs []wire.OutPoint, marker int, quantities []uint64, scripts ...[]byte) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	for i := range inputs {
		tx.AddTxIn(wire.NewTxIn(&inputs[i], nil, nil))
	}
	payload := []byte{0x4f, 0x41, 1, 0, byte(len(quantities))}
	for _, q := range quantities {
		payload = binary.AppendUvarint(payload, q)
	}
	for i, s := range scripts {
		if i == marker {
			tx.AddTxOut(opReturn(append(payload, 0)))
		}
		tx.AddTxOut(wire.NewTxOut(600, s))
	}
	if marker == len(scripts) {
		tx.AddTxOut(opReturn(append(payload, 0)))
	}
	w.txs[tx.TxHash()] = tx
	return tx
}

func out(tx *wire.MsgTx, n uint32) wire.OutPoint { return wire.OutPoint{Hash: tx.TxHash(), Index: n} }

// coinsOfScript are a script's, as "units/waiting/spent", the most units first.
func coinsOfScript(t *testing.T, l *ledger.Ledger, n int) (text string) {
	t.Helper()
	coins, err := l.Coins(t.Context(), [][]byte{script(n)})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(coins, func(a, b ledger.Coin) int { return cmp.Compare(b.Holdings[0].Units, a.Holdings[0].Units) })
	for _, c := range coins {
		text += fmt.Sprintf("%d/%t/%t ", c.Holdings[0].Units, c.Pending, c.IsSpent())
	}
	return text
}

func TestWaitingTransactions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(1)
		l := w.open(d)
		ctx := t.Context()
		first := w.mineThese()
		connect(t, d, l, first)
		miners := first.Msg.Transactions[0]
		asset := openassets.AssetID(script(0))
		want := func(what string, n int, coins string) {
			t.Helper()
			if got := coinsOfScript(t, l, n); got != coins {
				t.Errorf("%s: script %d has %q, want %q", what, n, got, coins)
			}
		}
		see := func(tx *wire.MsgTx) {
			t.Helper()
			if err := l.See(ctx, tx); err != nil {
				t.Fatal(err)
			}
		}

		// An issue of 20 that waits, and a transfer of 5 of them that waits on it.
		issue := w.marked([]wire.OutPoint{out(miners, 0)}, 1, []uint64{20}, script(4))
		preview, err := l.Preview(ctx, issue)
		if err != nil || len(preview) != 1 || preview[0].Issued != asset || preview[0].Outputs[0][0].Units != 20 {
			t.Fatalf("the issue: %+v, %v", preview, err)
		}
		transfer := w.marked([]wire.OutPoint{out(issue, 0)}, 0, []uint64{5, 15}, script(5), script(4))
		if preview, err := l.Preview(ctx, transfer); err != nil || preview[0].Verdict != assets.Rejected {
			t.Errorf("a transfer of what nobody has seen: %+v, %v", preview, err)
		}
		see(issue)
		see(issue)
		want("seen", 4, "20/true/false ")
		see(transfer)
		want("moved on", 4, "20/true/true 15/true/false ")
		want("moved on", 5, "5/true/false ")
		tx, err := l.Transaction(ctx, transfer.TxHash())
		if err != nil || !tx.Pending || len(tx.Spent) != 1 || len(tx.Created) != 2 || tx.Created[0].IsSpent() {
			t.Errorf("the transfer: %+v, %v", tx, err)
		}
		if waiting, err := l.Waiting(ctx, asset); err != nil || len(waiting) != 2 {
			t.Errorf("%d wait, %v", len(waiting), err)
		}
		if _, err := l.Asset(ctx, asset, ledger.Newest); !errors.Is(err, assets.ErrUnknown) {
			t.Errorf("an asset that no block has issued: %v", err)
		}

		// A block takes the issue; the transfer goes on waiting.
		b := w.mineThese(issue)
		connect(t, d, l, b)
		want("issued", 4, "20/false/true 15/true/false ")

		// The block is undone: the issue waits again. Then it comes back, with a
		// transfer to somebody else, that makes the one that waited impossible.
		w.reorg(t, d, l, 1)
		want("undone", 4, "20/true/true 15/true/false ")
		other := w.marked([]wire.OutPoint{out(issue, 0)}, 0, []uint64{20}, script(6))
		after := w.marked([]wire.OutPoint{out(transfer, 1)}, 0, []uint64{5}, script(6))
		see(after)
		connect(t, d, l, w.mineThese(issue, other))
		want("taken otherwise", 4, "")
		want("taken otherwise", 5, "")
		want("taken otherwise", 6, "20/false/false ")
		if waiting, err := l.Waiting(ctx, assets.ID{}); err != nil || len(waiting) != 0 {
			t.Errorf("%d wait for what cannot be, %v", len(waiting), err)
		}
		if _, err := l.Preview(ctx, transfer); !errors.Is(err, ledger.ErrSpent) {
			t.Errorf("a transfer of coins that are spent: %v", err)
		}
		if err := l.See(ctx, transfer); !errors.Is(err, ledger.ErrSpent) {
			t.Errorf("seeing a transfer of coins that are spent: %v", err)
		}
		if preview, err := l.Preview(ctx, other); err != nil || len(preview) != 1 || preview[0].Verdict != assets.Valid {
			t.Errorf("one that a block holds: %+v, %v", preview, err)
		}
		see(other)

		// Of two that spend the same coin the later counts, as the network has it.
		one := w.marked([]wire.OutPoint{out(other, 1)}, 0, []uint64{20}, script(1))
		two := w.marked([]wire.OutPoint{out(other, 1)}, 0, []uint64{20}, script(2))
		see(one)
		if rivals, err := l.Conflicts(ctx, two); err != nil || len(rivals) != 1 || rivals[0] != one.TxHash() {
			t.Errorf("rivals %v, %v", rivals, err)
		}
		see(two)
		want("replaced", 1, "")
		want("replaced", 2, "20/true/false ")
		if err := l.Forget(ctx, two.TxHash()); err != nil {
			t.Fatal(err)
		}
		want("forgotten", 2, "")
		want("forgotten", 6, "20/false/false ")

		// One without anything is not remembered.
		plain := wire.NewMsgTx(2)
		at := out(miners, 1)
		plain.AddTxIn(wire.NewTxIn(&at, nil, nil))
		plain.AddTxOut(wire.NewTxOut(1, script(3)))
		see(plain)
		if _, err := l.Transaction(ctx, plain.TxHash()); !errors.Is(err, ledger.ErrNoTx) {
			t.Errorf("a plain transaction: %v", err)
		}
		// An ordinary payment out of a colored coin is.
		lost := wire.NewMsgTx(2)
		at = out(other, 1)
		lost.AddTxIn(wire.NewTxIn(&at, nil, nil))
		lost.AddTxOut(wire.NewTxOut(1, script(3)))
		see(lost)
		want("about to be lost", 6, "20/false/true ")
	})
}

// What waits for too long is given up.
func TestWaitingEnds(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(1)
	l := w.open(d)
	first := w.mineThese()
	connect(t, d, l, first)
	if err := l.See(t.Context(), w.marked([]wire.OutPoint{out(first.Msg.Transactions[0], 0)}, 1, []uint64{20}, script(4))); err != nil {
		t.Fatal(err)
	}
	if ids, err := l.WaitingSince(t.Context(), time.Unix(1_800_000_000, 0)); err != nil || len(ids) != 1 {
		t.Errorf("%d wait, %v", len(ids), err)
	}
	var week []*chain.Block
	for range 1007 {
		week = append(week, w.mineThese())
	}
	connect(t, d, l, week...)
	if got := coinsOfScript(t, l, 4); got != "20/true/false " {
		t.Errorf("after a week: %q", got)
	}
	connect(t, d, l, w.mineThese())
	if got := coinsOfScript(t, l, 4); got != "" {
		t.Errorf("after more than a week: %q", got)
	}
}

// Whoever watches an asset hears of it, and not of others.
func TestWatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(1)
		l := w.open(d)
		first := w.mineThese()
		connect(t, d, l, first)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- l.Run(ctx) }()
		asset, other := openassets.AssetID(script(0)), openassets.AssetID(script(1))
		news, end := l.Watch(asset)
		defer end()
		silent, endSilent := l.Watch(other)
		defer endSilent()
		all, endAll := l.Watch(assets.ID{})
		defer endAll()
		hear := func(what string) {
			t.Helper()
			for _, ch := range []<-chan struct{}{news, all} {
				select {
				case <-ch:
				case <-time.After(20 * time.Second):
					t.Fatalf("%s: nothing is heard", what)
				}
			}
		}
		hear("at first") // as it may have missed something
		<-silent
		issue := w.marked([]wire.OutPoint{out(first.Msg.Transactions[0], 0)}, 1, []uint64{20}, script(4))
		if err := l.See(ctx, issue); err != nil {
			t.Fatal(err)
		}
		hear("seen")
		connect(t, d, l, w.mineThese(issue))
		hear("in a block")
		w.reorg(t, d, l, 1)
		hear("undone")
		select {
		case <-silent:
			t.Error("another asset's watcher is woken")
		default:
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// A transaction whose issuer nobody knows is told as unsure, and is the same
// whoever asks.
func TestUnsure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(1)
		l := w.open(d)
		issue := w.marked([]wire.OutPoint{{Hash: chainhash.Hash{1, 2, 3}}}, 1, []uint64{20}, script(4))
		connect(t, d, l, w.mineThese(issue))
		tx, err := l.Transaction(t.Context(), issue.TxHash())
		if err != nil || len(tx.Colorings) != 1 || tx.Colorings[0].Verdict != assets.Unsure || tx.Colorings[0].Why == "" || len(tx.Created) != 0 {
			t.Errorf("%+v, %v", tx, err)
		}
	})
}
