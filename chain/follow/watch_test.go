package follow_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/follow"
)

func watch(script []byte) func(*gorm.DB) error {
	return func(tx *gorm.DB) error { return follow.Watch(tx, script, "watched") }
}

func transact(t testing.TB, d *db.DB, fn func(tx *gorm.DB) error) {
	t.Helper()
	if err := d.Transact(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestWatchRefuses(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	op := wire.OutPoint{Hash: chainhash.Hash{1}}
	for name, fn := range map[string]func(tx *gorm.DB) error{
		"no script":         func(tx *gorm.DB) error { return follow.Watch(tx, nil, "a") },
		"a script too long": func(tx *gorm.DB) error { return follow.Watch(tx, make([]byte, 10_001), "a") },
		"no label":          func(tx *gorm.DB) error { return follow.Watch(tx, []byte{0x51}, "") },
		"a label too long":  func(tx *gorm.DB) error { return follow.Watch(tx, []byte{0x51}, strings.Repeat("l", 201)) },
		"not text":          func(tx *gorm.DB) error { return follow.Watch(tx, []byte{0x51}, "a\x00") },
		"no output":         func(tx *gorm.DB) error { return follow.WatchOutpoint(tx, op, nil, "a") },
		"a negative value":  func(tx *gorm.DB) error { return follow.WatchOutpoint(tx, op, wire.NewTxOut(-1, nil), "a") },
		"too much": func(tx *gorm.DB) error {
			return follow.WatchOutpoint(tx, op, wire.NewTxOut(btcutil.MaxSatoshi+1, nil), "a")
		},
	} {
		if err := d.Transact(t.Context(), fn); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestCoinsOfOneScriptAndTwoLabels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s := newFakeSource()
		f := follower(d, s, 1, follow.Watched{})
		transact(t, d, func(tx *gorm.DB) error {
			// Twice is no error.
			return errors.Join(follow.Watch(tx, scriptOf(1), "alice"), follow.Watch(tx, scriptOf(1), "alice"), follow.Watch(tx, scriptOf(1), "bob"))
		})
		pay := wire.NewMsgTx(2)
		pay.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{1}}})
		pay.AddTxOut(wire.NewTxOut(700, scriptOf(1)))
		pay.AddTxOut(wire.NewTxOut(800, scriptOf(2)))
		b := s.mine(pay)
		catchUp(t, f)
		for _, label := range []string{"alice", "bob"} {
			coins, err := follow.Coins(d.Read(ctx), label)
			if err != nil || len(coins) != 1 {
				t.Fatalf("%s has %v, %v", label, coins, err)
			}
			c := coins[0]
			if c.Value != 700 || !slices.Equal(c.Script, scriptOf(1)) || c.Coinbase || c.Spent != nil ||
				c.Created != (chain.BlockRef{Height: 1, Hash: b.BlockHash()}) || c.Outpoint != (wire.OutPoint{Hash: pay.TxHash()}) {
				t.Errorf("%s has %+v", label, c)
			}
		}
		op := wire.OutPoint{Hash: pay.TxHash()}
		c, err := follow.CoinAt(d.Read(ctx), op)
		if err != nil {
			t.Fatal(err)
		}
		if labels, err := follow.Labels(d.Read(ctx), c); err != nil || !slices.Equal(labels, []string{"alice", "bob"}) {
			t.Errorf("labels %v, %v", labels, err)
		}
		if _, err := follow.CoinAt(d.Read(ctx), wire.OutPoint{Hash: pay.TxHash(), Index: 1}); !errors.Is(err, follow.ErrNoCoin) {
			t.Errorf("an unwatched output: %v", err)
		}
		if touched, err := follow.Touched(d.Read(ctx), 1); err != nil || len(touched) != 1 {
			t.Errorf("touched at height 1: %v, %v", touched, err)
		}
		transact(t, d, func(tx *gorm.DB) error { return follow.Unwatch(tx, "alice") })
		if _, err := follow.CoinAt(d.Read(ctx), op); err != nil {
			t.Errorf("bob's coin went with alice: %v", err)
		}
		transact(t, d, func(tx *gorm.DB) error { return follow.Unwatch(tx, "bob") })
		if _, err := follow.CoinAt(d.Read(ctx), op); !errors.Is(err, follow.ErrNoCoin) {
			t.Errorf("nobody's coin stayed: %v", err)
		}
	})
}

