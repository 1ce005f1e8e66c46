package anchor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/merkle"

	"github.com/btcsuite/btcd/wire"
)

// LedgerConfig is what a Ledger needs to know. DB is required.
type LedgerConfig struct {
	DB *db.DB
	// Confirmations after which a proof is complete; 0 is 6.
	Confirmations int32
	// Interval is the least time between two anchors, for estimates.
	Interval time.Duration
	// BlockInterval is what the network aims at between blocks, for estimates;
	// 0 when blocks come on demand only, and nothing can be said.
	BlockInterval time.Duration
	// Headers correct BlockInterval by what is seen; nil for none.
	Headers interface {
		HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error)
	}
	Now func() time.Time
}

// Ledger reads what became of commitments, in any process on the database. It
// implements notary.Anchors and calendar.Anchors.
type Ledger struct {
	cfg     LedgerConfig
	anchors *lru[int64, *anchor]
	tiles   *lru[tileKey, *merkle.Tree]

	refreshing atomic.Bool

	mu       sync.Mutex
	spans    []span    // guarded by mu; ordered; 24 bytes for each anchor asked for
	seen     snapshot  // guarded by mu
	looked   time.Time // guarded by mu; when seen was read
	interval struct {  // guarded by mu
		at       chain.BlockRef
		estimate time.Duration
	}
}

type span struct{ first, last, id int64 }

type tileKey struct{ anchor, tile int64 }

const (
	// tilesLimit and anchorsLimit bound the caches, in bytes.
	tilesLimit   = 64 << 20
	anchorsLimit = 32 << 20
	tileCost     = 2 * merkle.TileLeaves * 32
	// fresh is how long a look at the state is good for.
	fresh = 200 * time.Millisecond
	// stale is how old a look may be while another is under way.
	stale = 5 * time.Second
	// yearly is how deep an anchor must be for its answers to be cached for a
	// year, whatever depth counts as complete.
	yearly = 6
)

