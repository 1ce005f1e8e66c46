package anchor

import (
	"container/list"
	"sync"
)

// lru keeps the most recently used values up to a total cost.
type lru[K comparable, V any] struct {
	limit int
	cost  func(V) int

	mu    sync.Mutex
	order *list.List          // guarded by mu; front is newest
	items map[K]*list.Element // guarded by mu
	spent int                 // guarded by mu
}

type lruItem[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](limit int, cost func(V) int) *lru[K, V] {
	return &lru[K, V]{limit: limit, cost: cost, order: list.New(), items: make(map[K]*list.Element)}
}

func (c *lru[K, V]) get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.items[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(element)
	return element.Value.(lruItem[K, V]).value, true
}

// put adds a value unless the key has one, and returns the one that is kept.
func (c *lru[K, V]) put(key K, value V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.items[key]; ok {
		c.order.MoveToFront(element)
		return element.Value.(lruItem[K, V]).value
	}
	c.items[key] = c.order.PushFront(lruItem[K, V]{key, value})
	c.spent += c.cost(value)
	for c.spent > c.limit && c.order.Len() > 1 {
		oldest := c.order.Remove(c.order.Back()).(lruItem[K, V])
		delete(c.items, oldest.key)
		c.spent -= c.cost(oldest.value)
	}
	return value
}
