package follow_test

import (
	"cmp"
	"context"
	"slices"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"pgregory.net/rapid"

	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/follow"
)

// baseOf reads how far down a reorg has taken the start.
func (g *game) baseOf(t *rapid.T) int32 {
	var base int32
	if err := g.d.Read(context.Background()).Raw("SELECT base FROM follow_cursor").Scan(&base).Error; err != nil {
		t.Fatalf("%v", err)
	}
	return base
}

// check compares every table with what the best chain says.
func (g *game) check(t *rapid.T) {
	if g.hidden {
		t.Helper()
	}
	wantLines(t, g.d, g.src, g.start)
	g.checkOutbox(t)
	g.checkCoins(t)
}

// stateOf is what the chain makes of an entry: the first block, of those taken
// in since it was stored, that spends one of its inputs decides.
func (g *game) stateOf(e *modelEntry) (outbox.State, chain.BlockRef) {
	index := slices.Index(g.entries, e)
	spends := map[wire.OutPoint]bool{}
	for _, in := range e.tx.TxIn {
		spends[in.PreviousOutPoint] = true
	}
	for _, b := range g.taken {
		if index >= b.entries {
			continue
		}
		for _, tx := range b.msg.Transactions[1:] {
			if tx.TxHash() == e.tx.TxHash() {
				return outbox.Confirmed, b.ref
			}
		}
		if e.abandoned {
			continue
		}
		for _, tx := range b.msg.Transactions[1:] {
			for _, in := range tx.TxIn {
				if spends[in.PreviousOutPoint] {
					return outbox.Conflicted, b.ref
				}
			}
		}
	}
	if e.abandoned {
		return outbox.Abandoned, chain.BlockRef{}
	}
	for _, other := range g.entries {
		if other.replaces == e.key && !other.abandoned {
			return outbox.Replaced, chain.BlockRef{}
		}
	}
	if e.broadcast {
		return outbox.Broadcast, chain.BlockRef{}
	}
	return outbox.Stored, chain.BlockRef{}
}

func (g *game) checkOutbox(t *rapid.T) {
	stored, err := outbox.List(g.d.Read(context.Background()), 10_000)
	if err != nil {
		t.Fatalf("%v", err)
	}
	slices.Reverse(stored)
	if len(stored) != len(g.entries) {
		t.Fatalf("%d entries, want %d", len(stored), len(g.entries))
	}
	for i, e := range g.entries {
		state, at := g.stateOf(e)
		got := stored[i]
		if got.Key != e.key || got.State != state || got.Height != at.Height || got.BlockHash != at.Hash {
			t.Fatalf("%s is %s at %d:%s, want %s is %s at %s", got.Key, got.State, got.Height, got.BlockHash, e.key, state, at)
		}
	}
}

// checkCoins replays the best chain over the coins watched at each block.
func (g *game) checkCoins(t *rapid.T) {
	type spend struct {
		by chainhash.Hash
		at chain.BlockRef
	}
	created := map[wire.OutPoint]chain.BlockRef{}
	spent := map[wire.OutPoint]spend{}
	for op := range g.coins {
		created[op] = chain.BlockRef{}
	}
	for _, b := range g.taken {
		for _, tx := range b.msg.Transactions[1:] {
			for n, out := range tx.TxOut {
				op := wire.OutPoint{Hash: tx.TxHash(), Index: uint32(n)}
				if b.scripts[labelOf(out.PkScript)] || b.coins[op] {
					created[op] = b.ref
				}
			}
		}
		for _, tx := range b.msg.Transactions[1:] {
			for _, in := range tx.TxIn {
				op := in.PreviousOutPoint
				at, watched := created[op]
				if watched && (at != chain.BlockRef{} || b.coins[op]) {
					spent[op] = spend{tx.TxHash(), b.ref}
				}
			}
		}
	}
	want := map[string][]wire.OutPoint{}
	for op := range created {
		if g.coins[op] {
			want["coin"] = append(want["coin"], op)
		}
		label := labelOf(g.txs[op.Hash].TxOut[op.Index].PkScript)
		if g.scripts[label] {
			want[label] = append(want[label], op)
		}
	}
	labels := []string{"coin"}
	for n := range scriptCount {
		labels = append(labels, labelOf(scriptOf(n)))
	}
	for _, label := range labels {
		coins, err := follow.Coins(g.d.Read(context.Background()), label)
		if err != nil {
			t.Fatalf("%v", err)
		}
		var got []wire.OutPoint
		for _, c := range coins {
			got = append(got, c.Outpoint)
			if c.Created != created[c.Outpoint] {
				t.Fatalf("coin %s is in block %s, want %s", c.Outpoint, c.Created, created[c.Outpoint])
			}
			s, isSpent := spent[c.Outpoint]
			if isSpent != (c.Spent != nil) || isSpent && (c.Spent.Txid != s.by || c.Spent.Block != s.at) {
				t.Fatalf("coin %s is spent by %+v, want %v %s", c.Outpoint, c.Spent, s.by, s.at)
			}
		}
		order := func(a, b wire.OutPoint) int { return cmp.Compare(a.String(), b.String()) }
		slices.SortFunc(got, order)
		slices.SortFunc(want[label], order)
		if !slices.Equal(got, want[label]) {
			t.Fatalf("coins of %q:\n%v\nwant\n%v", label, got, want[label])
		}
	}
}
