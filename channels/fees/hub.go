package fees

import "sync"

// hub wakes those who watch a quote. The zero value is ready.
type hub struct {
	mu       sync.Mutex
	watchers map[ID]map[chan struct{}]struct{} // guarded by mu
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

func (h *hub) publish(ids ...ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		for ch := range h.watchers[id] {
			wake(ch)
		}
	}
}

func (h *hub) publishAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
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
