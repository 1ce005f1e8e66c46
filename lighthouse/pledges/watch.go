package pledges

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"

	"gorm.io/gorm"
)

// hub wakes those who watch a campaign. The zero value is ready.
type hub struct {
	mu       sync.Mutex
	watchers map[lighthouse.ID]map[chan struct{}]struct{} // guarded by mu
	all      map[chan struct{}]struct{}                   // guarded by mu
	news     bool                                         // guarded by mu
}

// Watch returns a channel that receives after the pledges of a campaign may have
// changed, coalesced, and a function that ends it. Run must be running.
func (s *Service) Watch(id lighthouse.ID) (<-chan struct{}, func()) {
	h := &s.hub
	ch := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = make(map[lighthouse.ID]map[chan struct{}]struct{})
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

// Changes returns a channel that receives after the pledges of any campaign may
// have changed by this process or by a block, coalesced, and a function that
// ends it: for who claims.
func (s *Service) Changes() (<-chan struct{}, func()) {
	h := &s.hub
	ch := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = make(map[chan struct{}]struct{})
	}
	h.all[ch] = struct{}{}
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.all, ch)
	}
}

func (h *hub) publish(ids ...lighthouse.ID) {
	if len(ids) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.news = true
	for ch := range h.all {
		wake(ch)
	}
	for _, id := range ids {
		for ch := range h.watchers[id] {
			wake(ch)
		}
	}
}

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default: // it has one waiting already
	}
}

// stirred reports whether anything was published since it was asked last.
func (h *hub) stirred() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := h.news
	h.news = false
	return news
}

// watched lists the campaigns that somebody watches, and whether somebody wants
// to hear of all.
func (h *hub) watched() (ids [][]byte, all bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id := range h.watchers {
		ids = append(ids, append([]byte{}, id[:]...))
	}
	return ids, len(h.all) > 0
}

// Run tells those who watch what other processes, and blocks, have changed,
// until ctx ends. Every process runs it; it looks at the database, a version for
// each campaign that is watched, and at where the blocks are.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.Poll)
	defer tick.Stop()
	last := make(map[lighthouse.ID]int64)
	var mark mark
	failing := false
	for {
		err := s.tell(ctx, last, &mark)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Warn("pledges cannot be looked at for news", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// mark changes with every change of any pledge.
type mark struct {
	height  int32
	changes int64
}

// tell compares versions with those of the last look.
func (s *Service) tell(ctx context.Context, last map[lighthouse.ID]int64, before *mark) error {
	ids, all := s.hub.watched()
	tx := s.db.Read(ctx)
	now, err := markOf(tx)
	if err != nil {
		return err
	}
	blocks := now.height != before.height
	if now == *before {
		return nil
	}
	var changed []lighthouse.ID
	for start := 0; start < len(ids); start += lookup {
		var rows []totals
		err := tx.Select("campaign", "version").Where("campaign IN ?", ids[start:min(start+lookup, len(ids))]).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("look for news of pledges: %w", db.Classify(err))
		}
		for _, r := range rows {
			if id := lighthouse.ID(r.Campaign); last[id] != r.Version {
				last[id] = r.Version
				changed = append(changed, id)
			}
		}
	}
	*before = now
	if blocks { // "checked at block N" has changed for all
		changed = changed[:0]
		for _, id := range ids {
			changed = append(changed, lighthouse.ID(id))
		}
	}
	if len(changed) == 0 && all {
		changed = append(changed, lighthouse.ID{})
	}
	s.hub.publish(changed...)
	return nil
}

func markOf(tx *gorm.DB) (mark, error) {
	tip, err := tipOf(tx)
	if err != nil {
		return mark{}, err
	}
	m := mark{height: tip.Height}
	if err := tx.Raw("SELECT CAST(coalesce(sum(version), 0) AS BIGINT) FROM campaign_totals").Scan(&m.changes).Error; err != nil {
		return mark{}, fmt.Errorf("look for news of pledges: %w", db.Classify(err))
	}
	return m, nil
}
