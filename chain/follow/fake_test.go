package follow_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/chain"
)

// fakeSource is a chain of blocks in memory whose every fault can be ordered.
// Nothing in it is checked by consensus rules: following does not depend on
// them. The real chain is in devnet_test.go.
type fakeSource struct {
	mu      sync.Mutex
	best    []*wire.MsgBlock                  // guarded by mu; by height
	known   map[chainhash.Hash]*wire.MsgBlock // guarded by mu; stale ones too
	hidden  int                               // guarded by mu; newest blocks it does not admit to
	down    error                             // guarded by mu; what every call returns
	nonce   uint32                            // guarded by mu
	changed map[chan struct{}]struct{}        // guarded by mu
}

func newFakeSource() *fakeSource {
	s := &fakeSource{known: map[chainhash.Hash]*wire.MsgBlock{}, changed: map[chan struct{}]struct{}{}}
	s.mine()
	return s
}

// mine puts a block with the transactions on top and returns it.
func (s *fakeSource) mine(txs ...*wire.MsgTx) *wire.MsgBlock {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mineLocked(txs...)
}

func (s *fakeSource) mineLocked(txs ...*wire.MsgTx) *wire.MsgBlock {
	s.nonce++
	header := wire.BlockHeader{Version: 4, Nonce: s.nonce, Bits: 0x207fffff}
	if n := len(s.best); n > 0 {
		header.PrevBlock = s.best[n-1].BlockHash()
	}
	b := wire.NewMsgBlock(&header)
	coinbase := wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 0xffffffff}, SignatureScript: fmt.Appendf(nil, "block %d", s.nonce)})
	coinbase.AddTxOut(wire.NewTxOut(50_0000_0000, []byte{0x51}))
	_ = b.AddTransaction(coinbase)
	for _, tx := range txs {
		_ = b.AddTransaction(tx)
	}
	s.best = append(s.best, b)
	s.known[b.BlockHash()] = b
	for ch := range s.changed {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
	return b
}

// cut takes the newest blocks off the best chain. With forget they are not
// served any more, as by a light client.
func (s *fakeSource) cut(depth int, forget bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := len(s.best) - depth
	if forget {
		for _, b := range s.best[keep:] {
			delete(s.known, b.BlockHash())
		}
	}
	s.best = s.best[:keep:keep]
}

func (s *fakeSource) hide(blocks int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = blocks
}

func (s *fakeSource) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

func (s *fakeSource) height() int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int32(len(s.best) - 1)
}

// chain is the best chain, hidden blocks included.
func (s *fakeSource) chain() []*wire.MsgBlock {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*wire.MsgBlock(nil), s.best...)
}

func (s *fakeSource) Tip(context.Context) (chain.BlockRef, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := len(s.best) - 1 - s.hidden
	return chain.BlockRef{Height: int32(h), Hash: s.best[h].BlockHash()}, s.down
}

func (s *fakeSource) HashAt(_ context.Context, height int32) (chainhash.Hash, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if height < 0 || int(height) >= len(s.best)-s.hidden {
		return chainhash.Hash{}, chain.ErrNoBlock
	}
	return s.best[height].BlockHash(), s.down
}

func (s *fakeSource) Header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error) {
	b, err := s.Block(ctx, hash)
	if err != nil {
		return nil, err
	}
	return &b.Header, nil
}

func (s *fakeSource) Block(_ context.Context, hash chainhash.Hash) (*wire.MsgBlock, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.known[hash]
	if !ok {
		return nil, fmt.Errorf("%s: %w", hash, chain.ErrNoBlock)
	}
	return b, s.down
}

func (s *fakeSource) Changed(ctx context.Context) (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return nil, s.down
	}
	ch := make(chan struct{}, 1)
	s.changed[ch] = struct{}{}
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.changed, ch)
		close(ch)
	})
	return ch, nil
}
