package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
)

// Source is the chain as the node sees it (lnd's ChainKit and ChainNotifier).
// A light client forgets a block the moment it leaves the best chain, so the
// last keptBlocks blocks that passed through here stay on disk: whoever took a
// block in can also take it back. It implements chain.Source; calls made while
// the engine is down fail with chain.ErrEngineDown.
type Source struct {
	n        *Node
	kit      chainrpc.ChainKitClient
	notifier chainrpc.ChainNotifierClient

	mu   sync.Mutex // guards the folder of kept blocks
	kept int
}

var _ chain.Source = (*Source)(nil)

// keptBlocks is more than the deepest reorganisation followed (100).
const keptBlocks = 144

func newSource(n *Node) *Source {
	return &Source{
		n:        n,
		kit:      chainrpc.NewChainKitClient(n.conn),
		notifier: chainrpc.NewChainNotifierClient(n.conn),
		kept:     -1,
	}
}

// Tip is the best block the node knows.
func (s *Source) Tip(ctx context.Context) (chain.BlockRef, error) {
	best, err := s.kit.GetBestBlock(ctx, &chainrpc.GetBestBlockRequest{})
	if err != nil {
		return chain.BlockRef{}, fmt.Errorf("ask the node for the best block: %w", err)
	}
	hash, err := chainhash.NewHash(best.BlockHash)
	if err != nil {
		return chain.BlockRef{}, fmt.Errorf("read the best block's hash: %w", err)
	}
	return chain.BlockRef{Height: best.BlockHeight, Hash: *hash}, nil
}

// HashAt is the hash at a height of the best chain, or chain.ErrNoBlock.
func (s *Source) HashAt(ctx context.Context, height int32) (chainhash.Hash, error) {
	if height < 0 {
		return chainhash.Hash{}, chain.ErrNoBlock
	}
	tip, err := s.Tip(ctx)
	if err != nil {
		return chainhash.Hash{}, err
	}
	switch {
	case height > tip.Height:
		return chainhash.Hash{}, chain.ErrNoBlock
	case height == tip.Height:
		return tip.Hash, nil
	}
	answer, err := s.kit.GetBlockHash(ctx, &chainrpc.GetBlockHashRequest{BlockHeight: int64(height)})
	if err != nil {
		return chainhash.Hash{}, fmt.Errorf("ask the node for block %d: %w", height, noBlock(err))
	}
	hash, err := chainhash.NewHash(answer.BlockHash)
	if err != nil {
		return chainhash.Hash{}, fmt.Errorf("read the hash of block %d: %w", height, err)
	}
	return *hash, nil
}

// Header is a header by hash, of the best chain or of a block kept here.
func (s *Source) Header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error) {
	answer, err := s.kit.GetBlockHeader(ctx, &chainrpc.GetBlockHeaderRequest{BlockHash: hash[:]})
	if err != nil {
		if block := s.load(hash); block != nil {
			return &block.Header, nil
		}
		return nil, fmt.Errorf("ask the node for header %s: %w", hash, noBlock(err))
	}
	var header wire.BlockHeader
	if err := header.Deserialize(bytes.NewReader(answer.RawBlockHeader)); err != nil {
		return nil, fmt.Errorf("read header %s: %w", hash, err)
	}
	if header.BlockHash() != hash {
		return nil, fmt.Errorf("the node answered with another header than %s", hash)
	}
	return &header, nil
}

// Block is a whole block by hash, of the best chain or one kept here.
func (s *Source) Block(ctx context.Context, hash chainhash.Hash) (*wire.MsgBlock, error) {
	if block := s.load(hash); block != nil {
		return block, nil
	}
	answer, err := s.kit.GetBlock(ctx, &chainrpc.GetBlockRequest{BlockHash: hash[:]})
	if err != nil {
		return nil, fmt.Errorf("ask the node for block %s: %w", hash, noBlock(err))
	}
	block, err := readBlock(answer.RawBlock, hash)
	if err != nil {
		return nil, err
	}
	if err := s.keep(hash, answer.RawBlock); err != nil {
		return nil, err
	}
	return block, nil
}

