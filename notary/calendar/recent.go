package calendar

import "sync"

// recentLimit bounds each generation of recent: together 32,768 commitments,
// about 3 MB.
const recentLimit = 1 << 14

// recent remembers the numbers of commitments asked for lately. A number never
// changes and a commitment never goes away, so nothing is ever stale; clients
// ask for the same ones again and again until they are complete. Two
// generations make forgetting cheap: when the young one is full it becomes the
// old one, and what is found in the old one is young again.
type recent struct {
	mu         sync.Mutex
	young, old map[Commitment]int64 // guarded by mu
}

func (r *recent) get(c Commitment) (seq int64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seq, ok = r.young[c]; ok {
		return seq, true
	}
	if seq, ok = r.old[c]; ok {
		r.keep(c, seq)
	}
	return seq, ok
}

func (r *recent) put(c Commitment, seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(c, seq)
}

// keep adds to the young generation; r.mu is held.
func (r *recent) keep(c Commitment, seq int64) {
	if r.young == nil || len(r.young) >= recentLimit {
		r.old, r.young = r.young, make(map[Commitment]int64)
	}
	r.young[c] = seq
}
