package ledger

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/assets"
)

// hub wakes those who watch assets. The zero value is ready.
type hub struct {
	mu       sync.Mutex
	watchers map[assets.ID]map[chan struct{}]struct{} // guarded by mu
}

// Watch returns a channel that receives after something of an asset may have
// changed, coalesced, and a function that ends it. The zero ID watches all of
// them. Run must be running.
func (l *Ledger) Watch(id assets.ID) (<-chan struct{}, func()) {
	h := &l.hub
	ch := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = make(map[assets.ID]map[chan struct{}]struct{})
	}
	if h.watchers[id] == nil {
		h.watchers[id] = make(map[chan struct{}]struct{})
	}
	h.watchers[id][ch] = struct{}{}
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers[id], ch)
		if len(h.watchers[id]) == 0 {
			delete(h.watchers, id)
		}
	}
}

func (h *hub) ids() []assets.ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := make([]assets.ID, 0, len(h.watchers))
	for id := range h.watchers {
		ids = append(ids, id)
	}
	return ids
}

func (h *hub) wake(id assets.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.watchers[id] {
		select {
		case ch <- struct{}{}:
		default: // it has one waiting already
		}
	}
}

// mark is what an asset looked like.
type mark struct {
	last, waiting int64
	height        int32
}

// Run has those who watch hear of news, of this process and of others, until ctx
// ends.
func (l *Ledger) Run(ctx context.Context) error {
	tick := time.NewTicker(l.cfg.Poll)
	defer tick.Stop()
	var at int64 = -1
	marks := make(map[assets.ID]mark)
	failing := false
	for {
		changes, err := l.tell(ctx, at, marks)
		if err != nil && !failing && ctx.Err() == nil {
			l.cfg.Log.Warn("the ledger of assets cannot be looked at for news", "error", err)
		}
		if failing = err != nil; !failing {
			at = changes
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tell wakes those whose assets are not as they were.
func (l *Ledger) tell(ctx context.Context, before int64, marks map[assets.ID]mark) (int64, error) {
	state, err := readState(l.db.Read(ctx))
	if err != nil || state == nil {
		return before, err
	}
	ids := l.hub.ids()
	for id := range marks {
		if !slices.Contains(ids, id) {
			delete(marks, id)
		}
	}
	for _, id := range ids {
		old, known := marks[id]
		if known && state.Changes == before {
			continue
		}
		now := mark{last: state.Changes}
		if !id.IsZero() {
			if now, err = l.mark(ctx, id); err != nil {
				return before, err
			}
		}
		// Who has just begun to watch may have missed what happened before.
		if marks[id] = now; !known || now != old {
			l.hub.wake(id)
		}
	}
	return state.Changes, nil
}

func (l *Ledger) mark(ctx context.Context, id assets.ID) (m mark, err error) {
	read := l.db.Read(ctx)
	err = read.Raw(`SELECT COALESCE(MAX(a.last_tx), 0) AS last, COALESCE(MAX(t.height), 0) AS height
		FROM asset_ids a JOIN asset_txs t ON t.number = a.last_tx WHERE a.protocol = ? AND a.raw = ?`, id.Protocol, id.Raw()).
		Row().Scan(&m.last, &m.height)
	if err != nil {
		return mark{}, fmt.Errorf("look for news of an asset: %w", db.Classify(err))
	}
	err = read.Model(&pendingCoinRecord{}).Where("raw_id = ? AND protocol = ?", id.Raw(), id.Protocol).Count(&m.waiting).Error
	if err != nil {
		return mark{}, fmt.Errorf("look for news of an asset: %w", db.Classify(err))
	}
	return m, nil
}
