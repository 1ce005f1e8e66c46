package tlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/notary/tlog/format"

	"gorm.io/gorm"
)

const (
	// poll is how often the sequencer looks without being woken: commitments
	// of other processes wake nobody here.
	poll = 500 * time.Millisecond
	// calm is the least time between two checkpoints, so that a crowd of
	// group commits shares one.
	calm = 200 * time.Millisecond
	// maxStep is how many entries one checkpoint adds at most.
	maxStep = 64 * format.Width
	// maxBackoff is the longest pause between tries while the database fails.
	maxBackoff = 10 * time.Second
)

// Lease is the leader's lease (*db.Lease).
type Lease interface {
	Name() string
	Epoch() int64
}

// Sequencer puts commitments into the log and signs its checkpoints. At most
// one works at a time on a database, the leader's; should two meet, the fence
// and the condition on the head let one of them store, and what the other has
// signed never leaves it.
//
// Nothing is served from here: a checkpoint is public once it is in the
// database, in one transaction with the nodes below it, over commitments that
// were durable before. So no crash leaves a checkpoint without its entries.
type Sequencer struct {
	db     *db.DB
	signer *format.Signer
	now    func() time.Time
	log    *slog.Logger
	lease  Lease
	wake   chan struct{}

	// tree is the edge of the stored tree of head; nil to read it again.
	tree *format.Tree
	head Head
	// crash is called between the steps by tests.
	crash func(step string) error
}

// Sequencer is the service's writer, which begins with Run.
func (s *Service) Sequencer() *Sequencer {
	return &Sequencer{
		db: s.cfg.DB, signer: s.signer, now: s.cfg.Now, log: s.cfg.Log,
		wake: make(chan struct{}, 1), crash: func(string) error { return nil },
	}
}

// Kick makes the sequencer look soon; call it after a group commit. It never
// waits.
func (q *Sequencer) Kick() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Run extends the log under the lease until ctx ends (nil) or somebody else
// has taken the lease (db.ErrFenced). Whatever else fails is tried again.
func (q *Sequencer) Run(ctx context.Context, lease Lease) error {
	q.lease = lease
	var backoff time.Duration
	for {
		more, err := q.step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced):
			return err
		case err != nil && backoff == 0:
			q.log.Error("the log cannot be extended, trying again", "error", err)
			fallthrough
		case err != nil:
			q.tree = nil
			backoff = min(max(2*backoff, time.Second), maxBackoff)
		case backoff > 0:
			q.log.Info("the log is extended again")
			backoff = 0
		}
		if more {
			continue
		}
		if q.pause(ctx, backoff) != nil {
			return nil
		}
	}
}

// Once extends the log under the lease by all that waits, and returns. Run does
// the same again and again. Errors: db.ErrFenced, ErrCorrupt, those of db.
func (q *Sequencer) Once(ctx context.Context, lease Lease) error {
	q.lease = lease
	for {
		if more, err := q.step(ctx); err != nil || !more {
			return err
		}
	}
}

// pause waits for backoff if there is one, else for a kick or poll, but not
// less than calm.
func (q *Sequencer) pause(ctx context.Context, backoff time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(max(calm, backoff)):
	}
	if backoff > 0 {
		return nil
	}
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-q.wake:
	}
	return nil
}

// step adds what waits, at most maxStep entries, and reports whether more does.
func (q *Sequencer) step(ctx context.Context) (more bool, err error) {
	read := q.db.Read(ctx)
	if q.tree == nil {
		if err := q.load(read); err != nil {
			return false, err
		}
	}
	// The journal below its head never changes, so it is read outside of the
	// transaction.
	entries, err := readEntries(read, q.head.Size, maxStep)
	if err != nil {
		return false, err
	}
	if len(entries) == 0 && len(q.head.Note) > 0 {
		return false, nil
	}
	tree := q.tree.Clone()
	var done []format.Node
	for i := range entries {
		done = tree.Append(entries[i].LeafHash(), done)
	}
	if err := q.crash("tree built"); err != nil {
		return false, err
	}
	next, err := q.sign(tree)
	if err != nil {
		return false, err
	}
	if err := q.crash("signed"); err != nil {
		return false, err
	}
	if err := q.store(ctx, next, done); err != nil {
		// Whether it is stored or not may be open, too: look.
		q.tree = nil
		return false, err
	}
	q.tree, q.head = tree, next
	return len(entries) == maxStep, q.crash("stored")
}

// load reads the stored log, to go on from there.
func (q *Sequencer) load(read *gorm.DB) error {
	head, err := readHead(read)
	if err != nil {
		return err
	}
	tree, err := readTree(read, head)
	if err != nil {
		return err
	}
	key, err := format.ParseKey(q.signer.PublicKey())
	if err != nil {
		return err
	}
	if _, err := format.OpenCheckpoint(head.Note, key); err != nil {
		head.Note = nil // there is none yet, or the operator has begun with a new key
	}
	q.head, q.tree = head, tree
	return nil
}

// sign makes the checkpoint of a tree. It is worth nothing before it is stored.
func (q *Sequencer) sign(tree *format.Tree) (Head, error) {
	next := Head{Size: tree.Size(), Root: tree.Root(), SignedAt: q.now().UTC().Truncate(time.Second)}
	var err error
	next.Note, err = format.Checkpoint{Origin: q.signer.Name(), Size: next.Size, Root: next.Root}.Sign(q.signer)
	if err != nil {
		return Head{}, fmt.Errorf("sign the log's checkpoint: %w", err)
	}
	return next, nil
}

func (q *Sequencer) store(ctx context.Context, next Head, done []format.Node) error {
	return q.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := db.Fence(tx, q.lease.Name(), q.lease.Epoch()); err != nil {
			return err
		}
		if err := moveHead(tx, q.head, next); err != nil {
			return err
		}
		if err := insertNodes(tx, done); err != nil {
			return err
		}
		return q.crash("written, not committed")
	})
}
