package campaigns_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/channels/bip321"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// blocks is a chain of empty blocks.
type blocks struct {
	chain []*wire.MsgBlock
	known map[chainhash.Hash]*wire.MsgBlock
	nonce uint32
}

func newBlocks() *blocks {
	b := &blocks{known: make(map[chainhash.Hash]*wire.MsgBlock)}
	b.mine(1)
	return b
}

func (b *blocks) mine(n int) {
	for range n {
		b.nonce++
		block := wire.NewMsgBlock(&wire.BlockHeader{Nonce: b.nonce, Timestamp: time.Unix(1_700_000_000+int64(b.nonce), 0)})
		if len(b.chain) > 0 {
			block.Header.PrevBlock = b.chain[len(b.chain)-1].BlockHash()
		}
		b.chain = append(b.chain, block)
		b.known[block.BlockHash()] = block
	}
}

// reorg takes the newest blocks away and mines one more than they were.
func (b *blocks) reorg(depth int) {
	b.chain = b.chain[:len(b.chain)-depth]
	b.mine(depth + 1)
}

func (b *blocks) Tip(context.Context) (chain.BlockRef, error) {
	last := len(b.chain) - 1
	return chain.BlockRef{Height: int32(last), Hash: b.chain[last].BlockHash()}, nil
}

func (b *blocks) HashAt(_ context.Context, height int32) (chainhash.Hash, error) {
	if height < 0 || int(height) >= len(b.chain) {
		return chainhash.Hash{}, chain.ErrNoBlock
	}
	return b.chain[height].BlockHash(), nil
}

func (b *blocks) Header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error) {
	block, err := b.Block(ctx, hash)
	if err != nil {
		return nil, err
	}
	return &block.Header, nil
}

func (b *blocks) Block(_ context.Context, hash chainhash.Hash) (*wire.MsgBlock, error) {
	if block, ok := b.known[hash]; ok {
		return block, nil
	}
	return nil, chain.ErrNoBlock
}

func (b *blocks) Changed(context.Context) (<-chan struct{}, error) { return nil, nil }

// world is a service on a chain of its own. Its clock stands still.
type world struct {
	*campaigns.Service
	testing.TB
	db       *db.DB
	blocks   *blocks
	follower *follow.Follower
	cfg      campaigns.Config
	at       time.Time
	amounts  atomic.Int64
}

const interval = 10 * time.Minute

func newWorld(t testing.TB, d *db.DB, network chain.Network) *world {
	t.Helper()
	w := &world{TB: t, db: d, blocks: newBlocks(), at: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	w.blocks.mine(99)
	w.follower = follow.New(d, w.blocks, follow.Config{StartHeight: -1, Log: slog.New(slog.DiscardHandler)}, campaigns.Projection{})
	w.must(w.follower.CatchUp(t.Context()))
	w.cfg = campaigns.Config{
		DB: d, Network: network, BlockInterval: interval,
		Unlink: func(link string) (string, error) {
			l, err := bip321.Parse(link)
			if err != nil || len(l.Addresses) == 0 {
				return "", errors.Join(err, bip321.ErrNothing)
			}
			return l.Addresses[0], nil
		},
		Keeper: func(id lighthouse.ID) ([]byte, error) { return append([]byte{2}, make([]byte, 32)...), nil },
		Now:    func() time.Time { return w.at }, Rand: rand.Reader,
	}
	w.restart()
	return w
}

// restart makes a service that remembers nothing.
func (w *world) restart() {
	w.Helper()
	var err error
	w.Service, err = campaigns.New(w.cfg)
	w.must(err)
}

func (w *world) mine(n int) {
	w.Helper()
	w.blocks.mine(n)
	w.must(w.follower.CatchUp(w.Context()))
}

func (w *world) reorg(depth int) {
	w.Helper()
	w.blocks.reorg(depth)
	w.must(w.follower.CatchUp(w.Context()))
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) wantErr(err error, kinds ...error) {
	w.Helper()
	for _, kind := range kinds {
		if !errors.Is(err, kind) {
			w.Errorf("got %v, want %v", err, kind)
		}
	}
}

func (w *world) transact(fn func(tx *gorm.DB) error) error {
	return w.db.Transact(w.Context(), fn)
}

// address is one of the devnet's (P2WPKH), another for each number.
func address(n byte) string {
	hash := make([]byte, 20)
	hash[0] = n
	a, err := btcutil.NewAddressWitnessPubKeyHash(hash, &chaincfg.RegressionNetParams)
	if err != nil {
		panic(err)
	}
	return a.EncodeAddress()
}

// draft is complete; n makes its address.
func draft(n byte) campaigns.Draft {
	return campaigns.Draft{
		Text: lighthouse.Text{
			Title: "A new roof", Tagline: "Before the winter", Story: "The **old one** leaks.", Risks: "Snow may come first.",
			Budget: []lighthouse.BudgetLine{{For: "Tiles", Amount: 600_000}, {For: "Work", Amount: 400_000}},
			FAQ:    []lighthouse.Question{{Asks: "When?", Answer: "In *May*."}},
		},
		Creator:  lighthouse.Creator{Name: "Ada", Contact: "ada@example.org"},
		Language: "en", Category: "community", DeadlineIn: 144 * 7,
		Levels: []campaigns.Level{{Beneficiaries: []lighthouse.Beneficiary{{Name: "Village", Address: address(n), Amount: 1_000_000}}}},
	}
}

func (w *world) create(d campaigns.Draft) (lighthouse.Campaign, lighthouse.Key) {
	w.Helper()
	c, key, err := w.Create(w.Context(), d)
	w.must(err)
	return c, key
}

// opened creates a campaign and opens it.
func (w *world) opened(d campaigns.Draft) (lighthouse.Campaign, lighthouse.Key) {
	w.Helper()
	_, key := w.create(d)
	c, err := w.Open(w.Context(), key)
	w.must(err)
	return c, key
}

// edit changes a campaign as its creator sees it.
func (w *world) edit(key lighthouse.Key, change func(d *campaigns.Draft)) (lighthouse.Campaign, error) {
	w.Helper()
	c, err := w.ByKey(w.Context(), key)
	w.must(err)
	d := campaigns.DraftOf(c)
	change(&d)
	return w.Edit(w.Context(), key, d)
}

func (w *world) stage(id lighthouse.ID) lighthouse.Stage {
	w.Helper()
	var c lighthouse.Campaign
	w.must(w.transact(func(tx *gorm.DB) (err error) {
		c, err = w.GetIn(tx, id)
		return err
	}))
	return c.Stage
}

// next is another small amount each time.
func (w *world) next() btcutil.Amount { return btcutil.Amount(w.amounts.Add(1)) }

func (w *world) height() int32 { return w.follower.Tip().Height }
