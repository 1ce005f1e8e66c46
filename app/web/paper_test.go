package web

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	chainfollow "cairn/chain/follow"
	"cairn/notary"
	"cairn/notary/anchor"
	"cairn/notary/calendar"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// paperWorld is the whole notary on a real database, with a wallet and a chain
// on paper: its transactions spend coins that do not exist, in blocks that
// nobody mined.
type paperWorld struct {
	testing.TB
	db       *db.DB
	service  *notary.Service
	follower *chainfollow.Follower
	chain    *paperChain
	lease    *db.Lease
}

func newPaperWorld(tb testing.TB, d *db.DB) *paperWorld {
	tb.Helper()
	journal, err := calendar.OpenJournal(tb.Context(), d)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(journal.Close)
	cal, err := calendar.New(calendar.Config{URI: "https://cairn.example"}, journal)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(cal.Close)
	lease, err := d.Acquire(tb.Context(), "leader", "paper", time.Hour)
	if err != nil {
		tb.Fatal(err)
	}
	w := &paperWorld{TB: tb, db: d, chain: newPaperChain(), lease: lease}
	w.follower = chainfollow.New(d, w.chain, chainfollow.Config{StartHeight: -1}, chainfollow.Outbox{}, anchor.Projection{})
	w.follow()
	w.service = notary.New(notary.Config{
		Calendar: cal, Anchors: anchor.NewLedger(anchor.LedgerConfig{DB: d, Headers: w.follower, BlockInterval: 10 * time.Minute}), Headers: w.follower,
	})
	return w
}

// proofs stamps so many digests and brings three quarters of them to the end;
// a twelfth each is confirming, sent, and stored.
func (w *paperWorld) proofs(n int) []notary.Digest {
	w.Helper()
	digests := make([]notary.Digest, n)
	for i := range digests {
		binary.BigEndian.PutUint64(digests[i][:], uint64(i)*0x9e3779b97f4a7c15)
	}
	twelfth := n / 12
	w.stamp(digests[:9*twelfth])
	w.send()
	w.chain.mine(w.sent())
	w.mine(5)
	w.stamp(digests[9*twelfth : 10*twelfth])
	w.send()
	w.chain.mine(w.sent())
	w.mine(1)
	w.stamp(digests[10*twelfth : 11*twelfth])
	w.send()
	w.stamp(digests[11*twelfth:])
	time.Sleep(250 * time.Millisecond) // a look of the ledger's is good for 200 ms
	return digests
}

