package voucher

import "sync"

// hub wakes those who watch a shop. The zero value is ready.
type hub struct {
	mu       sync.Mutex
	watchers map[ShopID]map[chan struct{}]struct{} // guarded by mu
}

// Watch returns a channel that receives after something of a shop has changed
// in this process, coalesced; cancel ends it.
func (s *Service) Watch(id ShopID) (changes <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	h := &s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = make(map[ShopID]map[chan struct{}]struct{})
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

func (h *hub) tell(id ShopID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.watchers[id] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
