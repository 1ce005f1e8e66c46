package visitor_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/chain/visitor"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// bench is a devnet that is followed, with a service over it.
type bench struct {
	*visitor.Service
	t        *testing.T
	db       *db.DB
	chain    *devnet.Chain
	follower *follow.Follower
	now      time.Time
	// publish, if set, takes the devnet's place.
	publish func(tx *wire.MsgTx) error
	key     *btcec.PrivateKey
}

func newBench(t *testing.T, d *db.DB, change ...func(*visitor.Config)) *bench {
	t.Helper()
	c, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	b := &bench{t: t, db: d, chain: c, now: time.Now(), key: newKey(t)}
	b.follower = follow.New(d, c, follow.Config{}, follow.Watched{}, visitor.Projection{})
	cfg := visitor.Config{
		DB: d, Source: c, Mempool: c, Now: func() time.Time { return b.now },
		Publish: func(_ context.Context, tx *wire.MsgTx) error {
			if b.publish != nil {
				return b.publish(tx)
			}
			return c.Submit(tx)
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	b.Service = visitor.New(cfg)
	b.catchUp()
	return b
}

func newKey(t *testing.T) *btcec.PrivateKey {
	t.Helper()
	key, err := btcec.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func scriptOf(t *testing.T, key *btcec.PrivateKey) []byte {
	t.Helper()
	script, err := txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(key.PubKey()))
	if err != nil {
		t.Fatal(err)
	}
	return script
}

func (b *bench) script() []byte { return scriptOf(b.t, b.key) }

func (b *bench) catchUp() {
	b.t.Helper()
	if err := b.follower.CatchUp(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) mine(n int) {
	b.t.Helper()
	if _, err := b.chain.Mine(n); err != nil {
		b.t.Fatal(err)
	}
	b.catchUp()
}

func (b *bench) faucet(script []byte, amount btcutil.Amount) chainhash.Hash {
	b.t.Helper()
	txid, err := b.chain.Faucet(b.t.Context(), script, amount)
	if err != nil {
		b.t.Fatal(err)
	}
	return txid
}

// round lets the loops do what they have to do now.
func (b *bench) round() {
	b.t.Helper()
	if err := b.LookNow(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if err := b.WorkNow(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) watch(id visitor.ID, search bool, scripts ...[]byte) {
	b.t.Helper()
	if err := b.Watch(b.t.Context(), id, scripts, search); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) feed(id visitor.ID) visitor.Feed {
	b.t.Helper()
	feed, err := b.Feed(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return feed
}

// spend signs a transaction of the bench's coins that pays outs.
func (b *bench) spend(coins []visitor.Coin, outs ...*wire.TxOut) *wire.MsgTx {
	b.t.Helper()
	tx := wire.NewMsgTx(2)
	prevouts := map[wire.OutPoint]*wire.TxOut{}
	for _, c := range coins {
		in := wire.NewTxIn(&c.Outpoint, nil, nil)
		in.Sequence = 0xfffffffd
		tx.AddTxIn(in)
		prevouts[c.Outpoint] = wire.NewTxOut(int64(c.Value), c.Script)
	}
	for _, out := range outs {
		tx.AddTxOut(out)
	}
	fetcher := txscript.NewMultiPrevOutFetcher(prevouts)
	for i, c := range coins {
		sig, err := txscript.RawTxInTaprootSignature(tx, txscript.NewTxSigHashes(tx, fetcher), i, int64(c.Value), c.Script, nil, txscript.SigHashDefault, b.key)
		if err != nil {
			b.t.Fatal(err)
		}
		tx.TxIn[i].Witness = wire.TxWitness{sig}
	}
	return tx
}

func raw(t *testing.T, tx *wire.MsgTx) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := tx.Serialize(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var one, two = visitor.ID{1}, visitor.ID{2}

// A coin is seen in the mempool, then in its block, then spent: for its wallet and
// for no other, and each time with another tag.
func TestACoinsLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		if _, err := b.Feed(t.Context(), one); !errors.Is(err, visitor.ErrUnwatched) {
			t.Fatalf("a wallet nobody watches: %v", err)
		}
		b.watch(one, false, b.script())
		b.watch(two, false, scriptOf(t, newKey(t)))
		empty := b.feed(one)
		changed := b.Changed()
		txid := b.faucet(b.script(), 50_000)
		b.round()
		select {
		case <-changed:
		default:
			t.Error("nobody was told of the mempool")
		}
		seen := b.feed(one)
		if len(seen.Coins) != 1 || seen.Coins[0].Outpoint.Hash != txid || seen.Coins[0].Height != 0 || seen.Coins[0].Value != 50_000 || seen.Coins[0].Spent != nil {
			t.Fatalf("seen: %+v", seen)
		}
		if len(b.feed(two).Coins) != 0 {
			t.Error("another wallet was told of it")
		}
		b.mine(1)
		b.round()
		confirmed := b.feed(one)
		if len(confirmed.Coins) != 1 || confirmed.Coins[0].Height != b.follower.Tip().Height || confirmed.Height != b.follower.Tip().Height {
			t.Fatalf("confirmed: %+v", confirmed)
		}
		sent, err := b.Send(t.Context(), raw(t, b.spend(confirmed.Coins, wire.NewTxOut(49_000, b.script()))))
		if err != nil || sent.Later {
			t.Fatalf("%+v, %v", sent, err)
		}
		leaving := b.feed(one)
		if len(leaving.Coins) != 2 || leaving.Coins[0].Value != 49_000 || leaving.Coins[1].Spent == nil || *leaving.Coins[1].Spent != (visitor.Spend{Txid: sent.Txid}) {
			t.Fatalf("leaving: %+v", leaving)
		}
		b.mine(1)
		b.round()
		gone := b.feed(one)
		if s := gone.Coins[1].Spent; s == nil || s.Txid != sent.Txid || s.Height != gone.Height || gone.Coins[0].Height != gone.Height {
			t.Fatalf("gone: %+v", gone)
		}
		tags := []string{empty.Tag, seen.Tag, confirmed.Tag, leaving.Tag, gone.Tag}
		slices.Sort(tags)
		if len(slices.Compact(tags)) != 5 {
			t.Errorf("tags %v", tags)
		}
		if again := b.feed(one); again.Tag != gone.Tag {
			t.Error("the tag changes by itself")
		}
	})
}

// A wallet whose addresses were in use before it was watched finds its coins and
// what became of them, across the blocks that come during the search, and after a
// reorganisation; a script that is watched already is not searched for again.
func TestSearching(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		b.faucet(b.script(), 50_000)
		b.faucet(b.script(), 60_000)
		b.mine(1)
		txs := b.coinsOf(b.script())
		spent := b.spend(txs[:1], wire.NewTxOut(40_000, b.script()))
		if err := b.chain.Submit(spent); err != nil {
			t.Fatal(err)
		}
		b.mine(3)
		b.watch(one, true, b.script(), scriptOf(t, newKey(t)))
		if feed := b.feed(one); feed.Searching != 2 || len(feed.Coins) != 0 {
			t.Fatalf("before: %+v", feed)
		}
		b.mine(1)
		b.round()
		feed := b.feed(one)
		if feed.Searching != 0 || feed.From != 0 || len(feed.Coins) != 3 {
			t.Fatalf("found: %+v", feed)
		}
		if c := feed.Coins[2]; c.Spent == nil || c.Spent.Txid != spent.TxHash() || c.Spent.Height != c.Height+1 {
			t.Errorf("the spent one: %+v", c)
		}
		b.watch(one, true, b.script())
		if feed := b.feed(one); feed.Searching != 0 {
			t.Error("what is watched is searched for again")
		}
		// The block that spent it is undone, and another one spends nothing.
		if _, err := b.chain.Reorg(4, devnet.WithoutTx(spent.TxHash())); err != nil {
			t.Fatal(err)
		}
		b.catchUp()
		b.round()
		if feed := b.feed(one); len(feed.Coins) != 2 || feed.Coins[0].Spent != nil || feed.Coins[1].Spent != nil {
			t.Errorf("after the reorganisation: %+v", feed)
		}
	})
}

// coinsOf reads the coins of a script off the last block.
func (b *bench) coinsOf(script []byte) []visitor.Coin {
	b.t.Helper()
	block, err := b.chain.Block(b.t.Context(), b.follower.Tip().Hash)
	if err != nil {
		b.t.Fatal(err)
	}
	var coins []visitor.Coin
	for _, tx := range block.Transactions {
		for i, out := range tx.TxOut {
			if bytes.Equal(out.PkScript, script) {
				coins = append(coins, visitor.Coin{Outpoint: wire.OutPoint{Hash: tx.TxHash(), Index: uint32(i)}, Value: btcutil.Amount(out.Value), Script: script})
			}
		}
	}
	return coins
}

// On public networks the search has an end, which is told; the filter spares blocks.
func TestSearchingNoFartherThanItsDepth(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	asked := 0
	b := newBench(t, d, func(cfg *visitor.Config) {
		cfg.Depth = 10
		cfg.Filter = func(_ context.Context, _ chainhash.Hash, scripts [][]byte) (bool, error) {
			asked++
			return len(scripts) != 1, nil
		}
	})
	b.faucet(b.script(), 50_000)
	b.mine(12)
	b.faucet(b.script(), 60_000)
	b.mine(1)
	b.watch(one, true, b.script(), []byte{txscript.OP_TRUE})
	b.watch(two, true, b.script())
	b.round()
	feed := b.feed(one)
	if len(feed.Coins) != 1 || feed.Coins[0].Value != 60_000 || feed.From != feed.Height-9 {
		t.Errorf("got %+v", feed)
	}
	if asked != 10 {
		t.Errorf("the filter was asked %d times", asked)
	}
	before := asked
	b.watch(visitor.ID{3}, true, scriptOf(t, newKey(t)))
	b.round()
	if asked != before+10 || len(b.feed(visitor.ID{3}).Coins) != 0 {
		t.Error("the filter was not asked for one")
	}
}

func TestWatchingHasLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, func(cfg *visitor.Config) { cfg.MostInAll = 2_100 })
		many := func(n, from int) [][]byte {
			scripts := make([][]byte, n)
			for i := range scripts {
				scripts[i] = fmt.Appendf(nil, "script %d", from+i)
			}
			return scripts
		}
		for _, c := range []struct {
			scripts [][]byte
			want    error
		}{
			{[][]byte{{}}, visitor.ErrScript},
			{[][]byte{make([]byte, 43)}, visitor.ErrScript},
			{many(251, 0), visitor.ErrTooMany},
		} {
			if err := b.Watch(t.Context(), one, c.scripts, true); !errors.Is(err, c.want) {
				t.Errorf("%d scripts: %v", len(c.scripts), err)
			}
		}
		if _, err := b.Feed(t.Context(), one); !errors.Is(err, visitor.ErrUnwatched) {
			t.Errorf("what was refused left something: %v", err)
		}
		for i := 0; i < visitor.MostScripts; i += visitor.MostAtOnce {
			b.watch(one, false, many(visitor.MostAtOnce, i)...)
		}
		b.watch(one, false, many(250, 0)...) // again
		if err := b.Watch(t.Context(), one, many(1, 5_000), false); !errors.Is(err, visitor.ErrTooMany) {
			t.Errorf("one more: %v", err)
		}
		b.watch(two, false, many(100, 0)...)
		if err := b.Watch(t.Context(), two, many(1, 200), false); !errors.Is(err, visitor.ErrFull) {
			t.Errorf("beyond all: %v", err)
		}
	})
}