// readBlock parses a block and checks that it is the one asked for.
func readBlock(raw []byte, hash chainhash.Hash) (*wire.MsgBlock, error) {
	var block wire.MsgBlock
	if err := block.Deserialize(bytes.NewReader(raw)); err != nil {
		return nil, fmt.Errorf("read block %s: %w", hash, err)
	}
	if block.BlockHash() != hash {
		return nil, fmt.Errorf("the node answered with another block than %s", hash)
	}
	return &block, nil
}

// Changed receives after each change of the tip, coalesced, until ctx ends. It
// survives restarts of the engine, and receives after each of them, as blocks
// may have come meanwhile.
func (s *Source) Changed(ctx context.Context) (<-chan struct{}, error) {
	changed := make(chan struct{}, 1)
	go func() {
		defer close(changed)
		for ctx.Err() == nil {
			s.followEpochs(ctx, changed)
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	return changed, nil
}

// followEpochs signals each block epoch until the stream breaks. lnd sends the
// current one first.
func (s *Source) followEpochs(ctx context.Context, changed chan<- struct{}) {
	epochs, err := s.notifier.RegisterBlockEpochNtfn(ctx, &chainrpc.BlockEpoch{})
	if err != nil {
		return
	}
	for {
		if _, err := epochs.Recv(); err != nil {
			return
		}
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}

// unknownBlock are the words for a block that is not known: neutrino's index
// and peers, bitcoind's and btcd's RPC.
var unknownBlock = []string{
	"target hash not found", "target height not found", "hash not found in index",
	"unable to fetch header", "couldn't get header for block", "block not found",
	"block height out of range", "couldn't retrieve block", "not found",
}

func noBlock(err error) error {
	if errors.Is(err, chain.ErrEngineDown) {
		return err
	}
	text := strings.ToLower(err.Error())
	for _, words := range unknownBlock {
		if strings.Contains(text, words) {
			return fmt.Errorf("%w: %w", chain.ErrNoBlock, err)
		}
	}
	return err
}

func (s *Source) file(hash chainhash.Hash) string {
	return filepath.Join(s.n.paths.blocks(), hash.String())
}

// load is the kept block of a hash, or nil.
func (s *Source) load(hash chainhash.Hash) *wire.MsgBlock {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, err := os.ReadFile(s.file(hash))
	if err != nil {
		return nil
	}
	block, err := readBlock(raw, hash)
	if err != nil { // torn by a crash: ask the node again
		return nil
	}
	return block
}

// keep stores a block and forgets the oldest ones.
func (s *Source) keep(hash chainhash.Hash, raw []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(s.n.paths.blocks(), 0o700); err != nil {
		return fmt.Errorf("make the folder of kept blocks: %w", err)
	}
	if err := os.WriteFile(s.file(hash), raw, 0o600); err != nil {
		return fmt.Errorf("keep block %s: %w", hash, err)
	}
	s.kept++
	if s.kept > 0 && s.kept < keptBlocks/4 {
		return nil // look at the folder now and then only
	}
	s.kept = 0
	return s.prune()
}

func (s *Source) prune() error {
	entries, err := os.ReadDir(s.n.paths.blocks())
	if err != nil {
		return fmt.Errorf("list the kept blocks: %w", err)
	}
	if len(entries) <= keptBlocks {
		return nil
	}
	age := make(map[string]time.Time, len(entries))
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			age[e.Name()] = info.ModTime()
		}
	}
	sort.Slice(entries, func(i, j int) bool { return age[entries[i].Name()].Before(age[entries[j].Name()]) })
	for _, e := range entries[:len(entries)-keptBlocks] {
		if err := os.Remove(filepath.Join(s.n.paths.blocks(), e.Name())); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("forget an old block: %w", err)
		}
	}
	return nil
}
