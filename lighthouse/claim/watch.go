package claim

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"
)

// hub wakes those who watch a claim. The zero value is ready.
type hub struct {
	mu       sync.Mutex
	watchers map[lighthouse.ID]map[chan struct{}]struct{} // guarded by mu
}

// Watch returns a channel that receives after the claim of a campaign may have
// changed, coalesced; cancel ends it. RunWatch tells of what other processes do.
func (s *Service) Watch(id lighthouse.ID) (changes <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	h := &s.hub
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

func (h *hub) tell(id lighthouse.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.watchers[id] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// watched lists the campaigns somebody watches.
func (h *hub) watched() [][]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([][]byte, 0, len(h.watchers))
	for id := range h.watchers {
		out = append(out, append([]byte{}, id[:]...))
	}
	return out
}

const (
	// watchEvery is how often the database is asked for news of what is watched.
	watchEvery = time.Second
	// watchBatch is how many campaigns one query asks for.
	watchBatch = 500
)

// RunWatch tells those who watch of changes made by blocks and by other
// processes, until ctx ends.
func (s *Service) RunWatch(ctx context.Context) {
	known := make(map[lighthouse.ID]news)
	for s.pause(ctx, watchEvery) == nil {
		if err := s.lookForNews(ctx, known); err != nil && ctx.Err() == nil {
			s.log.Debug("no news of claims", "error", err)
		}
	}
}

// news is what changes as a claim gets on.
type news struct {
	Campaign []byte
	Version  int64
	Sent     int64
}

func (s *Service) lookForNews(ctx context.Context, known map[lighthouse.ID]news) error {
	watched := s.hub.watched()
	now := make(map[lighthouse.ID]bool, len(watched))
	for len(watched) > 0 {
		n := min(watchBatch, len(watched))
		var rows []news
		err := s.db.Read(ctx).Raw(`SELECT c.campaign, c.version, coalesce(o.first_broadcast_at, 0) AS sent FROM claims c
			JOIN claim_attempts a ON a.campaign = c.campaign AND a.number = c.current
			LEFT JOIN outbox o ON o."key" = a.outbox_key WHERE c.campaign IN ?`, watched[:n]).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("look for news of claims: %w", db.Classify(err))
		}
		watched = watched[n:]
		for _, r := range rows {
			id := lighthouse.ID(r.Campaign)
			now[id] = true
			before, seen := known[id]
			if !seen || before.Version != r.Version || before.Sent != r.Sent {
				s.hub.tell(id) // the first time too: it may have changed before it was watched
			}
			known[id] = r
		}
	}
	for id := range known {
		if !now[id] {
			delete(known, id)
		}
	}
	return nil
}
