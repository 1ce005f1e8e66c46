package anchor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/carrier"
	"cairn/notary/merkle"
	"cairn/notary/ots"

	"gorm.io/gorm"
)

// anchor is what never changes of an anchor, and the last look at the rest.
type anchor struct {
	id, first, last, digests int64
	root                     [32]byte
	tops                     *merkle.Tree
	madeAt                   time.Time

	mu     sync.Mutex
	detail *detail // guarded by mu
}

// detail is what became of an anchor as of a mark. It is not changed once made.
type detail struct {
	version, sentAt int64
	carrier.Standing
	upstreams []notary.Upstream
	// attested continues from the root to the block, promised to the calendars
	// of others while there is no block; nil when there is no such way.
	attested, promised []byte
	// settled: nothing but a reorg will change the proofs any more.
	settled bool
}

// at is the detail as of the snapshot. It is read again when anything moved,
// though a settled one is not: a reorg moves the version of all, and then the
// depth says when a settled one may be undone.
func (a *anchor) at(ctx context.Context, l *Ledger, s snapshot) (*detail, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.detail; d != nil && (d.version == s.version && d.sentAt == s.sentAt || d.buried(s.tip)) {
		return d, nil
	}
	d, err := readDetail(l.cfg.DB.Read(ctx), a)
	if err != nil {
		return nil, err
	}
	d.version, d.sentAt = s.version, s.sentAt
	a.detail = d
	return d, nil
}

// buried: settled below any reorg that the follower undoes.
func (d *detail) buried(tip chain.BlockRef) bool {
	return d.settled && d.Confirmed != nil && tip.Height-*d.Confirmed.Height > follow.DefaultMaxReorg
}

func readDetail(tx *gorm.DB, a *anchor) (*detail, error) {
	var row anchorRecord
	if err := tx.Select("id", "confirmed_by").Where("id = ?", a.id).Take(&row).Error; err != nil {
		return nil, fmt.Errorf("read anchor %d: %w", a.id, db.Classify(err))
	}
	standing, err := book.StandingOf(tx, a.id, row.ConfirmedBy)
	if err != nil {
		return nil, err
	}
	d := &detail{Standing: standing}
	var stamps []upstreamRecord
	if err := tx.Where("anchor_id = ?", a.id).Order("url").Find(&stamps).Error; err != nil {
		return nil, fmt.Errorf("read upstream stamps of anchor %d: %w", a.id, db.Classify(err))
	}
	return d, d.join(a.root, stamps)
}

// join makes the ways on from the root.
func (d *detail) join(root [32]byte, stamps []upstreamRecord) error {
	d.settled = d.Confirmed != nil
	promised := make([]*ots.Timestamp, 0, len(stamps))
	for _, stamp := range stamps {
		d.upstreams = append(d.upstreams, notary.Upstream{URL: stamp.URL, Complete: stamp.Complete})
		d.settled = d.settled && stamp.Complete
		t, err := ots.Parse(root[:], stamp.Stamp)
		if err != nil {
			return fmt.Errorf("stamp of %s: %w", stamp.URL, err)
		}
		promised = append(promised, t)
	}
	var err error
	if d.promised, err = mergeWithin(nil, promised); err != nil {
		return err
	}
	if d.Confirmed == nil {
		return nil
	}
	own, err := ots.Parse(root[:], d.Confirmed.Path)
	if err != nil {
		return fmt.Errorf("path of attempt %s: %w", d.Confirmed.OutboxKey, err)
	}
	d.attested, err = mergeWithin(own, promised)
	return err
}

const (
	// maxLevels is the depth of the highest tree of commitments (maxLeaves).
	maxLevels = 20
	// maxSuffix keeps a whole answer, with its way of at most 20 levels to the
	// root, below the 10,000 bytes that clients read.
	maxSuffix = 10_000 - 1 - maxLevels*35 - 1
	// maxSuffixDepth keeps a whole file below the 256 that parsers take: 28
	// steps from the digest to the commitment, 41 to the root, and room for a
	// client's own tree before them.
	maxSuffixDepth = 128
)

// mergeWithin merges the stamps of others into own one by one, leaving out
// those with which a proof would grow beyond what clients read. nil when
// nothing is left.
func mergeWithin(own *ots.Timestamp, others []*ots.Timestamp) ([]byte, error) {
	var written []byte
	var err error
	if own != nil {
		if written, err = own.AppendBinary(nil); err != nil {
			return nil, err
		}
	}
	for _, other := range others {
		merged := other.Clone()
		if own != nil {
			if err := merged.Merge(own); err != nil {
				return nil, err
			}
		}
		raw, err := merged.AppendBinary(nil)
		if err != nil || len(raw) > maxSuffix || depthOf(merged) > maxSuffixDepth {
			continue
		}
		own, written = merged, raw
	}
	return written, nil
}

func depthOf(t *ots.Timestamp) (depth int) {
	t.Walk(func(way []ots.Branch, _ *ots.Timestamp, _ ots.Attestation) bool {
		depth = max(depth, len(way))
		return true
	})
	return depth
}

// appendBody writes the way of a commitment: its leaf is its SHA-256.
func appendBody(dst []byte, steps []merkle.Step, suffix []byte) []byte {
	dst = ots.AppendOp(dst, ots.SHA256())
	return append(calendar.AppendSteps(dst, steps), suffix...)
}

// state says how far the anchor is for people.
func (a *anchor) state(d *detail, s snapshot, needed int32) notary.AnchorState {
	state := notary.AnchorState{
		ID: a.id, Root: a.root, Commitments: a.last - a.first + 1, Digests: a.digests,
		FirstSeq: a.first, LastSeq: a.last, Needed: needed,
	}
	d.Describe(&state, s.tip)
	return state
}

func stageOf(a notary.AnchorState) notary.Stage {
	switch {
	case a.Complete():
		return notary.StageComplete
	case a.Confirmations > 0:
		return notary.StageConfirming
	case !a.BroadcastAt.IsZero():
		return notary.StageBroadcast
	}
	return notary.StageInTree
}

// tipOf is the last block followed; the zero value before the first.
func tipOf(tx *gorm.DB) (chain.BlockRef, error) {
	tip, err := follow.Cursor(tx)
	if errors.Is(err, chain.ErrNoBlock) {
		return chain.BlockRef{}, nil
	}
	return tip, err
}
