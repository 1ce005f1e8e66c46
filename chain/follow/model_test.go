package follow_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/follow"
)

// TestModel plays random games of mining, reorgs, watching, signing and
// failing, and after each catch-up compares every table with a model that knows
// nothing of connecting and disconnecting: it reads the best chain from below.
//
// More games than the 40 of an ordinary run:
// go test ./chain/follow -run TestModel/sqlite -rapid.checks=10000
func TestModel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeJournal(t, d)
		rapid.Check(t, func(rt *rapid.T) {
			if d.Dialect() == db.Postgres && rapid.IntRange(0, 9).Draw(rt, "play on PostgreSQL") != 0 {
				return // a tenth of the games: the follower's own code is the same
			}
			wipe(t, d)
			g := newGame(rt, d)
			rt.Repeat(map[string]func(*rapid.T){
				"mine":      g.mine,
				"reorg":     g.reorg,
				"hide":      g.hide,
				"watch":     g.watch,
				"unwatch":   g.unwatch,
				"watchCoin": g.watchCoin,
				"sign":      g.sign,
				"bump":      g.bump,
				"abandon":   g.abandon,
				"broadcast": g.broadcast,
				"restart":   g.restart,
				"fail":      g.fail,
				"":          g.check,
			})
		})
	})
}

func wipe(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		for _, table := range []string{"test_journal", "coins", "watched_scripts", "watched_outpoints", "outbox_inputs", "outbox", "blocks", "block_bodies", "follow_cursor"} {
			if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// game is the model and the thing itself.
type game struct {
	d       *db.DB
	src     *fakeSource
	f       *follow.Follower
	journal *journal
	start   int32
	hidden  bool
	highest int32 // of the source, before each cut

	counter int64                          // makes transactions differ
	outputs []wire.OutPoint                // every output ever made, for inputs to spend
	scripts map[string]bool                // watched now
	coins   map[wire.OutPoint]bool         // watched by outpoint now
	txs     map[chainhash.Hash]*wire.MsgTx // every transaction made
	entries []*modelEntry

	taken []taken // the blocks taken in, from the bottom
}

// taken is a block and what was watched and signed when it was taken in.
type taken struct {
	ref     chain.BlockRef
	msg     *wire.MsgBlock
	scripts map[string]bool
	coins   map[wire.OutPoint]bool
	entries int
}

type modelEntry struct {
	key       string
	tx        *wire.MsgTx
	replaces  string
	broadcast bool
	abandoned bool
}

const (
	scriptCount = 4
	maxReorg    = 12
)

// labelOf is what a script is watched under.
func labelOf(script []byte) string { return hex.EncodeToString(script) }

func scriptOf(n int) []byte { return []byte{0x51, byte(n)} }

func newGame(t *rapid.T, d *db.DB) *game {
	g := &game{
		d: d, src: newFakeSource(), scripts: map[string]bool{}, coins: map[wire.OutPoint]bool{},
		txs: map[chainhash.Hash]*wire.MsgTx{},
	}
	for range rapid.IntRange(0, 3).Draw(t, "blocks before") {
		g.src.mine()
	}
	g.start = rapid.SampledFrom([]int32{-1, 0, 1}).Draw(t, "start")
	if g.start < 0 {
		g.start = g.src.height() + 1
	}
	g.start = min(g.start, g.src.height()+1)
	g.restart(t)
	g.catchUp(t)
	return g
}

// restart forgets everything but the database, as a crash after the last
// commit does.
func (g *game) restart(*rapid.T) {
	g.journal = &journal{countdown: -2}
	g.f = follow.New(g.d, g.src, follow.Config{StartHeight: g.start, Log: quiet(), MaxReorg: maxReorg},
		follow.Watched{}, follow.Outbox{}, g.journal)
}

// newTx spends some known outputs (possibly already spent ones: conflicts are
// wanted) and pays some scripts.
func (g *game) newTx(t *rapid.T) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	seen := map[wire.OutPoint]bool{}
	for range rapid.IntRange(1, 3).Draw(t, "inputs") {
		op := wire.OutPoint{Hash: chainhash.HashH(fmt.Appendf(nil, "coin %d", g.counter))}
		if len(g.outputs) > 0 && rapid.IntRange(0, 3).Draw(t, "spend a known coin") > 0 {
			op = g.outputs[rapid.IntRange(max(0, len(g.outputs)-8), len(g.outputs)-1).Draw(t, "coin")]
		}
		g.counter++
		if !seen[op] {
			tx.AddTxIn(&wire.TxIn{PreviousOutPoint: op, Sequence: 0xfffffffd})
			seen[op] = true
		}
	}
	g.addOutputs(t, tx)
	return tx
}

func (g *game) addOutputs(t *rapid.T, tx *wire.MsgTx) {
	for range rapid.IntRange(1, 2).Draw(t, "outputs") {
		g.counter++
		tx.AddTxOut(wire.NewTxOut(g.counter, scriptOf(rapid.IntRange(0, scriptCount-1).Draw(t, "script"))))
	}
	g.remember(tx)
}

func (g *game) remember(tx *wire.MsgTx) {
	g.txs[tx.TxHash()] = tx
	for i := range tx.TxOut {
		g.outputs = append(g.outputs, wire.OutPoint{Hash: tx.TxHash(), Index: uint32(i)})
	}
}

// draft picks transactions for a block on top of the best chain, of which none
// may spend what the chain or the block has spent already, nor be there twice.
func (g *game) draft(t *rapid.T) []*wire.MsgTx {
	spent, there := map[wire.OutPoint]bool{}, map[chainhash.Hash]bool{}
	for _, b := range g.src.chain() {
		for _, tx := range b.Transactions {
			there[tx.TxHash()] = true
			for _, in := range tx.TxIn {
				spent[in.PreviousOutPoint] = true
			}
		}
	}
	var txs []*wire.MsgTx
	for range rapid.IntRange(0, 3).Draw(t, "transactions") {
		tx := g.newOrOld(t)
		ok := !there[tx.TxHash()]
		for _, in := range tx.TxIn {
			ok = ok && !spent[in.PreviousOutPoint]
		}
		if !ok {
			continue
		}
		there[tx.TxHash()] = true
		for _, in := range tx.TxIn {
			spent[in.PreviousOutPoint] = true
		}
		txs = append(txs, tx)
	}
	return txs
}

// newOrOld is an outbox entry, another known transaction, or a new one.
func (g *game) newOrOld(t *rapid.T) *wire.MsgTx {
	switch rapid.IntRange(0, 3).Draw(t, "which") {
	case 0, 1:
		if n := len(g.entries); n > 0 {
			return g.entries[rapid.IntRange(max(0, n-4), n-1).Draw(t, "entry")].tx
		}
	case 2:
		if n := len(g.outputs); n > 0 {
			return g.txs[g.outputs[rapid.IntRange(max(0, n-8), n-1).Draw(t, "known")].Hash]
		}
	}
	return g.newTx(t)
}

func (g *game) mine(t *rapid.T) {
	for range rapid.IntRange(1, 3).Draw(t, "blocks") {
		g.src.mine(g.draft(t)...)
	}
	g.catchUp(t)
}

func (g *game) reorg(t *rapid.T) {
	depth := rapid.IntRange(1, min(maxReorg, len(g.src.chain())-1)+1).Draw(t, "depth") - 1
	if depth == 0 {
		t.Skip("nothing to reorganise")
	}
	g.cut(t, depth)
	for range max(1, depth+rapid.IntRange(-1, 2).Draw(t, "longer by")) {
		g.src.mine(g.draft(t)...)
	}
	g.catchUp(t)
}

// cut takes blocks off the best chain. The source may forget them as long as
// our own copies reach that deep: they are kept for MaxReorg blocks below the
// highest block there ever was.
func (g *game) cut(t *rapid.T, depth int) {
	g.highest = max(g.highest, g.src.height())
	forget := g.src.height()-int32(depth) >= g.highest-maxReorg && rapid.Bool().Draw(t, "forget")
	g.src.cut(depth, forget)
}

// hide makes the source look as if it were catching up.
func (g *game) hide(t *rapid.T) {
	g.src.hide(rapid.IntRange(0, len(g.src.chain())-1).Draw(t, "hidden"))
	g.hidden = true
	if err := g.f.CatchUp(context.Background()); err != nil {
		t.Fatalf("with a source that is behind: %v", err)
	}
	g.check(t)
	g.src.hide(0)
	g.hidden = false
}

func (g *game) transact(t *rapid.T, fn func(tx *gorm.DB) error) {
	t.Helper()
	if err := g.d.Transact(context.Background(), fn); err != nil {
		t.Fatalf("%v", err)
	}
}

func (g *game) watch(t *rapid.T) {
	script := scriptOf(rapid.IntRange(0, scriptCount-1).Draw(t, "script"))
	label := labelOf(script)
	g.transact(t, func(tx *gorm.DB) error { return follow.Watch(tx, script, label) })
	g.scripts[label] = true
}

func (g *game) unwatch(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "really") != 0 {
		t.Skip("rarely")
	}
	label := labelOf(scriptOf(rapid.IntRange(0, scriptCount-1).Draw(t, "script")))
	g.transact(t, func(tx *gorm.DB) error { return follow.Unwatch(tx, label) })
	delete(g.scripts, label)
	// What the blocks so far paid to the script is forgotten.
	for i := range g.taken {
		if g.taken[i].scripts[label] {
			less := clone(g.taken[i].scripts)
			delete(less, label)
			g.taken[i].scripts = less
		}
	}
}

