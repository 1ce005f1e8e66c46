package tlog

import (
	"sync"

	"cairn/notary/tlog/format"
)

// cacheLimit bounds each generation of the cache: together 4,096 tiles, at
// most 48 MB.
const cacheLimit = 2048

// tileCache keeps the tiles asked for lately. A tile never changes, so nothing
// is ever stale. When the young generation is full it becomes the old one, and
// what is found in the old one is young again.
type tileCache struct {
	mu         sync.RWMutex
	young, old map[format.Tile][]byte // guarded by mu
}

func (c *tileCache) get(t format.Tile) ([]byte, bool) {
	c.mu.RLock()
	raw, ok := c.young[t]
	if ok {
		c.mu.RUnlock()
		return raw, true
	}
	raw, ok = c.old[t]
	c.mu.RUnlock()
	if ok {
		c.put(t, raw)
	}
	return raw, ok
}

func (c *tileCache) put(t format.Tile, raw []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= cacheLimit {
		c.old, c.young = c.young, make(map[format.Tile][]byte)
	}
	c.young[t] = raw
}
