package app

import (
	"context"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// headers is the followed chain as the pages look at it.
type headers struct {
	*follow.Follower
	db    *db.DB
	asked *heights
}

// Tip is the follower's, or on a stand-by what the leader last took in.
func (h headers) Tip() chain.BlockRef {
	if tip := h.Follower.Tip(); tip != (chain.BlockRef{}) {
		return tip
	}
	ctx, cancel := context.WithTimeout(context.Background(), tipPatience)
	defer cancel()
	tip, err := follow.Cursor(h.db.Read(ctx))
	if err != nil {
		return chain.BlockRef{} // nothing was taken in yet
	}
	return tip
}

// tipPatience is how long a page waits for the database to name the tip.
const tipPatience = time.Second

// HeaderAt is the follower's, and remembers the answer's hash: whoever asks
// for a height asks for that block next.
func (h headers) HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error) {
	header, err := h.Follower.HeaderAt(ctx, height)
	if err == nil {
		h.asked.put(header.BlockHash(), height)
	}
	return header, err
}

// HeaderByHash finds a header of the best chain and its height. Blocks older
// than what is followed are found after their height was asked for.
func (h headers) HeaderByHash(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, int32, error) {
	height, ok := h.asked.get(hash)
	if !ok {
		var err error
		if height, err = h.Follower.HeightOf(ctx, hash); err != nil {
			return nil, 0, err
		}
	}
	header, err := h.Follower.HeaderAt(ctx, height)
	if err != nil {
		return nil, 0, err
	}
	if header.BlockHash() != hash { // a reorg took it away
		return nil, 0, chain.ErrNoBlock
	}
	return header, height, nil
}

// heightsKept bounds what strangers can make us remember.
const heightsKept = 4096

// heights remembers the heights of the last blocks asked for.
type heights struct {
	mu     sync.Mutex
	height map[chainhash.Hash]int32
	order  []chainhash.Hash // oldest first, a ring once full
	next   int
}

func newHeights() *heights { return &heights{height: map[chainhash.Hash]int32{}} }

func (h *heights) get(hash chainhash.Hash) (int32, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	height, ok := h.height[hash]
	return height, ok
}

func (h *heights) put(hash chainhash.Hash, height int32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.height[hash]; ok {
		return
	}
	if len(h.order) < heightsKept {
		h.order = append(h.order, hash)
	} else {
		delete(h.height, h.order[h.next])
		h.order[h.next] = hash
		h.next = (h.next + 1) % heightsKept
	}
	h.height[hash] = height
}
