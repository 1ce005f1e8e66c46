package anchor

import (
	"context"
	"fmt"
	"time"

	"cairn/notary/calendar"
	"cairn/notary/carrier"
	"cairn/notary/merkle"

	"gorm.io/gorm"
)

const (
	// maxLeaves is how many commitments one anchor takes. Each stands for up
	// to 4,096 digests; what is left goes into the next.
	maxLeaves = 1 << maxLevels
	// readAtOnce is how many commitments are read at a time.
	readAtOnce = 16 * merkle.TileLeaves
)

// reserve makes an anchor of what waits, when it is time to. Without one it
// says when to look again. The tree is built before the transaction: the
// journal below its head never changes.
func (l *Loop) reserve(ctx context.Context) (*anchorRecord, time.Duration, error) {
	tx := l.cfg.DB.Read(ctx)
	last, err := newest(tx)
	if err != nil {
		return nil, 0, err
	}
	head, _, err := calendar.Head(tx)
	if err != nil {
		return nil, 0, err
	}
	if head <= last.LastSeq {
		l.waiting = time.Time{}
		return nil, l.cfg.Poll, l.paused(ctx, nil)
	}
	if wait := l.early(last); wait > 0 {
		return nil, min(wait, l.cfg.Poll), nil
	}
	row, err := l.build(tx, last, min(head, last.LastSeq+maxLeaves))
	if err != nil {
		return nil, 0, err
	}
	if err := l.crash("before reserve"); err != nil {
		return nil, 0, err
	}
	err = l.carrier.Transact(ctx, func(tx *gorm.DB) error {
		now, err := newest(tx)
		if err != nil {
			return err
		}
		if now.ID != last.ID {
			return fmt.Errorf("anchor %d was made meanwhile", now.ID)
		}
		if err := tx.Create(row).Error; err != nil {
			return fmt.Errorf("store anchor %d: %w", row.ID, err)
		}
		return carrier.Moved(tx)
	})
	if err != nil {
		return nil, 0, err
	}
	l.waiting = time.Time{}
	l.cfg.Log.Info("anchor reserved", "anchor", row.ID, "commitments", row.LastSeq-row.FirstSeq+1, "digests", row.Digests)
	return row, 0, l.crash("reserved")
}

// early is how long to wait before the next anchor may be made.
func (l *Loop) early(last anchorRecord) time.Duration {
	now := l.cfg.Now()
	if l.waiting.IsZero() {
		l.waiting = now
	}
	due := l.waiting.Add(l.cfg.Debounce)
	if last.ID > 0 {
		if next := time.Unix(last.CreatedAt, 0).Add(l.cfg.Interval); next.After(due) {
			due = next
		}
	}
	// A clock that was set back must not stop anchoring for longer than an
	// interval.
	return min(due.Sub(now), l.cfg.Interval+l.cfg.Debounce)
}

// build makes the tree over the commitments that follow the last anchor.
func (l *Loop) build(tx *gorm.DB, last anchorRecord, end int64) (*anchorRecord, error) {
	row := &anchorRecord{
		ID: last.ID + 1, FirstSeq: last.LastSeq + 1, LastSeq: end, CreatedAt: l.cfg.Now().Unix(),
	}
	var builder merkle.Builder
	for next := row.FirstSeq; next <= end; {
		entries, err := calendar.Range(tx, next, end, readAtOnce)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Seq != next {
				return nil, fmt.Errorf("the journal lacks commitment %d", next)
			}
			builder.Add(e.Commitment.Leaf())
			row.Digests += e.Digests
			next++
		}
		if len(entries) == 0 {
			return nil, fmt.Errorf("the journal lacks commitment %d", next)
		}
	}
	tops := builder.Tops()
	root := tops.Root()
	row.Root, row.Tops = root[:], merkle.MarshalTops(tops)
	return row, nil
}