// NewLedger reads from a migrated database.
func NewLedger(cfg LedgerConfig) *Ledger {
	if cfg.Confirmations <= 0 {
		cfg.Confirmations = 6
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Ledger{
		cfg:     cfg,
		anchors: newLRU[int64](anchorsLimit, func(a *anchor) int { return 2*a.tops.Len()*32 + 16384 }),
		tiles:   newLRU[tileKey](tilesLimit, func(*merkle.Tree) int { return tileCost }),
	}
}

// snapshot is the state all processes share.
type snapshot struct {
	mark
	paused string
	// lastSeq is the newest number that is under an anchor, and madeAt when
	// that anchor was made, in Unix seconds.
	lastSeq, madeAt int64
}

// mark moves when anything in the ledger does.
type mark struct {
	version int64
	// sentAt is when an unconfirmed anchor was last sent for the first time,
	// which only the outbox knows; Unix seconds.
	sentAt int64
	tip    chain.BlockRef
}

// look returns a recent snapshot. Of many callers one reads it anew, while the
// others make do with the last for a moment; when that is too old, because the
// database has not answered for long, each caller tries itself.
func (l *Ledger) look(ctx context.Context) (snapshot, error) {
	l.mu.Lock()
	s, age := l.seen, time.Since(l.looked)
	l.mu.Unlock()
	if age < fresh {
		return s, nil
	}
	if l.refreshing.CompareAndSwap(false, true) {
		defer l.refreshing.Store(false)
		return l.refresh(ctx)
	}
	if age < stale {
		return s, nil
	}
	return l.refresh(ctx)
}

// refresh reads the snapshot and keeps it, unless one that was begun later is
// kept already.
func (l *Ledger) refresh(ctx context.Context) (snapshot, error) {
	began := time.Now()
	tx := l.cfg.DB.Read(ctx)
	var s snapshot
	var row struct {
		Version, LastSeq, MadeAt, SentAt int64
		Paused                           string
	}
	err := tx.Raw(`SELECT s.version, s.paused,
		coalesce((SELECT max(last_seq) FROM anchors), 0) AS last_seq,
		coalesce((SELECT created_at FROM anchors ORDER BY id DESC LIMIT 1), 0) AS made_at,
		coalesce((SELECT max(o.first_broadcast_at) FROM anchors a JOIN anchor_attempts t ON t.anchor_id = a.id
			JOIN outbox o ON o."key" = t.outbox_key WHERE a.confirmed_by IS NULL), 0) AS sent_at
		FROM notary_state s WHERE s.id = 1`).Scan(&row).Error
	if err != nil {
		return s, fmt.Errorf("read the notary's state: %w", db.Classify(err))
	}
	s.version, s.sentAt, s.paused, s.lastSeq, s.madeAt = row.Version, row.SentAt, row.Paused, row.LastSeq, row.MadeAt
	s.tip, err = tipOf(tx)
	if err != nil {
		return s, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if began.After(l.looked) {
		l.seen, l.looked = s, began
	}
	return s, nil
}

// Mark implements notary.Anchors. It always looks anew, so that whoever is
// told of a change finds it.
func (l *Ledger) Mark(ctx context.Context) (notary.Mark, error) {
	s, err := l.refresh(ctx)
	if err != nil {
		return notary.Mark{}, err
	}
	// Versions stay far below 2^31, and sentAt moves by seconds: the sum
	// differs whenever one of them does, since neither goes back.
	return notary.Mark{Version: s.version<<32 + s.sentAt, Tip: s.tip}, nil
}

// Cover implements notary.Anchors.
func (l *Ledger) Cover(ctx context.Context, seq int64, commitment []byte) (notary.Cover, error) {
	c, ok := calendar.ParseCommitment(commitment)
	if !ok {
		return notary.Cover{}, fmt.Errorf("%x is no commitment", commitment)
	}
	s, err := l.look(ctx)
	if err != nil {
		return notary.Cover{}, err
	}
	if seq > s.lastSeq {
		return notary.Cover{Stage: notary.StageStored, ExpectedBy: l.expected(ctx, s, nil), Paused: s.paused}, nil
	}
	a, err := l.covering(ctx, seq)
	if err != nil {
		return notary.Cover{}, err
	}
	d, err := a.at(ctx, l, s)
	if err != nil {
		return notary.Cover{}, err
	}
	state := a.state(d, s, l.cfg.Confirmations)
	cover := notary.Cover{
		Stage:      stageOf(state),
		Anchor:     &state,
		ExpectedBy: l.expected(ctx, s, &state),
		Upstreams:  slices.Clone(d.upstreams),
		Complete:   state.Complete(),
	}
	if cover.Stage < notary.StageBroadcast {
		cover.Paused = s.paused
	}
	suffix := d.promised
	if cover.Complete {
		suffix = d.attested
	}
	if suffix != nil {
		cover.Body, err = l.body(ctx, a, seq, c, suffix)
	}
	return cover, err
}

// Timestamp implements calendar.Anchors. It is complete when our own anchor
// is: what the calendars of others promised before is in the files of Cover, as
// an answer here ends a client's questions.
func (l *Ledger) Timestamp(ctx context.Context, seq int64, c calendar.Commitment) (calendar.Progress, error) {
	s, err := l.look(ctx)
	if err != nil {
		return calendar.Progress{}, err
	}
	if seq > s.lastSeq {
		return calendar.Progress{ExpectedBy: l.expected(ctx, s, nil)}, nil
	}
	a, err := l.covering(ctx, seq)
	if err != nil {
		return calendar.Progress{}, err
	}
	d, err := a.at(ctx, l, s)
	if err != nil {
		return calendar.Progress{}, err
	}
	if d.Confirmed == nil {
		state := a.state(d, s, l.cfg.Confirmations)
		return calendar.Progress{ExpectedBy: l.expected(ctx, s, &state)}, nil
	}
	depth := s.tip.Height - *d.Confirmed.Height + 1
	if depth < l.cfg.Confirmations {
		state := a.state(d, s, l.cfg.Confirmations)
		return calendar.Progress{
			Txid:       hashOf(d.Confirmed.Txid).String(),
			Waiting:    l.cfg.Confirmations - max(depth, 0),
			ExpectedBy: l.expected(ctx, s, &state),
		}, nil
	}
	body, err := l.body(ctx, a, seq, c, d.attested)
	if err != nil {
		return calendar.Progress{}, err
	}
	return calendar.Progress{Body: body, Final: d.settled && depth >= yearly}, nil
}

// Tip implements calendar.Anchors.
func (l *Ledger) Tip(ctx context.Context) (tip [32]byte, ok bool, err error) {
	rows, err := unconfirmed(l.cfg.DB.Read(ctx))
	if err != nil || len(rows) == 0 {
		return tip, false, err
	}
	return rows[len(rows)-1].root(), true, nil
}

// Status implements notary.Anchors.
func (l *Ledger) Status(ctx context.Context) (notary.Status, error) {
	s, err := l.refresh(ctx)
	if err != nil {
		return notary.Status{}, err
	}
	tx := l.cfg.DB.Read(ctx)
	head, digests, err := calendar.Head(tx)
	if err != nil {
		return notary.Status{}, err
	}
	status := notary.Status{Pending: max(head-s.lastSeq, 0), Digests: digests, Paused: s.paused}
	waiting, err := unconfirmed(tx)
	if err != nil {
		return notary.Status{}, err
	}
	if len(waiting) > 0 {
		state, err := l.stateOf(ctx, waiting[len(waiting)-1].ID, s)
		if err != nil {
			return notary.Status{}, err
		}
		status.Unconfirmed, status.Tip = &state, state.Root[:]
	}
	var latest []anchorRecord
	err = tx.Select("id").Where("confirmed_by IS NOT NULL").Order("id DESC").Limit(1).Find(&latest).Error
	if err != nil {
		return notary.Status{}, fmt.Errorf("read latest anchor: %w", db.Classify(err))
	}
	if len(latest) > 0 {
		state, err := l.stateOf(ctx, latest[0].ID, s)
		if err != nil {
			return notary.Status{}, err
		}
		status.Latest = &state
	}
	return status, nil
}

// Recent implements notary.Anchors; at most 1,000.
func (l *Ledger) Recent(ctx context.Context, limit int) ([]notary.AnchorState, error) {
	s, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	var rows []anchorRecord
	err = l.cfg.DB.Read(ctx).Select("id").Order("id DESC").Limit(min(max(limit, 0), 1000)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list anchors: %w", db.Classify(err))
	}
	states := make([]notary.AnchorState, len(rows))
	for i, row := range rows {
		if states[i], err = l.stateOf(ctx, row.ID, s); err != nil {
			return nil, err
		}
	}
	return states, nil
}

func (l *Ledger) stateOf(ctx context.Context, id int64, s snapshot) (notary.AnchorState, error) {
	a, err := l.anchorByID(ctx, id)
	if err != nil {
		return notary.AnchorState{}, err
	}
	d, err := a.at(ctx, l, s)
	if err != nil {
		return notary.AnchorState{}, err
	}
	return a.state(d, s, l.cfg.Confirmations), nil
}

// errGap: the journal says that an entry is anchored and no anchor has it.
var errGap = errors.New("an anchored commitment has no anchor")

// covering is the anchor whose range holds seq.
func (l *Ledger) covering(ctx context.Context, seq int64) (*anchor, error) {
	if id, ok := l.spanOf(seq); ok {
		return l.anchorByID(ctx, id)
	}
	var rows []anchorRecord
	err := l.cfg.DB.Read(ctx).Where("first_seq <= ?", seq).Order("first_seq DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find anchor of commitment %d: %w", seq, db.Classify(err))
	}
	if len(rows) == 0 || rows[0].LastSeq < seq {
		return nil, fmt.Errorf("commitment %d: %w", seq, errGap)
	}
	return l.remember(rows[0])
}

func (l *Ledger) spanOf(seq int64) (id int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, exact := slices.BinarySearchFunc(l.spans, seq, func(s span, seq int64) int { return int(s.first - seq) })
	if !exact {
		i--
	}
	if i < 0 || l.spans[i].last < seq {
		return 0, false
	}
	return l.spans[i].id, true
}

func (l *Ledger) anchorByID(ctx context.Context, id int64) (*anchor, error) {
	if a, ok := l.anchors.get(id); ok {
		return a, nil
	}
	var row anchorRecord
	if err := l.cfg.DB.Read(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return nil, fmt.Errorf("read anchor %d: %w", id, db.Classify(err))
	}
	return l.remember(row)
}

func (l *Ledger) remember(row anchorRecord) (*anchor, error) {
	tops, err := merkle.ParseTops(row.Tops)
	if err != nil {
		return nil, fmt.Errorf("anchor %d: %w", row.ID, err)
	}
	l.mu.Lock()
	where := span{row.FirstSeq, row.LastSeq, row.ID}
	i, exact := slices.BinarySearchFunc(l.spans, where, func(s, t span) int { return int(s.first - t.first) })
	if !exact {
		l.spans = slices.Insert(l.spans, i, where)
	}
	l.mu.Unlock()
	return l.anchors.put(row.ID, &anchor{
		id: row.ID, first: row.FirstSeq, last: row.LastSeq, digests: row.Digests,
		root: row.root(), tops: tops, madeAt: time.Unix(row.CreatedAt, 0).UTC(),
	}), nil
}

// body is the serialised timestamp of a commitment: its way to the root, then
// suffix.
func (l *Ledger) body(ctx context.Context, a *anchor, seq int64, c calendar.Commitment, suffix []byte) ([]byte, error) {
	index := seq - a.first
	tile, err := l.tile(ctx, a, index/merkle.TileLeaves)
	if err != nil {
		return nil, err
	}
	var room [maxLevels]merkle.Step
	steps := tile.AppendPath(room[:0], int(index%merkle.TileLeaves))
	steps = a.tops.AppendPath(steps, int(index/merkle.TileLeaves))
	return appendBody(make([]byte, 0, 1+len(steps)*35+len(suffix)), steps, suffix), nil
}

// tile is the tree over 256 neighbours in the journal.
func (l *Ledger) tile(ctx context.Context, a *anchor, number int64) (*merkle.Tree, error) {
	key := tileKey{a.id, number}
	if tile, ok := l.tiles.get(key); ok {
		return tile, nil
	}
	first := a.first + number*merkle.TileLeaves
	last := min(first+merkle.TileLeaves-1, a.last)
	entries, err := calendar.Range(l.cfg.DB.Read(ctx), first, last, merkle.TileLeaves)
	if err != nil {
		return nil, err
	}
	if int64(len(entries)) != last-first+1 {
		return nil, fmt.Errorf("the journal lacks entries between %d and %d", first, last)
	}
	leaves := make([]merkle.Hash, len(entries))
	for i, e := range entries {
		leaves[i] = e.Commitment.Leaf()
	}
	return l.tiles.put(key, merkle.New(leaves)), nil
}
