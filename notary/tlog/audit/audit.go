package audit

import (
	"context"
	"errors"
	"strings"
	"time"

	"cairn/notary/tlog/format"
	"cairn/notary/verify"

	"golang.org/x/mod/sumdb/note"
)

// Config is what an audit needs to know. Source is required.
type Config struct {
	Source Source
	// Key is the log's public key, when it is known from elsewhere; else empty.
	Key string
	// State is what was seen before; nil at the first look.
	State *State
	// Full reads all entries again, and not only those that are new.
	Full bool
	// Headers are those of the Bitcoin chain; nil leaves the blocks of anchors
	// unchecked.
	Headers verify.Headers
	// Receipts are to be found in the log.
	Receipts []Receipt
	// Parallel is how many pieces are fetched at a time; 0 is 8.
	Parallel int
	Now      func() time.Time
	// Progress is told after each piece of 256 entries, or less at the end, how
	// many of how many were checked; nil for nobody.
	Progress func(done, of int64)
	// keep is given every piece that was checked (Mirror).
	keep func(path string, raw []byte) error
}

// maxKey is more than the text of any key, in bytes.
const maxKey = 4096

// Receipt is a receipt as its holder has it.
type Receipt struct {
	// Name is how to call it, such as the name of its file.
	Name string
	Text []byte
}

// Result is what was proven. Times are UTC.
type Result struct {
	Origin string
	// Key is the log's public key; KeyFrom is how it is known.
	Key     string
	KeyFrom KeySource
	// Checkpoint is the newest, Note its signed text.
	Checkpoint format.Checkpoint
	Note       []byte
	// Since is how many entries the log had at the last look, and SeenAt when
	// that was; 0 and zero at the first.
	Since  int64
	SeenAt time.Time
	// Checked is how many entries were read this time.
	Checked int64
	// FirstTime and LastTime are what the first and the last of them claim.
	FirstTime, LastTime time.Time
	// Anchors were checked this time, of which Anchored entries of the log are
	// under one; Slowest is the longest time from an entry to its block.
	Anchors  int
	Anchored int64
	Slowest  time.Duration
	// WorkBits is the base-2 logarithm of the hashes that the easiest of their
	// blocks took (verify.WorkBits).
	WorkBits int
	// Blocks: the anchors were looked up in headers of the chain.
	Blocks   bool
	Receipts []Honoured
	// State is what to keep for the next time.
	State *State
}

// Honoured is a receipt that the log honours, or has time left to.
type Honoured struct {
	Name string
	format.Receipt
	// Found: the entry is in its place; otherwise it is too young to be
	// expected there.
	Found bool
}

// KeySource is how the key of a log is known.
type KeySource string

// The sources of a key.
const (
	// KeyGiven: by the caller.
	KeyGiven KeySource = "given"
	// KeyRemembered: it is that of the first look.
	KeyRemembered KeySource = "remembered"
	// KeyFirst: the log has just said so itself.
	KeyFirst KeySource = "first-use"
)

// audit is one check under way.
type audit struct {
	Config
	key     note.Verifier
	seen    *seen // nil at the first look
	result  *Result
	anchors *anchorage
	// started is when the newest checkpoint was asked for.
	started time.Time

	// tree grows over the entries, and nodes are the hashes of its full tiles
	// by level, from 1.
	tree  format.Tree
	nodes [][]format.Hash
	done  []format.Node
	// recent are the leaves of the newest tiles.
	recent     []format.Hash
	recentFrom int64
	last       int64 // Unix time of the entry before
}

// Verify checks a log. The error says what is wrong with it, or, when its kind
// is Undecided, why that is not known; the state is then not to be changed.
func Verify(ctx context.Context, cfg Config) (*Result, error) {
	a := &audit{Config: cfg, result: &Result{}}
	if a.Now == nil {
		a.Now = time.Now
	}
	if a.Parallel <= 0 {
		a.Parallel = 8
	}
	if a.keep == nil {
		a.keep = func(string, []byte) error { return nil }
	}
	for _, check := range []func(context.Context) error{
		a.readState, a.readKey, a.readAnchors, a.readCheckpoint, a.readEntries, a.checkTiles, a.checkAnchors, a.checkReceipts,
	} {
		if err := check(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, err
		}
	}
	a.remember()
	return a.result, nil
}

