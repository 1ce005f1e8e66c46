// Package follow takes the blocks of a chain.Source once each and in order,
// and hands each to every projection inside one database transaction, together
// with the note that it did. Whatever happens (a crash, a full disk, a second
// process), a block's effects are there with that note or not at all. When the
// source changes its mind, the same projections are handed the disconnected
// blocks, newest first.
//
// It also keeps the headers it saw, the coins of watched scripts (Watched), and
// the outbox up to date with the chain (Outbox). It knows no product: products
// implement Projection. It imports chain and the leaves app/db and
// app/db/outbox, and no node.
package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/chain"
)

// ErrorKind names why following stopped or failed; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrDeepReorg: the source's chain leaves the followed one deeper than
	// Config.MaxReorg blocks down, or nowhere shares a block with it. Nothing
	// was undone; somebody has to look whether this is the right network.
	ErrDeepReorg = ErrorKind("the chain differs from the one followed so far, too far down to undo")
	// ErrProjection: a projection failed or panicked; the block was rolled
	// back and is tried again.
	ErrProjection = ErrorKind("a block could not be taken in")
	// ErrSource: the source does not answer, or not with what was asked for.
	ErrSource = ErrorKind("the source of blocks failed")
	// ErrNoCoin: nobody watches that coin, or it was not seen in a block.
	ErrNoCoin = ErrorKind("no such coin is watched")
)

// DefaultMaxReorg is how many blocks can be undone unless told otherwise.
const DefaultMaxReorg = 100

// Projection keeps tables that depend on the chain. It is handed each block
// once, in order, within the transaction that also stores the block's header;
// an error rolls everything back, and the block is tried again. A transaction
// may run more than once, so a projection keeps nothing outside of tx: what it
// has to tell others it tells after Subscribe says that the block is committed.
//
// A projection that is added later begins with the block after the cursor.
type Projection interface {
	// Name is short and lasting, for logs and errors.
	Name() string
	// Connect takes in a block on top of all earlier ones.
	Connect(ctx context.Context, tx *gorm.DB, b *chain.Block) error
	// Disconnect undoes Connect of the newest block exactly.
	Disconnect(ctx context.Context, tx *gorm.DB, b *chain.Block) error
}

// Config of a Follower. Its zero value follows from genesis.
type Config struct {
	// StartHeight is the first block handed to projections when the database
	// has followed none yet; negative for the one after the tip of that moment.
	StartHeight int32
	// MaxReorg is how many blocks may be undone, and how many are kept whole;
	// DefaultMaxReorg when 0.
	MaxReorg int32
	// Fence, if set, is called first in every transaction. An error of kind
	// db.ErrFenced ends Run: somebody else follows now.
	Fence func(tx *gorm.DB) error
	// Poll is how often the source is looked at without a signal; 30 s when 0.
	Poll time.Duration
	// MaxBackoff bounds the pause between tries while the source or the
	// database fails; 15 s when 0.
	MaxBackoff time.Duration
	// Log is slog.Default() when nil.
	Log *slog.Logger
	// Now is time.Now when nil.
	Now func() time.Time
}

// Status is what pages, metrics and readiness checks say of the follower.
type Status struct {
	// Tip is the last block taken in; the zero value before the first.
	Tip chain.BlockRef
	// SourceTip is the best block the source named last.
	SourceTip chain.BlockRef
	// CaughtUp says that nothing was left to take in at the last look.
	CaughtUp bool
	// Err is why the last try failed; nil when it did not.
	Err error
	// Since is when CaughtUp or Err last changed, UTC.
	Since time.Time
}

// Follower follows one source into one database. Create it with New, call Run
// once. Its other methods are safe for concurrent use, before and after Run.
type Follower struct {
	db          *db.DB
	src         chain.Source
	cfg         Config
	projections []Projection

	mu          sync.Mutex
	status      Status                           // guarded by mu
	subscribers map[chan chain.BlockRef]struct{} // guarded by mu
}

