package keeper

import (
	"context"
	"errors"
	"maps"
	"testing"

	"cairn/assets/ledger"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// shelf is a ledger in memory that has read the chain up to a height.
type shelf struct {
	colors
	height int32
	err    error
	asked  int
}

func (s *shelf) Tip(context.Context) (chain.BlockRef, error) {
	return chain.BlockRef{Height: s.height}, s.err
}

func (s *shelf) Holdings(ctx context.Context, at ...wire.OutPoint) ([]ledger.Coin, error) {
	s.asked += len(at)
	return s.colors.Holdings(ctx, at...)
}

// A coin is money once the ledger has read its block and found nothing on it.
func TestSieve(t *testing.T) {
	book := &shelf{colors: colors{coin(2): true, coin(5): true}, height: 100}
	height := int32(100)
	s := NewSieve(book, func(context.Context) (int32, error) { return height, nil })
	plain := func(coins map[wire.OutPoint]int64, want ...uint32) {
		t.Helper()
		expected := map[wire.OutPoint]bool{}
		for _, n := range want {
			expected[coin(n)] = true
		}
		got, err := s.Plain(t.Context(), coins)
		if err != nil || !maps.Equal(got, expected) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	}
	plain(map[wire.OutPoint]int64{coin(1): 1, coin(2): 1, coin(3): 50}, 1, 3)
	asked := book.asked
	plain(map[wire.OutPoint]int64{coin(1): 1, coin(3): 50}, 1, 3)
	if book.asked != asked {
		t.Error("what is known is asked again")
	}
	// The wallet has a block more than the ledger: what that made has to wait.
	height = 101
	plain(map[wire.OutPoint]int64{coin(1): 2, coin(4): 1, coin(5): 1, coin(6): 2}, 1, 6)
	book.height = 101
	plain(map[wire.OutPoint]int64{coin(4): 1, coin(5): 1}, 4)

	// It reads an old chain: what it has read it knows, and the rest does not wait.
	height = 101 + farBehind
	plain(map[wire.OutPoint]int64{coin(8): 1, coin(5): 2 + farBehind})
	height++
	plain(map[wire.OutPoint]int64{coin(8): 1, coin(5): 3 + farBehind}, 8)
	height = 101

	book.err = chain.ErrNoBlock
	plain(map[wire.OutPoint]int64{coin(7): 1}, 7)
	book.err = nil
	book.colors[coin(7)] = true
	plain(map[wire.OutPoint]int64{coin(7): 1})
	book.err = chain.ErrEngineDown
	if got, err := s.Plain(t.Context(), map[wire.OutPoint]int64{coin(9): 1}); !errors.Is(err, chain.ErrEngineDown) || got != nil {
		t.Errorf("%v, %v", got, err)
	}
	plain(map[wire.OutPoint]int64{coin(1): 1}, 1) // is known without asking
}
