package coins_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// The embedded chain tells of coins that wait, that are in a block, and that are
// spent.
func TestDevnet(t *testing.T) {
	d, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx := t.Context()
	finder := coins.Devnet{Chain: d}
	script := append([]byte{txscript.OP_0, txscript.OP_DATA_20}, bytes.Repeat([]byte{7}, 20)...)
	txid, err := d.Faucet(ctx, script, 40_000)
	if err != nil {
		t.Fatal(err)
	}
	waits, err := d.MempoolTx(txid)
	if err != nil {
		t.Fatal(err)
	}
	at := wire.OutPoint{Hash: txid}
	if !bytes.Equal(waits.TxOut[0].PkScript, script) {
		at.Index = 1
	}
	funding := waits.TxIn[0].PreviousOutPoint

	found, err := finder.Look(ctx, at, coins.Hint{})
	if err != nil || found.Spent || found.Block != (chain.BlockRef{}) || found.Out.Value != 40_000 {
		t.Fatalf("waiting: %+v, %v", found, err)
	}
	if found, err = finder.Look(ctx, funding, coins.Hint{}); err != nil || !found.Spent || found.Spender != txid {
		t.Fatalf("what the waiting one spends: %+v, %v", found, err)
	}
	blocks, err := d.Mine(1)
	if err != nil {
		t.Fatal(err)
	}
	if found, err = finder.Look(ctx, at, coins.Hint{}); err != nil || found.Spent || found.Block != blocks[0] || found.Tip != blocks[0] {
		t.Fatalf("in a block: %+v, %v", found, err)
	}
	if found, err = finder.Look(ctx, funding, coins.Hint{}); err != nil || !found.Spent {
		t.Fatalf("spent in a block: %+v, %v", found, err)
	}
	block, err := d.Block(ctx, blocks[0].Hash)
	if err != nil {
		t.Fatal(err)
	}
	if found, err = finder.Look(ctx, wire.OutPoint{Hash: block.Transactions[0].TxHash()}, coins.Hint{}); err != nil || !found.Coinbase {
		t.Fatalf("a miner's: %+v, %v", found, err)
	}
	for _, none := range []wire.OutPoint{{Hash: txid, Index: 2}, {Hash: blocks[0].Hash}} {
		if _, err := finder.Look(ctx, none, coins.Hint{}); !errors.Is(err, coins.ErrNone) {
			t.Errorf("%s: %v", none, err)
		}
	}
}

// scripted answers as it is told and counts.
type scripted struct {
	answer func(ctx context.Context) (coins.Found, error)
	asked  []coins.Hint
}

func (s *scripted) Look(ctx context.Context, _ wire.OutPoint, h coins.Hint) (coins.Found, error) {
	s.asked = append(s.asked, h)
	return s.answer(ctx)
}

func TestLimits(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	tip := chain.BlockRef{Height: 10_000}
	s := &scripted{}
	none := func(context.Context) (coins.Found, error) { return coins.Found{}, coins.ErrNone }
	found := func(context.Context) (coins.Found, error) {
		return coins.Found{Block: chain.BlockRef{Height: 9_500}}, nil
	}
	l := coins.NewLimited(s, func(context.Context) (chain.BlockRef, error) { return tip, nil }, func() time.Time { return now },
		coins.Limits{Burst: 3, Every: time.Minute, Together: 1, Time: 50 * time.Millisecond})
	at := func(n int) wire.OutPoint { return wire.OutPoint{Index: uint32(n)} }
	look := func(n int, height int32, client string) error {
		_, err := l.Look(t.Context(), at(n), coins.Hint{Script: []byte{1}, Height: height, Client: client})
		return err
	}
	want := func(what string, err, kind error, asked int) {
		t.Helper()
		if !errors.Is(err, kind) || len(s.asked) != asked {
			t.Errorf("%s: %v after %d questions, want %v after %d", what, err, len(s.asked), kind, asked)
		}
	}

	s.answer = none
	want("too deep", look(1, 10_000-2_017, "a"), coins.ErrTooDeep, 0)
	want("no height", look(1, 0, "a"), coins.ErrNoHint, 0)
	want("above the tip", look(1, 10_001, "a"), coins.ErrNone, 0)
	want("none", look(1, 9_000, "a"), coins.ErrNone, 1)
	want("none, remembered", look(1, 9_000, "a"), coins.ErrNone, 1)
	now = now.Add(21 * time.Second)
	want("none, forgotten", look(1, 9_000, "a"), coins.ErrNone, 2)
	tip.Height++
	want("none, at a new block", look(1, 9_000, "a"), coins.ErrNone, 3)
	want("his allowance is used up", look(2, 9_000, "a"), coins.ErrBusy, 3)
	want("that of another is not", look(2, 9_000, "b"), coins.ErrNone, 4)
	want("we have no limit", look(3, 9_000, ""), coins.ErrNone, 5)
	now = now.Add(time.Minute)
	s.answer = found
	want("a minute later", look(4, 9_000, "a"), nil, 6)
	want("once more, where it was found", look(4, 0, "b"), nil, 7)
	if got := s.asked[6].Height; got != 9_494 {
		t.Errorf("looked again from %d", got)
	}

	// One that hangs ends in time, and holds the place of others until then.
	s.answer = func(ctx context.Context) (coins.Found, error) {
		<-ctx.Done()
		return coins.Found{}, fmt.Errorf("it hangs: %w", ctx.Err())
	}
	want("one that hangs", look(5, 9_000, ""), coins.ErrSlow, 8)
}
