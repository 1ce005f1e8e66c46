package tsa

import (
	"context"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/notary"

	"gorm.io/gorm"
)

const (
	// maxGroup is how many tokens one commit takes.
	maxGroup = 256
	// queueLimit is how many tokens wait for a commit before more are refused.
	queueLimit = 4096
	// commitPatience ends a commit whose database has stopped answering.
	commitPatience = 30 * time.Second
)

// writer stores tokens: whatever arrived during one commit goes into the next.
type writer struct {
	db    *db.DB
	queue chan *waiting
	ended chan struct{}

	mu     sync.RWMutex // orders closing after the last send on queue
	closed bool         // guarded by mu
}

// waiting is a token on its way to the disk.
type waiting struct {
	row  tokenRecord
	done chan error
}

func newWriter(d *db.DB) *writer {
	w := &writer{db: d, queue: make(chan *waiting, queueLimit), ended: make(chan struct{})}
	go w.run()
	return w
}

// close stores what waits and returns.
func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
}

// put returns nil when the row, or an earlier one for its imprint, is on disk.
// Errors: notary.ErrBusy, the database's, ctx's own.
func (w *writer) put(ctx context.Context, row tokenRecord) error {
	e := &waiting{row: row, done: make(chan error, 1)}
	if !w.enqueue(e) {
		return notary.ErrBusy
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) enqueue(e *waiting) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return false
	}
	select {
	case w.queue <- e:
		return true
	default:
		return false
	}
}

func (w *writer) run() {
	defer close(w.ended)
	for first := range w.queue {
		group := w.gather(first)
		rows := make([]tokenRecord, 0, len(group))
		seen := make(map[string]bool, len(group))
		for _, e := range group {
			if !seen[string(e.row.Imprint)] {
				seen[string(e.row.Imprint)] = true
				rows = append(rows, e.row)
			}
		}
		err := w.store(rows)
		for _, e := range group {
			e.done <- err
		}
	}
}

// gather takes what waits, without waiting.
func (w *writer) gather(first *waiting) []*waiting {
	group := []*waiting{first}
	for len(group) < maxGroup {
		select {
		case e, open := <-w.queue:
			if !open {
				return group
			}
			group = append(group, e)
		default:
			return group
		}
	}
	return group
}

func (w *writer) store(rows []tokenRecord) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitPatience)
	defer cancel()
	return w.db.Transact(ctx, func(tx *gorm.DB) error { return putTokens(tx, rows) })
}