// New makes a follower. Projections are called in the order given, and in
// reverse for a disconnected block.
func New(d *db.DB, src chain.Source, cfg Config, projections ...Projection) *Follower {
	if cfg.MaxReorg <= 0 {
		cfg.MaxReorg = DefaultMaxReorg
	}
	if cfg.Poll <= 0 {
		cfg.Poll = 30 * time.Second
	}
	if cfg.MaxBackoff <= 0 {
		cfg.MaxBackoff = 15 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Follower{
		db: d, src: src, cfg: cfg, projections: projections,
		status:      Status{Since: cfg.Now().UTC()},
		subscribers: make(map[chan chain.BlockRef]struct{}),
	}
}

// Run follows until ctx ends, and then returns nil. While the source or the
// database fails it tries again with growing pauses and says so in Status.
// Errors, after which trying again is of no use: ErrDeepReorg, db.ErrFenced.
func (f *Follower) Run(ctx context.Context) error {
	// A nil channel blocks for ever, which is right until the source gives one.
	var changed <-chan struct{}
	failures := 0
	for {
		var err error
		if changed == nil {
			if changed, err = f.src.Changed(ctx); err != nil {
				changed, err = nil, fmt.Errorf("%w: listening for new blocks: %w", ErrSource, err)
				f.settle(err)
			}
		}
		if err == nil {
			err = f.CatchUp(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrDeepReorg), errors.Is(err, db.ErrFenced):
			return err
		case err != nil:
			failures++
		default:
			failures = 0
		}
		wait := f.cfg.Poll
		if failures > 0 {
			wait = min(50*time.Millisecond<<min(failures, 12), f.cfg.MaxBackoff)
			f.cfg.Log.WarnContext(ctx, "following the chain failed, trying again", "error", err, "wait", wait, "failures", failures)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case _, open := <-changed:
			if !open {
				changed = nil
			}
			if failures > 0 || !open {
				// New blocks do not mend what failed: keep the pause.
				select {
				case <-ctx.Done():
				case <-timer.C:
				}
			}
		}
		timer.Stop()
	}
}

// CatchUp takes in everything up to the source's tip and returns. Run calls
// it; tests and one-off commands may call it instead of Run, never besides it.
func (f *Follower) CatchUp(ctx context.Context) (err error) {
	defer func() { f.settle(err) }()
	for {
		cur, err := f.cursor(ctx)
		if err != nil {
			return err
		}
		tip, err := f.src.Tip(ctx)
		if err != nil {
			return fmt.Errorf("%w: asking for its tip: %w", ErrSource, err)
		}
		f.sourceTip(tip)
		done, err := f.step(ctx, cur, tip)
		if errors.Is(err, errMoved) {
			continue // another process was faster: look again
		}
		if err != nil || done {
			return err
		}
	}
}

// step takes one block in or undoes one; done says that there is neither.
func (f *Follower) step(ctx context.Context, cur cursor, tip chain.BlockRef) (done bool, err error) {
	if tip == cur.BlockRef {
		return true, nil
	}
	if tip.Height > cur.Height {
		next, err := f.blockAt(ctx, cur.Height+1)
		if err != nil {
			return false, err
		}
		if next.Msg.Header.PrevBlock == cur.Hash {
			return false, f.connect(ctx, cur, next)
		}
	}
	fork, err := f.fork(ctx, cur, tip)
	if err != nil {
		return false, err
	}
	switch fork {
	case tip.Height:
		// The source knows only a part of what we have: a node that is still
		// catching up must not undo anything.
		return true, nil
	case cur.Height:
		return false, fmt.Errorf("%w: its chain changed while it was asked", ErrSource)
	}
	f.cfg.Log.InfoContext(ctx, "reorg", "from", cur.BlockRef, "to", tip, "fork", fork, "depth", cur.Height-fork)
	for cur.Height > fork {
		if cur, err = f.disconnect(ctx, cur); err != nil {
			return false, err
		}
	}
	return false, nil
}

// blockAt fetches the block of the source's best chain at a height and checks
// that it is the one it should be.
func (f *Follower) blockAt(ctx context.Context, height int32) (*chain.Block, error) {
	hash, err := f.src.HashAt(ctx, height)
	if err != nil {
		return nil, fmt.Errorf("%w: hash at height %d: %w", ErrSource, height, err)
	}
	msg, err := f.src.Block(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("%w: block %s: %w", ErrSource, hash, err)
	}
	if got := msg.BlockHash(); got != hash {
		return nil, fmt.Errorf("%w: asked for block %s, got %s", ErrSource, hash, got)
	}
	return &chain.Block{BlockRef: chain.BlockRef{Height: height, Hash: hash}, Msg: msg}, nil
}

// fork finds the highest block that the source and the database share. It is
// the source's own tip when all that the source has so far is what we have, or
// lies below the headers kept, where there is nothing to compare with.
func (f *Follower) fork(ctx context.Context, cur cursor, tip chain.BlockRef) (int32, error) {
	for h := min(cur.Height, tip.Height); h >= 0; h-- {
		ours, err := storedHash(f.db.Read(ctx), h)
		if errors.Is(err, chain.ErrNoBlock) {
			if h == tip.Height {
				return h, nil
			}
			break
		}
		if err != nil {
			return 0, err
		}
		theirs, err := f.src.HashAt(ctx, h)
		if err != nil {
			return 0, fmt.Errorf("%w: hash at height %d: %w", ErrSource, h, err)
		}
		if ours == theirs {
			return h, nil
		}
		if cur.Height-h >= f.cfg.MaxReorg {
			break // the block at h, undone, would be one too many
		}
	}
	return 0, fmt.Errorf("%w: followed to %s, the source is at %s", ErrDeepReorg, cur.BlockRef, tip)
}

// transact runs fn fenced, and publishes the cursor it leaves once committed.
func (f *Follower) transact(ctx context.Context, fn func(tx *gorm.DB) (cursor, error)) (cursor, error) {
	var after cursor
	err := f.db.Transact(ctx, func(tx *gorm.DB) (err error) {
		if f.cfg.Fence != nil {
			if err := f.cfg.Fence(tx); err != nil {
				return err
			}
		}
		after, err = fn(tx)
		return err
	})
	if err != nil {
		// Should the commit have happened unseen (db.ErrCommitUnknown), the
		// next look at the cursor finds and publishes it.
		return cursor{}, err
	}
	f.publish(after.BlockRef)
	return after, nil
}

func (f *Follower) connect(ctx context.Context, cur cursor, b *chain.Block) error {
	_, err := f.transact(ctx, func(tx *gorm.DB) (cursor, error) {
		next := cursor{BlockRef: b.BlockRef, base: cur.base}
		if err := moveCursor(tx, cur, next); err != nil {
			return cursor{}, err
		}
		for _, p := range f.projections {
			if err := guarded(func() error { return p.Connect(ctx, tx, b) }); err != nil {
				return cursor{}, fmt.Errorf("%w: %s, block %s: %w", ErrProjection, p.Name(), b.BlockRef, err)
			}
		}
		return next, storeBlock(tx, b, f.cfg.MaxReorg)
	})
	return err
}

// disconnect undoes the newest block. Blocks up to the base were never handed
// to projections, and only their headers go.
func (f *Follower) disconnect(ctx context.Context, cur cursor) (cursor, error) {
	b := &chain.Block{BlockRef: cur.BlockRef}
	if cur.Height > cur.base {
		msg, err := f.storedBlock(ctx, cur.BlockRef)
		if err != nil {
			return cursor{}, err
		}
		b.Msg = msg
	}
	return f.transact(ctx, func(tx *gorm.DB) (cursor, error) {
		below := cursor{BlockRef: chain.BlockRef{Height: cur.Height - 1}, base: min(cur.base, cur.Height-1)}
		var err error
		if below.Hash, err = storedHash(tx, below.Height); err != nil {
			return cursor{}, err
		}
		if err := moveCursor(tx, cur, below); err != nil {
			return cursor{}, err
		}
		if b.Msg != nil {
			for i := len(f.projections) - 1; i >= 0; i-- {
				p := f.projections[i]
				if err := guarded(func() error { return p.Disconnect(ctx, tx, b) }); err != nil {
					return cursor{}, fmt.Errorf("%w: %s, undoing block %s: %w", ErrProjection, p.Name(), b.BlockRef, err)
				}
			}
		}
		return below, dropBlock(tx, cur.Height)
	})
}

// guarded turns a panic into an error, so that one bad block cannot stop the
// whole process: it is tried again, and Status says why.
func guarded(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return fn()
}

// Tip is the last block taken in; the zero value before the first look at the
// database.
func (f *Follower) Tip() chain.BlockRef { return f.Status().Tip }

// Status says how the following goes.
func (f *Follower) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// Subscribe returns a channel that receives the tip after it has changed and
// its block is committed, coalesced: who is slow gets the newest only. cancel
// ends it. A block that was committed by a process that died is not announced
// again, so subscribers look at the database once when they begin.
func (f *Follower) Subscribe() (tips <-chan chain.BlockRef, cancel func()) {
	ch := make(chan chain.BlockRef, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subscribers[ch] = struct{}{}
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subscribers, ch)
	}
}

