package anchor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/notary/carrier"

	"gorm.io/gorm"
)

// Config is what the Loop needs to know. DB and Wallet are required.
type Config struct {
	DB     *db.DB
	Wallet Wallet
	// Interval is the least time between two anchors: what a digest waits at
	// most for its transaction while the node is well.
	Interval time.Duration
	// Debounce is how long the first waiting commitment waits for others; 0 is
	// 200 ms.
	Debounce time.Duration
	// BumpAfter is how many blocks a transaction may wait before its fee is
	// raised; 0 is 2.
	BumpAfter int32
	// TargetBlocks is the estimate asked for; 0 is 6.
	TargetBlocks int32
	// MaxRate is the highest rate offered; 0 is 200 sat/vB.
	MaxRate chain.FeeRate
	// Poll is how often the loop looks without being woken; 0 is 1 s.
	Poll time.Duration
	// Sent is called after a transaction was put into the outbox, to wake its
	// broadcaster, and must not wait; nil for nobody.
	Sent func()
	Now  func() time.Time
	Log  *slog.Logger
}

// Loop makes anchors. At most one runs at a time on a database: the leader's.
type Loop struct {
	cfg     Config
	wake    chan struct{}
	lease   Lease
	carrier *carrier.Carrier

	waiting time.Time // when a commitment was first seen waiting; zero for none
	// crash is called between the steps by tests; see failpoints in the tests.
	crash func(step string) error
}

// NewLoop makes a loop, which begins with Run.
func NewLoop(cfg Config) *Loop {
	if cfg.Debounce <= 0 {
		cfg.Debounce = 200 * time.Millisecond
	}
	if cfg.Poll <= 0 {
		cfg.Poll = time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	l := &Loop{cfg: cfg, wake: make(chan struct{}, 1), crash: func(string) error { return nil }}
	l.carrier = carrier.New(carrier.Config{
		DB: cfg.DB, Wallet: cfg.Wallet, Book: book, Lease: func() Lease { return l.lease },
		BumpAfter: cfg.BumpAfter, TargetBlocks: cfg.TargetBlocks, MaxRate: cfg.MaxRate,
		Sent: cfg.Sent, Crash: func(step string) error { return l.crash(step) }, Now: cfg.Now, Log: cfg.Log,
	})
	return l
}

// Kick makes the loop look at once; call it after a group commit and after a
// block. It never waits.
func (l *Loop) Kick() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// maxBackoff is the longest pause between tries while the wallet fails.
const maxBackoff = 30 * time.Second

// Run makes anchors under the lease until ctx ends (nil) or somebody else has
// taken the lease (db.ErrFenced). Whatever else fails is tried again.
func (l *Loop) Run(ctx context.Context, lease Lease) error {
	l.lease = lease
	var backoff time.Duration
	for {
		next, err := l.step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced), errors.Is(err, errCrash):
			return err
		case err != nil:
			backoff = min(max(2*backoff, time.Second), maxBackoff)
			next = backoff
			l.cfg.Log.Warn("anchoring did not get on, trying again", "error", err, "in", backoff)
		default:
			backoff = 0
		}
		if err := l.pause(ctx, next, backoff > 0); err != nil {
			return nil
		}
	}
}

// errCrash is what tests return from a failpoint.
var errCrash = errors.New("crash")

// calm is the least time between two looks: under load every group commit
// kicks, hundreds of times a second, and each look is several queries.
const calm = 50 * time.Millisecond

// pause waits for d, or for a kick unless the wallet is failing: then
// digests arriving by the thousand must not make thousands of tries.
func (l *Loop) pause(ctx context.Context, d time.Duration, failing bool) error {
	first := min(calm, d)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(first):
	}
	d -= first
	wake := l.wake
	if failing {
		wake = nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-wake:
	}
	return nil
}

// step does what can be done now, and says when to look again.
func (l *Loop) step(ctx context.Context) (time.Duration, error) {
	rows, err := unconfirmed(l.cfg.DB.Read(ctx))
	if err != nil {
		return 0, err
	}
	tip, err := tipOf(l.cfg.DB.Read(ctx))
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		l.carrier.Waiting(nil, tip)
		row, wait, err := l.reserve(ctx)
		if err != nil || row == nil {
			return wait, err
		}
		rows = []anchorRecord{*row}
	}
	l.carrier.Waiting(ids(rows), tip)
	for _, row := range rows {
		if err := l.carrier.Advance(ctx, row.load(), tip); err != nil {
			return 0, l.paused(ctx, err)
		}
	}
	return l.cfg.Poll, l.paused(ctx, nil)
}

func ids(rows []anchorRecord) []int64 {
	out := make([]int64, len(rows))
	for i, row := range rows {
		out[i] = row.ID
	}
	return out
}

// paused writes down why no anchor can be made, for all processes, and returns
// the error. The sentence is that of the error's kind.
func (l *Loop) paused(ctx context.Context, failure error) error {
	sentence := ""
	var kind chain.ErrorKind
	switch {
	case errors.Is(failure, errCrash), errors.Is(failure, db.ErrFenced), ctx.Err() != nil:
		return failure
	case errors.As(failure, &kind):
		sentence = kind.Error()
	case failure != nil:
		sentence = "the anchor transaction could not be made"
	}
	var state stateRecord
	err := l.cfg.DB.Read(ctx).Where("id = 1").Take(&state).Error
	if err == nil && state.Paused != sentence {
		err = l.carrier.Transact(ctx, func(tx *gorm.DB) error {
			if err := tx.Exec("UPDATE notary_state SET paused = ? WHERE id = 1", sentence).Error; err != nil {
				return err
			}
			return carrier.Moved(tx)
		})
	}
	if err != nil {
		return errors.Join(failure, fmt.Errorf("write down the state of anchoring: %w", err))
	}
	return failure
}
