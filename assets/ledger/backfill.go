package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

const (
	// backfillBlocks is how many blocks one transaction of the database takes in,
	// and backfillBytes how large they may be together before it is closed: nobody
	// else writes in that time.
	backfillBlocks = 16
	backfillBytes  = 4 << 20
	// backfillPause is how long it waits when there is nothing to do, or no way on.
	backfillPause = 5 * time.Second
)

// Backfill takes in the blocks that the follower handed out before there was a
// ledger, or that lie below where it began, from Config.From on, until ctx ends;
// once it has come to the follower's block, the projection goes on. One process
// runs it, under the lease that fence stands for (nil for none). Errors:
// db.ErrFenced.
func (l *Ledger) Backfill(ctx context.Context, src chain.Source, fence func(tx *gorm.DB) error) error {
	failing := false
	for {
		took, err := l.backfill(ctx, src, fence)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced):
			return err
		case err != nil && !failing:
			l.cfg.Log.Warn("older blocks cannot be looked at for assets, trying again", "error", err)
		}
		if failing = err != nil; took && !failing {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(backfillPause):
		}
	}
}

// backfill takes some blocks in; took is false where there are none to take.
func (l *Ledger) backfill(ctx context.Context, src chain.Source, fence func(tx *gorm.DB) error) (took bool, err error) {
	read := l.db.Read(ctx)
	state, err := readState(read)
	if err != nil {
		return false, err
	}
	next := l.cfg.From
	if state != nil {
		next = state.Height + 1
	}
	cursor, err := follow.Cursor(read)
	if errors.Is(err, chain.ErrNoBlock) || err == nil && (next < 0 || next > cursor.Height) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	blocks, err := fetch(ctx, src, next, min(cursor.Height, next+backfillBlocks-1))
	if err != nil {
		return false, err
	}
	err = l.db.Transact(ctx, func(tx *gorm.DB) error {
		if fence != nil {
			if err := fence(tx); err != nil {
				return err
			}
		}
		now, err := readState(tx)
		if err != nil || !sameState(now, state) {
			return err // the projection was faster
		}
		cursor, err := follow.Cursor(tx)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			if b.Height > cursor.Height {
				return nil
			}
			if err := followed(tx, b); err != nil {
				return err
			}
			if err := l.connect(ctx, tx, now, b); err != nil {
				return err
			}
			if now, err = readState(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return err == nil, err
}

func sameState(a, b *stateRecord) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ref() == b.ref()
}

// followed refuses a block that is not of the chain the follower is on. Of blocks
// far below where it began nobody knows better than the source.
func followed(tx *gorm.DB, b *chain.Block) error {
	hash, err := follow.HashAt(tx, b.Height)
	if errors.Is(err, chain.ErrNoBlock) {
		return nil
	}
	if err == nil && hash != b.Hash {
		err = fmt.Errorf("%w: %s is not the block that was followed", ErrOrder, b.BlockRef)
	}
	return err
}

// fetch reads blocks from the source, from one height to another, both included,
// or until they are many bytes.
func fetch(ctx context.Context, src chain.Source, from, to int32) (blocks []*chain.Block, err error) {
	size := 0
	for height := from; height <= to && size < backfillBytes; height++ {
		var hash chainhash.Hash
		if hash, err = src.HashAt(ctx, height); err != nil {
			return nil, fmt.Errorf("ask for block %d: %w", height, err)
		}
		msg, err := src.Block(ctx, hash)
		if err != nil {
			return nil, fmt.Errorf("read block %d: %w", height, err)
		}
		if got := msg.BlockHash(); got != hash {
			return nil, fmt.Errorf("%w: asked for block %s, got %s", ErrOrder, hash, got)
		}
		size += msg.SerializeSize()
		blocks = append(blocks, &chain.Block{BlockRef: chain.BlockRef{Height: height, Hash: hash}, Msg: msg})
	}
	return blocks, nil
}