// watchCoin watches an output that the chain holds unspent and nobody watches.
func (g *game) watchCoin(t *rapid.T) {
	spent := map[wire.OutPoint]bool{}
	var unspent []wire.OutPoint
	for i := len(g.taken) - 1; i >= 0; i-- {
		for _, tx := range g.taken[i].msg.Transactions[1:] {
			for _, in := range tx.TxIn {
				spent[in.PreviousOutPoint] = true
			}
		}
	}
	for _, b := range g.taken {
		for _, tx := range b.msg.Transactions[1:] {
			for n := range tx.TxOut {
				op := wire.OutPoint{Hash: tx.TxHash(), Index: uint32(n)}
				if !spent[op] && !b.scripts[labelOf(tx.TxOut[n].PkScript)] && !g.coins[op] {
					unspent = append(unspent, op)
				}
			}
		}
	}
	if len(unspent) == 0 {
		t.Skip("no coin to watch")
	}
	op := unspent[rapid.IntRange(0, len(unspent)-1).Draw(t, "coin")]
	out := g.txs[op.Hash].TxOut[op.Index]
	g.transact(t, func(tx *gorm.DB) error { return follow.WatchOutpoint(tx, op, out, "coin") })
	g.coins[op] = true
}

func rawOf(tx *wire.MsgTx) []byte {
	var b bytes.Buffer
	_ = tx.Serialize(&b)
	return b.Bytes()
}

