package wallet

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/chain/node"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// One devnet and one node serve all tests of the package; each test has a
// database and a wallet of its own over them.
var world struct {
	once  sync.Once
	dir   string
	chain *devnet.Chain
	node  *node.Node
	err   error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if world.node != nil {
		world.node.Close()
	}
	if world.chain != nil {
		world.chain.Close()
	}
	if world.dir != "" {
		os.RemoveAll(world.dir)
	}
	os.Exit(code)
}

func startWorld() {
	if world.dir, world.err = os.MkdirTemp("", "cairn-wallet-test-"); world.err != nil {
		return
	}
	if world.chain, world.err = devnet.Open(devnet.Config{Dir: world.dir + "/chain"}); world.err != nil {
		return
	}
	world.node, world.err = node.Open(node.Config{
		Network: chain.Devnet, Driver: node.InProcess, Dir: world.dir + "/node",
		Chain:       node.ChainConfig{Connect: []string{world.chain.P2PAddr()}},
		HealthEvery: 100 * time.Millisecond,
		LogLevel:    os.Getenv("CAIRN_TEST_LND_LOG"),
	})
	if world.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	world.err = world.node.WaitReady(ctx)
}

// bench is one test's place to work.
type bench struct {
	*Wallet
	t     *testing.T
	chain *devnet.Chain
	db    *db.DB
	sync  *follow.Follower
	sent  *Broadcaster
	told  []string // keys of conflicted entries the owner was told of
}

func newBench(t *testing.T, d *db.DB, change func(*Config)) *bench {
	t.Helper()
	world.once.Do(startWorld)
	if world.err != nil {
		t.Fatal(world.err)
	}
	cfg := Config{
		Conn: world.node.Conn(), DB: d, Network: chain.Devnet,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if change != nil {
		change(&cfg)
	}
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Wallet: w, t: t, chain: world.chain, db: d}
	b.sync = follow.New(d, world.chain, follow.Config{StartHeight: -1, Log: cfg.Log}, follow.Outbox{}, Books{})
	b.sent = NewBroadcaster(BroadcasterConfig{
		Wallet: w, DB: d, Mempool: world.chain, Log: cfg.Log, Retry: time.Millisecond,
		Conflicted: func(_ context.Context, e outbox.Entry) { b.told = append(b.told, e.Key) },
	})
	b.catchUp()
	t.Cleanup(b.freeCoins)
	return b
}

func eachBench(t *testing.T, fn func(t *testing.T, b *bench)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newBench(t, d, nil)) })
}

// freeCoins gives back what a test has leased, for the tests after it, whose
// databases know nothing of it.
func (b *bench) freeCoins() {
	leases, err := b.leases(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, l := range leases {
		if err := b.release(context.Background(), l.id, l.coin.OutPoint); err != nil && !taken(err) {
			b.t.Fatal(err)
		}
	}
	b.mine(1) // and nothing of it stays in the mempool
}

func (b *bench) funds(count int, each btcutil.Amount) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	if err := b.EnsureFunds(ctx, b.chain, count, each); err != nil {
		b.t.Fatal(err)
	}
	b.catchUp()
}

// catchUp lets the follower take in what the chain has.
func (b *bench) catchUp() {
	b.t.Helper()
	if err := b.sync.CatchUp(context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

// mine mines blocks and waits until follower and node have them.
func (b *bench) mine(n int) chain.BlockRef {
	b.t.Helper()
	refs, err := b.chain.Mine(n)
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle(refs[len(refs)-1])
	return refs[len(refs)-1]
}

// settle waits until follower and node are at the tip. The time it gives holds
// a restart of the node, should a reorganisation have deafened its wallet.
func (b *bench) settle(tip chain.BlockRef) {
	b.t.Helper()
	b.catchUp()
	deadline := time.Now().Add(90 * time.Second)
	for {
		at, err := world.node.Source().Tip(context.Background())
		if err == nil && at == tip {
			height, err := b.walletHeight()
			if err == nil && height == tip.Height {
				return
			}
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the node is at %v, not at %v", at, tip)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// put stores a signed transaction in the outbox under its purpose and
// generation.
func (b *bench) put(s *Signed, replaces string) string {
	b.t.Helper()
	key := fmt.Sprintf("%s/%d", s.Purpose, s.Generation)
	err := b.db.Transact(b.t.Context(), func(tx *gorm.DB) error {
		return outbox.Put(tx, s.Entry(key, replaces, 1, time.Now()))
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return key
}

// broadcast makes one round of the broadcaster.
func (b *bench) broadcast() {
	b.t.Helper()
	if err := b.sent.round(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) entry(key string) outbox.Entry {
	b.t.Helper()
	e, err := outbox.Get(b.db.Read(b.t.Context()), key)
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

func (b *bench) state(txid chainhash.Hash) state {
	b.t.Helper()
	_, s, err := b.store.byTxid(b.t.Context(), txid)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) prepare(req Request) *Signed {
	b.t.Helper()
	s, err := b.Prepare(b.t.Context(), req)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// nullData is an OP_RETURN output.
func nullData(t *testing.T, data string) *wire.TxOut {
	t.Helper()
	script, err := txscript.NullDataScript([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return wire.NewTxOut(0, script)
}

// stranger is an output that the wallet does not own.
func stranger(seed byte, amount btcutil.Amount) *wire.TxOut {
	script := append([]byte{txscript.OP_0, 20}, make([]byte, 20)...)
	script[2], script[21] = seed, 0x5a
	return wire.NewTxOut(int64(amount), script)
}
