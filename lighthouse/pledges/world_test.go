package pledges

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// campaigns holds them in memory, as package campaigns does in tables.
type campaigns struct {
	mu     sync.Mutex
	of     map[lighthouse.ID]lighthouse.Campaign
	frozen map[lighthouse.ID]int
	broken lighthouse.ID // cannot be frozen
	panics bool          // when it is
}

func newCampaigns(cs ...lighthouse.Campaign) *campaigns {
	out := &campaigns{of: make(map[lighthouse.ID]lighthouse.Campaign), frozen: make(map[lighthouse.ID]int)}
	for _, c := range cs {
		out.of[c.ID] = c
	}
	return out
}

func (c *campaigns) Get(_ context.Context, id lighthouse.ID) (lighthouse.Campaign, error) {
	return c.GetIn(nil, id)
}

func (c *campaigns) GetIn(_ *gorm.DB, id lighthouse.ID) (lighthouse.Campaign, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.of[id]
	if !ok {
		return found, lighthouse.ErrUnknown
	}
	return found, nil
}

func (c *campaigns) FreezeIn(_ *gorm.DB, id lighthouse.ID, revision int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == c.broken && id != (lighthouse.ID{}) {
		if c.panics {
			panic("broken")
		}
		return errors.New("broken")
	}
	if c.of[id].Terms.Revision != revision {
		return lighthouse.ErrChanged
	}
	c.frozen[id] = revision
	return nil
}

func (c *campaigns) set(change lighthouse.Campaign) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of[change.ID] = change
}

// pool is the devnet's mempool.
type pool struct{ chain *devnet.Chain }

func (p pool) Waiting() []chainhash.Hash { return p.chain.Mempool() }

func (p pool) Transaction(txid chainhash.Hash) (*wire.MsgTx, bool) {
	tx, err := p.chain.MempoolTx(txid)
	return tx, err == nil
}

// world is a devnet, what follows it, and a service.
type world struct {
	*Service
	t         testing.TB
	db        *db.DB
	chain     *devnet.Chain
	follower  *follow.Follower
	campaigns *campaigns
	pool      waiting
}

func newWorld(t testing.TB, d *db.DB, cs ...lighthouse.Campaign) *world {
	t.Helper()
	c, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { c.Close() })
	w := &world{t: t, db: d, chain: c, campaigns: newCampaigns(cs...)}
	w.Service, err = New(Config{
		DB: d, Campaigns: w.campaigns, Coins: coins.Devnet{Chain: c}, Mempool: pool{c}, Secret: testSecret, Rand: rand.Reader,
		Poll: 20 * time.Millisecond,
	})
	must(t, err)
	w.follower = follow.New(d, c, follow.Config{StartHeight: -1}, follow.Watched{}, w.Projection())
	w.catchUp()
	return w
}

// catchUp takes in all blocks, and then what waits.
func (w *world) catchUp() {
	w.t.Helper()
	must(w.t, w.follower.CatchUp(context.Background()))
	w.look()
}

// look takes in what waits.
func (w *world) look() {
	w.t.Helper()
	w.pool.look(w.cfg.Mempool)
	must(w.t, w.syncMempool(context.Background(), &w.pool, nil))
}

func (w *world) mine(n int) {
	w.t.Helper()
	_, err := w.chain.Mine(n)
	must(w.t, err)
	w.catchUp()
}

// fund pays a backer's coin; it waits for a block then.
func (w *world) fund(b *backer) {
	w.t.Helper()
	txid, err := w.chain.Faucet(context.Background(), b.coin.Script, b.coin.Value)
	must(w.t, err)
	tx, err := w.chain.MempoolTx(txid)
	must(w.t, err)
	for i, out := range tx.TxOut {
		if string(out.PkScript) == string(b.coin.Script) {
			b.at = wire.OutPoint{Hash: txid, Index: uint32(i)}
			return
		}
	}
	w.t.Fatal("the faucet paid somebody else")
}

// submission is an honest one for the levels, the goal alone if none are given.
func (w *world) submission(b *backer, c lighthouse.Campaign, levels ...int) Submission {
	w.t.Helper()
	if len(levels) == 0 {
		levels = []int{0}
	}
	s := Submission{Campaign: c.ID, Revision: c.Terms.Revision, Signed: make(map[int][]byte), Door: lighthouse.ByWallet}
	for _, level := range levels {
		s.Signed[level] = rawTx(w.t, b.pledge(w.t, c.Terms.Levels[level].Contract, hashType))
	}
	return s
}

// submit takes a pledge that must be taken.
func (w *world) submit(b *backer, c lighthouse.Campaign, levels ...int) lighthouse.Pledge {
	w.t.Helper()
	p, _, err := w.Submit(context.Background(), w.submission(b, c, levels...))
	must(w.t, err)
	return p
}

func (w *world) state(id lighthouse.PledgeID) lighthouse.CoinState {
	w.t.Helper()
	p, err := w.Get(context.Background(), id)
	must(w.t, err)
	return p.State
}

func (w *world) progressOf(c lighthouse.Campaign) lighthouse.Progress {
	w.t.Helper()
	p, err := w.Progress(context.Background(), c.ID)
	must(w.t, err)
	return p
}

func (w *world) tip() chain.BlockRef {
	w.t.Helper()
	tip, err := tipOf(w.db.Read(context.Background()))
	must(w.t, err)
	return tip
}

func (w *world) want(what string, got, want any) {
	w.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// devnetWithout has the network forget transactions in a reorganisation.
func devnetWithout(txids ...chainhash.Hash) devnet.ReorgOption { return devnet.WithoutTx(txids...) }