// publish tells everybody where the cursor is, if that is news.
func (f *Follower) publish(tip chain.BlockRef) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.status.Tip == tip {
		return
	}
	f.status.Tip = tip
	for ch := range f.subscribers {
		select {
		case <-ch: // an older tip that nobody took
		default:
		}
		ch <- tip
	}
}

func (f *Follower) sourceTip(tip chain.BlockRef) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.SourceTip = tip
}

func (f *Follower) settle(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	caughtUp := err == nil
	if caughtUp != f.status.CaughtUp || (err == nil) != (f.status.Err == nil) {
		f.status.Since = f.cfg.Now().UTC()
	}
	f.status.CaughtUp, f.status.Err = caughtUp, err
}

// HeaderAt is the header of the followed chain at a height, of the source's
// best chain where none is stored. Errors: chain.ErrNoBlock.
func (f *Follower) HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error) {
	if height < 0 {
		return nil, fmt.Errorf("height %d: %w", height, chain.ErrNoBlock)
	}
	header, err := storedHeader(f.db.Read(ctx), height)
	if err == nil || !errors.Is(err, chain.ErrNoBlock) {
		return header, err
	}
	hash, err := f.src.HashAt(ctx, height)
	if err != nil {
		return nil, fmt.Errorf("header at height %d: %w", height, err)
	}
	header, err = f.src.Header(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("header at height %d: %w", height, err)
	}
	if got := header.BlockHash(); got != hash {
		return nil, fmt.Errorf("%w: asked for header %s, got %s", ErrSource, hash, got)
	}
	return header, nil
}

// belowGenesis is the hash that the genesis block names as its parent.
var belowGenesis chainhash.Hash