// put stores an entry, or finds out that a coin of it is taken.
func (g *game) put(t *rapid.T, tx *wire.MsgTx, replaces string) {
	e := outbox.Entry{Key: fmt.Sprintf("entry/%d", len(g.entries)), Raw: rawOf(tx), ReplacesKey: replaces}
	err := g.d.Transact(context.Background(), func(tx *gorm.DB) error { return outbox.Put(tx, e) })
	if errors.Is(err, outbox.ErrInputTaken) || errors.Is(err, outbox.ErrDuplicateKey) {
		t.Skip("refused")
	}
	if err != nil {
		t.Fatalf("storing %s: %v", e.Key, err)
	}
	g.entries = append(g.entries, &modelEntry{key: e.Key, tx: tx, replaces: replaces})
}

// sign stores a transaction whose coins the chain has not spent so far: the
// wallet funds from coins it knows to be unspent.
func (g *game) sign(t *rapid.T) {
	spent := map[wire.OutPoint]bool{}
	for _, b := range g.src.chain() {
		for _, tx := range b.Transactions {
			for _, in := range tx.TxIn {
				spent[in.PreviousOutPoint] = true
			}
		}
	}
	tx := g.newTx(t)
	for _, in := range tx.TxIn {
		if spent[in.PreviousOutPoint] {
			t.Skip("a coin is spent already")
		}
	}
	g.put(t, tx, "")
}