func (a *audit) readState(context.Context) (err error) {
	if a.State == nil {
		return nil
	}
	if a.seen, err = a.State.open(); err != nil {
		return err
	}
	a.result.Since, a.result.SeenAt = a.seen.checkpoint.Size, a.seen.observedAt()
	return nil
}

// readKey finds out which key the log must sign with.
func (a *audit) readKey(ctx context.Context) error {
	raw, err := a.main(ctx, keyPath, maxKey)
	if err == nil {
		err = a.keep(keyPath, raw)
	}
	if err != nil {
		return err
	}
	switch given := strings.TrimSpace(a.Key); {
	case given != "":
		a.result.Key, a.result.KeyFrom = given, KeyGiven
		if a.seen != nil && a.seen.Key != given {
			return fail(ErrState, "it is of a log with another key than the one given, %s", a.seen.Key)
		}
	case a.seen != nil:
		a.result.Key, a.result.KeyFrom = a.seen.Key, KeyRemembered
	default:
		a.result.Key, a.result.KeyFrom = strings.TrimSpace(string(raw)), KeyFirst
	}
	if a.key, err = format.ParseKey(a.result.Key); err != nil {
		return fail(ErrMalformed, "%s/%s", a.Source, keyPath).because(err)
	}
	a.result.Origin = a.key.Name()
	return nil
}

// main reads one of the pieces without which there is no log.
func (a *audit) main(ctx context.Context, path string, limit int64) ([]byte, error) {
	raw, err := a.Source.Get(ctx, path, limit)
	if errors.Is(err, ErrMissing) {
		err = fail(ErrNoLog, "%s has no %s", a.Source, path)
	}
	return raw, err
}

// readCheckpoint reads the newest checkpoint and compares it with the one seen
// before.
func (a *audit) readCheckpoint(ctx context.Context) error {
	a.started = a.Now()
	raw, err := a.main(ctx, checkpointPath, format.MaxNote)
	if err != nil {
		return err
	}
	c, err := format.OpenCheckpoint(raw, a.key)
	if errors.Is(err, format.ErrSignature) {
		return fail(ErrKey, "whoever signed it, it was not %s", a.key.Name()).because(err)
	} else if err != nil {
		return fail(ErrMalformed, "%s/%s", a.Source, checkpointPath).because(err)
	}
	a.result.Checkpoint, a.result.Note = c, raw
	if a.seen == nil {
		return nil
	}
	old := a.seen.checkpoint
	switch {
	case c.Size < old.Size && !a.Source.Live():
		return fail(ErrOlder, "it has %d entries, and %d were seen", c.Size, old.Size)
	case c.Size < old.Size:
		return fail(ErrShrunk, "it has %d entries, and signed that it had %d; %d were dropped", c.Size, old.Size, old.Size-c.Size)
	case c.Size == old.Size && c.Root != old.Root:
		return fail(ErrFork, "two checkpoints of %d entries have the roots %s, seen before, and %s, seen now", c.Size, old.Root, c.Root)
	}
	return nil
}

// remember makes the state for the next time.
func (a *audit) remember() {
	size := a.tree.Size()
	s := &State{
		Version: stateVersion, Key: a.result.Key, Checkpoint: string(a.result.Note),
		LastTime:   a.last,
		RecentFrom: a.recentFrom, Recent: format.AppendHashes(nil, a.recent),
	}
	if len(a.nodes) > 0 {
		s.Tiles = format.AppendHashes(nil, a.nodes[0])
	}
	if a.seen != nil {
		s.ObservedAt, s.ObservedSize = a.seen.ObservedAt, a.seen.ObservedSize
		s.LastTime = max(s.LastTime, a.seen.LastTime) // nothing may have been read
	}
	if a.Source.Live() {
		s.ObservedAt, s.ObservedSize = a.started.Unix(), size
	}
	a.result.Anchored = a.anchors.next
	switch {
	case a.Headers != nil:
		s.Anchored, s.LastAnchor = a.anchors.next, a.anchors.last
	case a.seen != nil && !a.Full:
		// What was not looked up is looked at again.
		s.Anchored, s.LastAnchor = a.seen.Anchored, a.seen.LastAnchor
	}
	a.result.State = s
}
