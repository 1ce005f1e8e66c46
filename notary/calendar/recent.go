package calendar

import "sync"

// Bounds of each of the two generations of what is remembered: together 32,768
// numbers of commitments, about 3 MB, and 8,192 receipts, about 10 MB.
const (
	recentNumbers  = 1 << 14
	recentReceipts = 1 << 12
)

// recent remembers answers that never change, as the number of a commitment or
// the first stamp of a digest, so that nothing is ever stale; clients ask for
// the same ones again and again until they are complete. Two generations make
// forgetting cheap: when the young one is full it becomes the old one, and what
// is found in the old one is young again.
type recent[K comparable, V any] struct {
	limit int // of a generation

	mu         sync.Mutex
	young, old map[K]V // guarded by mu
}

func (r *recent[K, V]) get(key K) (value V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if value, ok = r.young[key]; ok {
		return value, true
	}
	if value, ok = r.old[key]; ok {
		r.keep(key, value)
	}
	return value, ok
}

func (r *recent[K, V]) put(key K, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(key, value)
}

// keep adds to the young generation; r.mu is held.
func (r *recent[K, V]) keep(key K, value V) {
	if r.young == nil || len(r.young) >= r.limit {
		r.old, r.young = r.young, make(map[K]V)
	}
	r.young[key] = value
}