func (w *paperWorld) stamp(digests []notary.Digest) {
	w.Helper()
	var wg sync.WaitGroup
	for part := range 64 {
		wg.Go(func() {
			for i := part; i < len(digests); i += 64 {
				if _, err := w.service.Stamp(w.Context(), digests[i]); err != nil {
					w.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// send puts all that was stamped under one anchor and marks its transaction as
// sent. The loop runs for that long only, so that what comes later stays
// stored.
func (w *paperWorld) send() {
	w.Helper()
	loop := anchor.NewLoop(anchor.Config{DB: w.db, Wallet: paperWallet{}, Interval: time.Millisecond, BumpAfter: 1000, MaxRate: 1e6})
	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx, w.lease) }()
	unsent := w.unsent()
	for deadline := time.Now().Add(time.Minute); len(unsent) == 0; unsent = w.unsent() {
		if time.Now().After(deadline) {
			w.Fatal("there is no anchor after a minute")
		}
		loop.Kick()
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		w.Fatal(err)
	}
	for _, e := range unsent {
		if err := w.db.Transact(w.Context(), func(tx *gorm.DB) error { return outbox.MarkBroadcast(tx, e.Key, time.Now()) }); err != nil {
			w.Fatal(err)
		}
	}
}

// unsent lists the transactions that were signed and not sent.
func (w *paperWorld) unsent() []outbox.Entry {
	w.Helper()
	entries, err := outbox.List(w.db.Read(w.Context()), 10, outbox.Stored)
	if err != nil {
		w.Fatal(err)
	}
	return entries
}

// sent lists the transactions that wait for a block.
func (w *paperWorld) sent() []*wire.MsgTx {
	w.Helper()
	entries, err := outbox.List(w.db.Read(w.Context()), 100, outbox.Broadcast)
	if err != nil {
		w.Fatal(err)
	}
	var txs []*wire.MsgTx
	for _, e := range entries {
		tx, err := e.Tx()
		if err != nil {
			w.Fatal(err)
		}
		txs = append(txs, tx)
	}
	return txs
}

func (w *paperWorld) mine(n int) {
	w.Helper()
	for range n {
		w.chain.mine(nil)
	}
	w.follow()
}

func (w *paperWorld) follow() {
	w.Helper()
	if err := w.follower.CatchUp(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// paperWallet signs with nothing.
type paperWallet struct{}

func (paperWallet) EstimateRate(context.Context, int32) (chain.FeeRate, error) { return 250, nil }

func (paperWallet) Prepare(_ context.Context, p anchor.Payment) (anchor.Signed, error) {
	coin := chainhash.HashH([]byte(p.Purpose))
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: coin}, Sequence: 0xfffffffd})
	tx.AddTxOut(p.Output)
	tx.AddTxOut(wire.NewTxOut(100_000, make([]byte, 22)))
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return anchor.Signed{}, err
	}
	return anchor.Signed{Tx: tx, Raw: raw.Bytes(), Fee: 153}, nil
}

func (paperWallet) Replace(context.Context, anchor.Payment, []byte) (anchor.Signed, error) {
	return anchor.Signed{}, chain.ErrRejected
}

// paperChain is a chain.Source of blocks that nobody mined.
type paperChain struct {
	mu     sync.Mutex
	blocks []*wire.MsgBlock
	byHash map[chainhash.Hash]*wire.MsgBlock
}

func newPaperChain() *paperChain {
	c := &paperChain{byHash: map[chainhash.Hash]*wire.MsgBlock{}}
	c.mine(nil)
	return c
}

func (c *paperChain) mine(txs []*wire.MsgTx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	header := wire.BlockHeader{Version: 4, Nonce: uint32(len(c.blocks)), Bits: 0x207fffff, Timestamp: time.Unix(time.Now().Unix(), 0)}
	if n := len(c.blocks); n > 0 {
		header.PrevBlock = c.blocks[n-1].BlockHash()
	}
	b := wire.NewMsgBlock(&header)
	coinbase := wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 0xffffffff}, SignatureScript: fmt.Appendf(nil, "block %d", len(c.blocks))})
	coinbase.AddTxOut(wire.NewTxOut(50_0000_0000, []byte{0x51}))
	b.Transactions = append([]*wire.MsgTx{coinbase}, txs...)
	c.blocks = append(c.blocks, b)
	c.byHash[b.BlockHash()] = b
}

func (c *paperChain) Tip(context.Context) (chain.BlockRef, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	top := len(c.blocks) - 1
	return chain.BlockRef{Height: int32(top), Hash: c.blocks[top].BlockHash()}, nil
}

func (c *paperChain) HashAt(_ context.Context, height int32) (chainhash.Hash, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if height < 0 || int(height) >= len(c.blocks) {
		return chainhash.Hash{}, chain.ErrNoBlock
	}
	return c.blocks[height].BlockHash(), nil
}

func (c *paperChain) Header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error) {
	b, err := c.Block(ctx, hash)
	if err != nil {
		return nil, err
	}
	return &b.Header, nil
}

func (c *paperChain) Block(_ context.Context, hash chainhash.Hash) (*wire.MsgBlock, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.byHash[hash]
	if b == nil {
		return nil, chain.ErrNoBlock
	}
	return b, nil
}

func (c *paperChain) Changed(context.Context) (<-chan struct{}, error) {
	return make(chan struct{}), nil
}