// inState picks an entry that the model says is in one of the states.
func (g *game) inState(t *rapid.T, states ...outbox.State) *modelEntry {
	var fitting []*modelEntry
	for _, e := range g.entries {
		if s, _ := g.stateOf(e); slices.Contains(states, s) {
			fitting = append(fitting, e)
		}
	}
	if len(fitting) == 0 {
		t.Skip("no such entry")
	}
	return fitting[rapid.IntRange(0, len(fitting)-1).Draw(t, "entry")]
}

func (g *game) bump(t *rapid.T) {
	old := g.inState(t, outbox.Stored, outbox.Broadcast)
	tx := wire.NewMsgTx(2)
	for _, in := range old.tx.TxIn {
		tx.AddTxIn(in)
	}
	if rapid.IntRange(0, 3).Draw(t, "one more input") == 0 {
		g.counter++
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.HashH(fmt.Appendf(nil, "more %d", g.counter))}})
	}
	g.addOutputs(t, tx)
	g.put(t, tx, old.key)
}

func (g *game) abandon(t *rapid.T) {
	e := g.inState(t, outbox.Stored, outbox.Broadcast, outbox.Conflicted)
	g.transact(t, func(tx *gorm.DB) error { return outbox.Abandon(tx, e.key, "for the game") })
	e.abandoned = true
}

func (g *game) broadcast(t *rapid.T) {
	e := g.inState(t, outbox.Stored, outbox.Broadcast, outbox.Replaced)
	if s, _ := g.stateOf(e); s == outbox.Replaced {
		t.Skip("not pending")
	}
	g.transact(t, func(tx *gorm.DB) error { return outbox.MarkBroadcast(tx, e.key, time.Unix(1, 0)) })
	e.broadcast = true
}

// fail breaks the next catch-up at a random call, by an error or a panic, and
// then lets it finish, perhaps after a restart.
func (g *game) fail(t *rapid.T) {
	if rapid.Bool().Draw(t, "in a reorg") && len(g.src.chain()) > 3 {
		g.cut(t, rapid.IntRange(1, 3).Draw(t, "depth"))
	}
	for range rapid.IntRange(1, 4).Draw(t, "blocks") {
		g.src.mine(g.draft(t)...)
	}
	g.journal.countdown, g.journal.panics = rapid.IntRange(0, 5).Draw(t, "calls that go well"), rapid.Bool().Draw(t, "panics")
	err := g.f.CatchUp(context.Background())
	if err != nil && !errors.Is(err, follow.ErrProjection) {
		t.Fatalf("got %v, want ErrProjection", err)
	}
	g.journal.fine()
	if rapid.Bool().Draw(t, "restart") {
		g.restart(t)
	}
	g.catchUp(t)
}

// catchUp lets the follower work, and moves the model to the best chain.
func (g *game) catchUp(t *rapid.T) {
	if err := g.f.CatchUp(context.Background()); err != nil {
		t.Fatalf("catching up: %v", err)
	}
	best := g.src.chain()
	// A reorg below the start makes lower blocks new.
	keep := 0
	for keep < len(g.taken) && int(g.taken[keep].ref.Height) < len(best) && best[g.taken[keep].ref.Height].BlockHash() == g.taken[keep].ref.Hash {
		keep++
	}
	g.taken = g.taken[:keep]
	from := g.start
	if keep > 0 {
		from = g.taken[keep-1].ref.Height + 1
	} else if base := g.baseOf(t); base+1 < from {
		from = base + 1
		g.start = from
	}
	for h := from; int(h) < len(best); h++ {
		g.taken = append(g.taken, taken{
			ref: chain.BlockRef{Height: h, Hash: best[h].BlockHash()}, msg: best[h],
			scripts: clone(g.scripts), coins: clone(g.coins), entries: len(g.entries),
		})
	}
}

func clone[K comparable](m map[K]bool) map[K]bool {
	c := make(map[K]bool, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}