// A pledge watches somebody else's coin by its outpoint.
func TestWatchedOutpointIsSpentAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s := newFakeSource()
		f := follower(d, s, 1, follow.Watched{})
		op := wire.OutPoint{Hash: chainhash.Hash{9}, Index: 3}
		for range 2 {
			transact(t, d, func(tx *gorm.DB) error {
				return follow.WatchOutpoint(tx, op, wire.NewTxOut(5000, scriptOf(3)), "pledge/1")
			})
		}
		s.mine()
		spend := wire.NewMsgTx(2)
		spend.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{8}}})
		spend.AddTxIn(&wire.TxIn{PreviousOutPoint: op})
		spend.AddTxOut(wire.NewTxOut(1, scriptOf(4)))
		b := s.mine(spend)
		catchUp(t, f)
		c, err := follow.CoinAt(d.Read(ctx), op)
		if err != nil || c.Spent == nil {
			t.Fatalf("%+v, %v, want it spent", c, err)
		}
		if *c.Spent != (follow.Spend{Txid: spend.TxHash(), Input: 1, Block: chain.BlockRef{Height: 2, Hash: b.BlockHash()}}) {
			t.Errorf("spent %+v", *c.Spent)
		}
		if c.Value != 5000 || c.Created != (chain.BlockRef{}) {
			t.Errorf("coin %+v", c)
		}
		s.cut(1, true)
		s.mine()
		s.mine()
		catchUp(t, f)
		coins, err := follow.Coins(d.Read(ctx), "pledge/1")
		if err != nil || len(coins) != 1 || coins[0].Spent != nil {
			t.Errorf("after the reorg: %+v, %v", coins, err)
		}
	})
}

// fullBlock has count transactions of two inputs and three outputs, of which
// every hundredth pays a watched script.
func fullBlock(count, round, watched int) []*wire.MsgTx {
	txs := make([]*wire.MsgTx, count)
	for i := range txs {
		tx := wire.NewMsgTx(2)
		for n := range 2 {
			tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.HashH(fmt.Appendf(nil, "%d %d", round, i)), Index: uint32(n)}, Witness: wire.TxWitness{make([]byte, 72), make([]byte, 33)}})
		}
		for n := range 3 {
			script := chainhash.HashB(fmt.Appendf(nil, "%d %d %d", round, i, n))[:22]
			if n == 0 && i%100 == 0 {
				script = watchedScript((i/100 + round*40) % watched)
			}
			tx.AddTxOut(wire.NewTxOut(1000, script))
		}
		txs[i] = tx
	}
	return txs
}

func watchedScript(n int) []byte { return chainhash.HashB(fmt.Appendf(nil, "watched %d", n))[:22] }

// BenchmarkFullBlock takes in blocks of 4,000 transactions while 10,000
// scripts are watched.
func BenchmarkFullBlock(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		const scripts = 10_000
		transact(b, d, func(tx *gorm.DB) error {
			for n := range scripts {
				if err := follow.Watch(tx, watchedScript(n), "bench"); err != nil {
					return err
				}
			}
			return nil
		})
		s := newFakeSource()
		f := follower(d, s, 1, follow.Watched{}, follow.Outbox{})
		if err := f.CatchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		for round := 0; b.Loop(); round++ {
			b.StopTimer()
			s.mine(fullBlock(4000, round, scripts)...)
			b.StartTimer()
			if err := f.CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		coins, err := follow.Coins(d.Read(b.Context()), "bench")
		if err != nil || len(coins) != int(s.height())*40 {
			b.Errorf("%d coins after %d blocks, %v", len(coins), s.height(), err)
		}
	})
}
