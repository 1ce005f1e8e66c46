package ledger_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets/ledger"
	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// source serves the blocks of a world.
type source struct {
	best  []*chain.Block
	known map[chainhash.Hash]*wire.MsgBlock
}

func serve(blocks []*chain.Block) *source {
	s := &source{known: make(map[chainhash.Hash]*wire.MsgBlock)}
	s.set(blocks)
	return s
}

func (s *source) set(blocks []*chain.Block) {
	s.best = slices.Clone(blocks)
	for _, b := range blocks {
		s.known[b.Hash] = b.Msg
	}
}

func (s *source) Tip(context.Context) (chain.BlockRef, error) {
	return s.best[len(s.best)-1].BlockRef, nil
}

func (s *source) HashAt(_ context.Context, height int32) (chainhash.Hash, error) {
	if height < 0 || int(height) >= len(s.best) {
		return chainhash.Hash{}, chain.ErrNoBlock
	}
	return s.best[height].Hash, nil
}

func (s *source) Header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error) {
	b, err := s.Block(ctx, hash)
	if err != nil {
		return nil, err
	}
	return &b.Header, nil
}

func (s *source) Block(_ context.Context, hash chainhash.Hash) (*wire.MsgBlock, error) {
	if b := s.known[hash]; b != nil {
		return b, nil
	}
	return nil, chain.ErrNoBlock
}

func (s *source) Changed(context.Context) (<-chan struct{}, error) {
	return nil, errors.New("not asked")
}

// A ledger that comes after the follower takes the older blocks in, hands over to
// the projection, and is then as if it had been there from the first block.
func TestBackfill(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(4)
		for range 60 {
			w.mine(5)
		}
		src := serve(w.blocks)
		l := w.open(d)
		f := follow.New(d, src, follow.Config{StartHeight: 30, MaxReorg: 10}, l.Projection())
		if err := f.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Tip(t.Context()); !errors.Is(err, chain.ErrNoBlock) {
			t.Fatalf("before the first block: %v", err)
		}
		fenced := 0
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- l.Backfill(ctx, src, func(*gorm.DB) error { fenced++; return nil })
		}()
		tip := w.blocks[len(w.blocks)-1].BlockRef
		for at := (chain.BlockRef{}); at != tip; time.Sleep(5 * time.Millisecond) {
			at, _ = l.Tip(t.Context())
			if t.Context().Err() != nil {
				t.Fatal("it does not get there")
			}
		}
		stop()
		if err := <-ended; err != nil || fenced < 4 {
			t.Errorf("ended with %v after %d transactions", err, fenced)
		}
		// From here on blocks come through the follower, reorganisations among them.
		w.blocks = w.blocks[:55:55]
		for range 8 {
			w.mine(5)
		}
		src.set(w.blocks)
		if err := f.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if base, err := l.Base(t.Context()); err != nil || base != 0 {
			t.Errorf("it began at %d, %v", base, err)
		}
		fresh := dbtest.Open(t, d.Dialect())
		connect(t, fresh, w.open(fresh), w.blocks...)
		if got, want := dump(t, d), dump(t, fresh); !slices.Equal(got, want) || len(got) < 100 {
			t.Errorf("%d rows, and %d from a fresh scan", len(got), len(want))
		}
	})
}

// One that begins with the next block has nothing to fetch, and one that lost its
// lease stops.
func TestBackfillHasNothingToDo(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(4)
	for range 5 {
		w.mine(3)
	}
	l := ledger.New(ledger.Config{DB: d, Network: chain.Devnet, From: -1, Prevouts: w})
	f := follow.New(d, serve(w.blocks), follow.Config{StartHeight: 2}, l.Projection())
	if err := f.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if base, err := l.Base(t.Context()); err != nil || base != 2 {
		t.Errorf("it began at %d, %v", base, err)
	}
	late := dbtest.Open(t, db.SQLite)
	other := w.open(late)
	if err := follow.New(late, serve(w.blocks), follow.Config{StartHeight: 2}, other.Projection()).CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := other.Backfill(t.Context(), serve(w.blocks), func(*gorm.DB) error { return db.ErrFenced })
	if !errors.Is(err, db.ErrFenced) {
		t.Errorf("without the lease: %v", err)
	}
}
