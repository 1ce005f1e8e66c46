package fees

import "sync"

// hub wakes those who watch a quote. The zero value is ready.
type hub struct {
	mu       sync.Mutex
	watchers map[ID]map[chan struct{}]struct{} // guarded by mu
	all      map[chan struct{}]struct{}        // guarded by mu
}

// Watch returns a channel that receives after a quote may have changed,
// coalesced, and a function that ends it. Changes made by another process are
// not noticed before the next block; pages also look every few seconds.
func (s *Service) Watch(id ID) (<-chan struct{}, func()) {
	h := &s.hub
	ch := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = make(map[ID]map[chan struct{}]struct{})
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

// Changes returns a channel that receives after any quote may have changed,
// coalesced, and a function that ends it: for those who deliver what was paid.
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

// Changed tells those who watch a quote that it may have changed: for whoever
// uses quotes in a transaction of his own (UseIn), after it.
func (s *Service) Changed(ids ...ID) { s.hub.publish(ids...) }

func (h *hub) publish(ids ...ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(ids) > 0 {
		for ch := range h.all {
			wake(ch)
		}
	}
	for _, id := range ids {
		for ch := range h.watchers[id] {
			wake(ch)
		}
	}
}

func (h *hub) publishAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.all {
		wake(ch)
	}
	for _, watchers := range h.watchers {
		for ch := range watchers {
			wake(ch)
		}
	}
}

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
