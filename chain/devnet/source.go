package devnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/database"
	"github.com/btcsuite/btcd/wire"
)

// Tip is the best block; part of chain.Source. Its error is always nil.
func (c *Chain) Tip(context.Context) (chain.BlockRef, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.tip(), nil
}

func (c *Chain) tip() chain.BlockRef {
	best := c.chain.BestSnapshot()
	return chain.BlockRef{Height: best.Height, Hash: best.Hash}
}

// HashAt is the hash of the best chain's block at a height; part of
// chain.Source. Errors: chain.ErrNoBlock.
func (c *Chain) HashAt(_ context.Context, height int32) (chainhash.Hash, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	hash, err := c.chain.BlockHashByHeight(height)
	if err != nil {
		return chainhash.Hash{}, fmt.Errorf("%w: height %d", chain.ErrNoBlock, height)
	}
	return *hash, nil
}

// Header is the header of a block, of the best chain or stale; part of
// chain.Source. Errors: chain.ErrNoBlock.
func (c *Chain) Header(_ context.Context, hash chainhash.Hash) (*wire.BlockHeader, error) {
	header, err := c.chain.HeaderByHash(&hash)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", chain.ErrNoBlock, hash)
	}
	return &header, nil
}

// Block is a whole block, of the best chain or stale; part of chain.Source.
// Errors: chain.ErrNoBlock, ErrClosed.
func (c *Chain) Block(_ context.Context, hash chainhash.Hash) (*wire.MsgBlock, error) {
	var block wire.MsgBlock
	err := c.db.View(func(tx database.Tx) error {
		raw, err := tx.FetchBlock(&hash)
		if err != nil {
			return err
		}
		return decode(raw, block.Deserialize)
	})
	if err != nil {
		return nil, lookupError(err, fmt.Errorf("%w: %s", chain.ErrNoBlock, hash))
	}
	return &block, nil
}

// lookupError turns the database's "not found" into missing and "not open"
// into ErrClosed.
func lookupError(err, missing error) error {
	var dbErr database.Error
	if !errors.As(err, &dbErr) {
		return err
	}
	switch dbErr.ErrorCode {
	case database.ErrBlockNotFound:
		return missing
	case database.ErrDbNotOpen:
		return ErrClosed
	}
	return err
}

// decode reads one value from bytes that belong to a database transaction.
func decode(raw []byte, read func(io.Reader) error) error {
	return read(bytes.NewReader(raw))
}

// Changed receives after the tip has changed; part of chain.Source. The
// channel is closed when ctx ends. Its error is always nil.
func (c *Chain) Changed(ctx context.Context) (<-chan struct{}, error) {
	return c.changed.subscribe(ctx), nil
}

// tipChanged tells followers and peers, with mu held.
func (c *Chain) tipChanged() {
	c.changed.notify()
	if c.p2p != nil {
		c.p2p.announceTip()
	}
}

// changes is a set of coalescing subscribers.
type changes struct {
	mu   sync.Mutex
	subs map[chan struct{}]struct{}
}

func newChanges() *changes { return &changes{subs: map[chan struct{}]struct{}{}} }

func (s *changes) subscribe(ctx context.Context) <-chan struct{} {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	s.subs[ch] = struct{}{}
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		delete(s.subs, ch)
		close(ch)
		s.mu.Unlock()
	})
	return ch
}

func (s *changes) notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.subs {
		select {
		case ch <- struct{}{}:
		default: // it has one waiting already
		}
	}
}

// Tx is a transaction and where it stands.
type Tx struct {
	Msg *wire.MsgTx
	// Block is the zero value while it waits in the mempool.
	Block chain.BlockRef
}

// Tx looks up a transaction in the best chain and the mempool. Errors: ErrNoTx.
func (c *Chain) Tx(txid chainhash.Hash) (*Tx, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if tx, err := c.pool.FetchTransaction(&txid); err == nil {
		return &Tx{Msg: tx.MsgTx().Copy()}, nil
	}
	region, err := c.txs.TxBlockRegion(&txid)
	if err != nil {
		return nil, lookupError(err, ErrNoTx)
	}
	if region == nil {
		return nil, ErrNoTx
	}
	found := &Tx{Msg: &wire.MsgTx{}, Block: chain.BlockRef{Hash: *region.Hash}}
	if found.Block.Height, err = c.chain.BlockHeightByHash(region.Hash); err != nil {
		return nil, ErrNoTx
	}
	err = c.db.View(func(tx database.Tx) error {
		raw, err := tx.FetchBlockRegion(region)
		if err != nil {
			return err
		}
		return decode(raw, found.Msg.Deserialize)
	})
	if err != nil {
		return nil, lookupError(err, ErrNoTx)
	}
	return found, nil
}

// blockOfTx names the best chain's block that holds a transaction, without
// reading it. Errors: ErrNoTx.
func (c *Chain) blockOfTx(txid chainhash.Hash) (chain.BlockRef, error) {
	region, err := c.txs.TxBlockRegion(&txid)
	if err != nil {
		return chain.BlockRef{}, lookupError(err, ErrNoTx)
	}
	if region == nil {
		return chain.BlockRef{}, ErrNoTx
	}
	height, err := c.chain.BlockHeightByHash(region.Hash)
	if err != nil {
		return chain.BlockRef{}, ErrNoTx
	}
	return chain.BlockRef{Height: height, Hash: *region.Hash}, nil
}

// Unspent is an output of the best chain that nothing spends, in a block or in
// the mempool; nil when it is spent or does not exist.
func (c *Chain) Unspent(outpoint wire.OutPoint) (*wire.TxOut, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.pool.CheckSpend(outpoint) != nil {
		return nil, nil
	}
	entry, err := c.chain.FetchUtxoEntry(outpoint)
	if err != nil {
		return nil, lookupError(err, ErrNoTx)
	}
	if entry == nil || entry.IsSpent() {
		return nil, nil
	}
	return wire.NewTxOut(entry.Amount(), entry.PkScript()), nil
}

// Spender is the mempool's transaction that spends an output. Errors: ErrNoTx.
func (c *Chain) Spender(outpoint wire.OutPoint) (*wire.MsgTx, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	tx := c.pool.CheckSpend(outpoint)
	if tx == nil {
		return nil, ErrNoTx
	}
	return tx.MsgTx().Copy(), nil
}

// MedianTime is the median time past of the tip, which time locks of the next
// block are judged by (BIP-0113), in Unix seconds.
func (c *Chain) MedianTime() int64 {
	return c.chain.BestSnapshot().MedianTime.Unix()
}
