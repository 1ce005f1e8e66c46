package pledges

import (
	"context"
	"errors"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/lighthouse"

	"gorm.io/gorm"
)

const (
	// perCommit is how many pledges one transaction takes in.
	perCommit = 64
	// commitTime bounds one.
	commitTime = 30 * time.Second
	// readers is how many submissions are parsed at a time.
	readers = 4
)

// entry is a pledge on its way into the database.
type entry struct {
	offer *offer
	found coins.Found
	asOf  chain.BlockRef // the last block taken in before the coin was looked up

	done bool
	row  pledgeRecord
	err  error
}

// desk stores pledges, those that came together in one transaction: whoever
// comes first stores what waits beside his own. Each is durable when its call
// returns.
type desk struct {
	reading chan struct{}

	mu    sync.Mutex
	queue []*entry   // guarded by mu
	turn  sync.Mutex // held by who stores
}

// store puts an entry in and returns what became of it.
func (d *desk) store(ctx context.Context, s *Service, e *entry) (pledgeRecord, error) {
	d.mu.Lock()
	d.queue = append(d.queue, e)
	d.mu.Unlock()

	d.turn.Lock()
	defer d.turn.Unlock()
	for !e.done { // turn guards done, row and err of those that left the queue
		d.mu.Lock()
		n := min(len(d.queue), perCommit)
		batch := d.queue[:n:n]
		d.queue = d.queue[n:]
		d.mu.Unlock()
		s.storeAll(ctx, batch)
	}
	return e.row, e.err
}

// storeAll stores a batch in one transaction, each entry by its own right: that
// one is refused, or cannot be stored, keeps no other out.
func (s *Service) storeAll(ctx context.Context, batch []*entry) {
	err := errors.New("storing a pledge was broken off") // by a panic
	defer func() {
		for _, e := range batch {
			if e.done = true; err != nil {
				e.row, e.err = pledgeRecord{}, err
			}
		}
	}()
	err = s.storeOnce(ctx, batch)
	if err == nil || len(batch) == 1 || errors.As(err, new(db.ErrorKind)) || errors.Is(err, context.DeadlineExceeded) {
		return
	}
	err = nil
	for _, e := range batch {
		if alone := s.storeOnce(ctx, []*entry{e}); alone != nil {
			e.row, e.err = pledgeRecord{}, alone
		}
	}
}

func (s *Service) storeOnce(ctx context.Context, batch []*entry) error {
	// The entries are of many visitors; that one of them leaves stops none.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	var changed, frozen []lighthouse.ID
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		b := booking{s: s, tx: tx, campaigns: make(map[lighthouse.ID]*account)}
		for _, e := range batch {
			e.row, e.err = b.book(e)
			if e.err != nil && !refusal(e.err) {
				return e.err
			}
		}
		var err error
		changed, frozen, err = b.close()
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range frozen {
		s.cfg.Frozen(id)
	}
	s.hub.publish(changed...)
	return nil
}
