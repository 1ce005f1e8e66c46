package campaigns

import (
	"context"
	"sync"
	"time"

	"cairn/lighthouse"
)

const (
	// cacheLife is how long another process's change may stay unseen.
	cacheLife = time.Second
	// cacheRoom is how many campaigns are remembered.
	cacheRoom = 1000
)

// cache remembers campaigns for a moment, so that a page that many look at is
// read from the database once a second. Who asks while one is read waits for
// that reading.
type cache struct {
	load func(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error)

	mu      sync.Mutex
	entries map[lighthouse.ID]*entry // guarded by mu
}

// entry is a campaign that is read, or was.
type entry struct {
	read chan struct{} // closed when the rest is there
	at   time.Time     // by the process's own clock, which never jumps
	c    lighthouse.Campaign
	err  error
}

func (k *cache) start(load func(context.Context, lighthouse.ID) (lighthouse.Campaign, error)) {
	k.load, k.entries = load, make(map[lighthouse.ID]*entry)
}

func (k *cache) get(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error) {
	k.mu.Lock()
	e, ok := k.entries[id]
	// What began to be read a second ago may be as old as that.
	if !ok || time.Since(e.at) >= cacheLife {
		if len(k.entries) >= cacheRoom {
			clear(k.entries) // rare, and filled again at once
		}
		e = &entry{read: make(chan struct{}), at: time.Now()}
		k.entries[id] = e
		k.mu.Unlock()
		// It is read for others too, who did not go away.
		e.c, e.err = k.load(context.WithoutCancel(ctx), id)
		close(e.read)
		if e.err != nil {
			k.forget(id, e)
		}
		return e.c, e.err
	}
	k.mu.Unlock()
	select {
	case <-e.read:
		return e.c, e.err
	case <-ctx.Done():
		return lighthouse.Campaign{}, ctx.Err()
	}
}

// drop forgets a campaign, also one that is read just now: that may be the old
// state.
func (k *cache) drop(id lighthouse.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.entries, id)
}

// forget drops a campaign if it is still this reading of it.
func (k *cache) forget(id lighthouse.ID, e *entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.entries[id] == e {
		delete(k.entries, id)
	}
}
