package calendar

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"cairn/notary"
	"cairn/notary/merkle"
	"cairn/notary/ots"
)

const (
	// MaxDigest is the longest digest that is taken, in bytes
	// (otsserver/rpc.py, MAX_DIGEST_LENGTH).
	MaxDigest = 64
	// maxGroup is how many digests one commit takes: a tree of at most 12
	// levels, so that an answer stays far below what clients read and a proof
	// below the depth they parse.
	maxGroup       = 1 << maxGroupLevels
	maxGroupLevels = 12
	// defaultQueue is how many digests wait for the next commit before more
	// are refused: less than a second's work, about 4 MB.
	defaultQueue = 16384
	// A group that follows one of a crowd's waits this long for company: each
	// commit costs as much as ten digests, and under load they would starve
	// the connections that bring the next ones. A lone digest never waits.
	crowd  = 16
	linger = 2 * time.Millisecond
	// commitPatience ends a commit whose database has stopped answering.
	commitPatience = 30 * time.Second
)

// Config is what a calendar needs to know.
type Config struct {
	// URI is the calendar's address in the proofs: the public base URL without
	// a trailing slash, because clients compare it with what they were given.
	URI string
	Key Key
	// Now tells the time of commitments; nil is time.Now.
	Now func() time.Time
	// Rand gives the nonces and must be safe for concurrent use; nil is
	// crypto/rand.Reader, whose cost per nonce is well below a microsecond.
	Rand io.Reader
	// Queue bounds the digests that wait for a commit; 0 chooses.
	Queue int
	Log   *slog.Logger
	// Committed is called after each group commit, by the committer, and
	// must not wait; nil for nobody.
	Committed func()
}

// Calendar takes digests and answers when they are on disk. There is no tick:
// whatever arrived while one commit was under way goes into the next, so a
// lone digest waits for nothing and a crowd shares its commits.
type Calendar struct {
	cfg     Config
	journal store
	queue   chan *entry
	ended   chan struct{} // closed when the committer has returned
	batched atomic.Int64  // digests of batches that wait for a commit

	mu     sync.RWMutex // orders closing after the last send on queue
	closed bool         // guarded by mu
}

// store is the part of Journal that is needed here.
type store interface {
	append(ctx context.Context, g *group, entries []*entry) error
	indexKey() indexKey
	Receipt(ctx context.Context, digest notary.Digest) (notary.Receipt, error)
	Find(ctx context.Context, c Commitment) (seq int64, err error)
	Batch(ctx context.Context, name notary.BatchID) (notary.Batch, error)
	BatchReceipts(ctx context.Context, name notary.BatchID, from, limit int) ([]notary.DigestReceipt, error)
}

// New starts a calendar over the journal. Error: an URI that no client would
// accept (ots.CheckURI).
func New(cfg Config, journal *Journal) (*Calendar, error) {
	return start(cfg, journal)
}

func start(cfg Config, journal store) (*Calendar, error) {
	if err := ots.CheckURI(cfg.URI); err != nil || cfg.URI == "" || cfg.URI[len(cfg.URI)-1] == '/' {
		return nil, fmt.Errorf("%q cannot be a calendar's address in a proof: at most 1,000 of A-Z a-z 0-9 . _ - / : and no slash at the end", cfg.URI)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Queue <= 0 {
		cfg.Queue = defaultQueue
	}
	if cfg.Committed == nil {
		cfg.Committed = func() {}
	}
	c := &Calendar{cfg: cfg, journal: journal, queue: make(chan *entry, cfg.Queue), ended: make(chan struct{})}
	go c.commitGroups()
	return c, nil
}

// URI is the calendar's address in the proofs.
func (c *Calendar) URI() string { return c.cfg.URI }

// Close refuses new digests with notary.ErrBusy, commits and answers those
// that wait, and returns when that is done.
func (c *Calendar) Close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.queue)
	}
	c.mu.Unlock()
	<-c.ended
}

// Submit appends to dst the serialised timestamp of msg, 1 to MaxDigest bytes,
// ending in the calendar's pending attestation. The digest is on disk when it
// returns nil. Errors: notary.ErrDigestLength, notary.ErrBusy, notary.ErrStorage,
// ctx's own (the digest may be stored all the same).
func (c *Calendar) Submit(ctx context.Context, dst, msg []byte) ([]byte, error) {
	if len(msg) == 0 || len(msg) > MaxDigest {
		return dst, notary.ErrDigestLength
	}
	e := &entry{}
	if err := c.commit(ctx, e, msg); err != nil {
		return dst, err
	}
	return ots.AppendPending(e.appendPath(dst), c.cfg.URI), nil
}