// A wallet that nobody opens is forgotten, an empty one sooner; coming back, it finds
// its coins by a search.
func TestForgetting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		b.watch(one, false, b.script())
		b.watch(two, false, scriptOf(t, newKey(t)))
		b.faucet(b.script(), 50_000)
		b.mine(1)
		b.now = b.now.Add(31 * 24 * time.Hour)
		b.round()
		if _, err := b.Feed(t.Context(), two); !errors.Is(err, visitor.ErrUnwatched) {
			t.Errorf("the empty one: %v", err)
		}
		if feed := b.feed(one); len(feed.Coins) != 1 { // seen again
			t.Errorf("the other: %+v", feed)
		}
		b.now = b.now.Add(89 * 24 * time.Hour)
		b.round()
		b.feed(one)
		b.now = b.now.Add(91 * 24 * time.Hour)
		b.round()
		if _, err := b.Feed(t.Context(), one); !errors.Is(err, visitor.ErrUnwatched) {
			t.Errorf("after 91 days: %v", err)
		}
		b.watch(one, true, b.script())
		b.round()
		if feed := b.feed(one); len(feed.Coins) != 1 {
			t.Errorf("come back: %+v", feed)
		}
	})
}

func TestWhatIsNotSent(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	b := newBench(t, d)
	b.watch(one, false, b.script())
	b.faucet(b.script(), 50_000)
	b.mine(1)
	coins := b.feed(one).Coins
	good := func() *wire.MsgTx { return b.spend(coins, wire.NewTxOut(49_000, b.script())) }
	stranger := []visitor.Coin{{Outpoint: wire.OutPoint{Hash: chainhash.Hash{7}}, Value: 50_000, Script: b.script()}}
	for name, c := range map[string]struct {
		raw  func() []byte
		want error
	}{
		"nothing":    {func() []byte { return nil }, visitor.ErrTransaction},
		"noise":      {func() []byte { return bytes.Repeat([]byte{0xab}, 200) }, visitor.ErrTransaction},
		"too large":  {func() []byte { return make([]byte, visitor.MostBytes+1) }, visitor.ErrTransaction},
		"a tail":     {func() []byte { return append(raw(t, good()), 0) }, visitor.ErrTransaction},
		"no outputs": {func() []byte { tx := good(); tx.TxOut = nil; return raw(t, tx) }, visitor.ErrTransaction},
		"version 9":  {func() []byte { tx := good(); tx.Version = 9; return raw(t, tx) }, visitor.ErrTransaction},
		"a coinbase": {func() []byte {
			tx := good()
			tx.TxIn[0].PreviousOutPoint = wire.OutPoint{Index: 0xffffffff}
			tx.TxIn[0].SignatureScript = []byte{1, 2}
			return raw(t, tx)
		}, visitor.ErrTransaction},
		"another signature":  {func() []byte { tx := good(); tx.TxIn[0].Witness[0][5] ^= 1; return raw(t, tx) }, visitor.ErrSignature},
		"more than there is": {func() []byte { return raw(t, b.spend(coins, wire.NewTxOut(51_000, b.script()))) }, visitor.ErrTransaction},
		"no fee":             {func() []byte { return raw(t, b.spend(coins, wire.NewTxOut(50_000, b.script()))) }, visitor.ErrFee},
		"an unknown coin":    {func() []byte { return raw(t, b.spend(stranger, wire.NewTxOut(49_000, b.script()))) }, visitor.ErrSpent},
	} {
		if _, err := b.Send(t.Context(), c.raw()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if n := b.kept(); n != 0 {
		t.Errorf("%d are kept", n)
	}
	if len(b.chain.Mempool()) != 0 {
		t.Error("something was sent")
	}
	// The same again does no harm, and what replaces it must pay more.
	first := good()
	for range 2 {
		if sent, err := b.Send(t.Context(), raw(t, first)); err != nil || sent.Txid != first.TxHash() {
			t.Fatal(sent, err)
		}
	}
	if _, err := b.Send(t.Context(), raw(t, b.spend(coins, wire.NewTxOut(48_990, b.script())))); !errors.Is(err, visitor.ErrFee) {
		t.Errorf("a replacement that pays no more: %v", err)
	}
	b.mine(1)
	b.round()
	if _, err := b.Send(t.Context(), raw(t, first)); err != nil {
		t.Errorf("one in a block: %v", err)
	}
	if _, err := b.Send(t.Context(), raw(t, b.spend(coins, wire.NewTxOut(40_000, b.script())))); !errors.Is(err, visitor.ErrSpent) {
		t.Errorf("a spent coin: %v", err)
	}
}

func (b *bench) kept() (n int64) {
	b.t.Helper()
	if err := b.db.Read(b.t.Context()).Table("visitor_txs").Count(&n).Error; err != nil {
		b.t.Fatal(err)
	}
	return n
}

// While the node is away a transaction is kept and shown as on its way; it goes out
// once the node is back, again when the mempool or a reorganisation has lost it, and
// is forgotten when it lies deep or is not wanted any more.
func TestSentAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, func(cfg *visitor.Config) { cfg.Mempool = nil })
		b.watch(one, false, b.script())
		b.faucet(b.script(), 50_000)
		b.mine(1)
		coins := b.feed(one).Coins
		tx := b.spend(coins, wire.NewTxOut(49_000, b.script()))
		b.publish = func(*wire.MsgTx) error { return chain.ErrEngineDown }
		sent, err := b.Send(t.Context(), raw(t, tx))
		if err != nil || !sent.Later {
			t.Fatal(sent, err)
		}
		if feed := b.feed(one); len(feed.Coins) != 2 || feed.Coins[0].Height != 0 || feed.Coins[1].Spent == nil {
			t.Errorf("what waits for the node: %+v", feed)
		}
		b.publish = nil
		b.round()
		if b.chain.InMempool(tx.TxHash()) {
			t.Fatal("it was sent again at once")
		}
		b.now = b.now.Add(11 * time.Minute)
		b.round()
		if !b.chain.InMempool(tx.TxHash()) {
			t.Fatal("it was not sent again")
		}
		b.mine(1)
		if _, err := b.chain.Reorg(1, devnet.WithoutTx(tx.TxHash())); err != nil {
			t.Fatal(err)
		}
		b.catchUp()
		b.now = b.now.Add(11 * time.Minute)
		b.round()
		if !b.chain.InMempool(tx.TxHash()) {
			t.Fatal("it was not sent again after the reorganisation")
		}
		b.mine(101)
		b.round()
		if b.kept() != 1 {
			t.Error("it was forgotten too soon")
		}
		b.mine(1)
		b.round()
		if b.kept() != 0 {
			t.Error("it is kept for ever")
		}
		next := b.feed(one).Coins[:1]
		b.publish = func(*wire.MsgTx) error { return chain.ErrEngineDown }
		if _, err := b.Send(t.Context(), raw(t, b.spend(next, wire.NewTxOut(48_000, b.script())))); err != nil {
			t.Fatal(err)
		}
		b.publish = func(*wire.MsgTx) error { return chain.ErrRejected }
		b.now = b.now.Add(11 * time.Minute)
		b.round()
		if b.kept() != 0 {
			t.Error("what nobody wants is kept")
		}
	})
}

// A deposed leader changes nothing.
func TestTheFence(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	fallen := false
	b := newBench(t, d, func(cfg *visitor.Config) {
		cfg.Fence = func(*gorm.DB) error {
			if fallen {
				return db.ErrFenced
			}
			return nil
		}
	})
	b.faucet(b.script(), 50_000)
	b.mine(1)
	b.watch(one, true, b.script())
	fallen = true
	if err := b.Run(t.Context()); !errors.Is(err, db.ErrFenced) {
		t.Errorf("Run: %v", err)
	}
	if feed := b.feed(one); feed.Searching != 1 || len(feed.Coins) != 0 {
		t.Errorf("got %+v", feed)
	}
}

func TestIDs(t *testing.T) {
	var id visitor.ID
	rand.Read(id[:]) //nolint:errcheck // never fails
	got, err := visitor.ParseID(fmt.Sprintf("%x", id[:]))
	if err != nil || got != id {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "00", "zz", fmt.Sprintf("%x00", id[:])} {
		if _, err := visitor.ParseID(text); !errors.Is(err, visitor.ErrID) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if s := fmt.Sprintf("%v %s", id, id); s != "a wallet a wallet" {
		t.Errorf("an ID writes itself as %q", s)
	}
}