// Keep stores a digest so that it is found again by Receipt. When it
// was kept before, the first stamp stays. Errors: as Submit.
func (c *Calendar) Keep(ctx context.Context, digest notary.Digest) error {
	return c.commit(ctx, &entry{keep: true, digest: digest}, digest[:])
}

// Receipt finds a kept digest by its first stamp. Error:
// notary.ErrUnknownDigest.
func (c *Calendar) Receipt(ctx context.Context, digest notary.Digest) (notary.Receipt, error) {
	return c.journal.Receipt(ctx, digest)
}

// Batch finds what KeepMany stored. Error: notary.ErrUnknownBatch.
func (c *Calendar) Batch(ctx context.Context, name notary.BatchID) (notary.Batch, error) {
	return c.journal.Batch(ctx, name)
}

// BatchReceipts lists the digests of a batch in their order, from the place
// from on and at most limit, each with its way in this batch. Error:
// notary.ErrUnknownBatch.
func (c *Calendar) BatchReceipts(ctx context.Context, name notary.BatchID, from, limit int) ([]notary.DigestReceipt, error) {
	return c.journal.BatchReceipts(ctx, name, from, limit)
}

func (c *Calendar) commit(ctx context.Context, e *entry, msg []byte) error {
	if _, err := io.ReadFull(c.cfg.Rand, e.nonce[:]); err != nil {
		return fmt.Errorf("make a nonce: %w", err)
	}
	var nonced [MaxDigest + nonceSize]byte
	n := copy(nonced[:], msg)
	n += copy(nonced[n:], e.nonce[:])
	e.leaf = sha256.Sum256(nonced[:n])
	return c.wait(ctx, e)
}

// wait has e committed. e.freed runs when the calendar has done with e, which
// is later than the return when ctx ends first.
func (c *Calendar) wait(ctx context.Context, e *entry) error {
	e.done = make(chan error, 1)
	if !c.enqueue(e) {
		e.release()
		return notary.ErrBusy
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Calendar) enqueue(e *entry) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return false
	}
	select {
	case c.queue <- e:
		return true
	default:
		return false
	}
}

// commitGroups is the committer: one group after the other until Close.
func (c *Calendar) commitGroups() {
	defer close(c.ended)
	var failing bool
	var last int // digests in the group before
	for first := range c.queue {
		if last >= crowd {
			time.Sleep(linger)
		}
		entries := c.gather(first)
		last = len(entries)
		g := c.group(entries)
		err := c.store(g, entries)
		for _, e := range entries {
			e.release()
			e.done <- err
		}
		if err == nil {
			c.cfg.Committed()
		}
		// Once per outage, not once per group.
		if err != nil && !failing {
			c.cfg.Log.Error("the calendar cannot store digests", "error", err)
		} else if err == nil && failing {
			c.cfg.Log.Info("the calendar stores digests again")
		}
		failing = err != nil
	}
}

func (c *Calendar) store(g *group, entries []*entry) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitPatience)
	defer cancel()
	return c.journal.append(ctx, g, entries)
}

// gather takes what waits, without waiting, as much as one commit takes.
func (c *Calendar) gather(first *entry) []*entry {
	entries := append(make([]*entry, 0, 1+len(c.queue)), first)
	for weight := first.digests(); len(entries) < maxGroup && weight < maxGroupDigests; {
		select {
		case e, open := <-c.queue:
			if !open {
				return entries
			}
			entries = append(entries, e)
			weight += e.digests()
		default:
			return entries
		}
	}
	return entries
}

// group builds the tree of a commit and tells the entries their place in it.
func (c *Calendar) group(entries []*entry) *group {
	leaves := make([]merkle.Hash, len(entries))
	for i, e := range entries {
		leaves[i] = e.leaf
	}
	g := &group{tree: merkle.New(leaves), key: c.cfg.Key, now: uint32(c.cfg.Now().Unix())}
	for i, e := range entries {
		e.group, e.index = g, i
	}
	return g
}
