package fees

import (
	"context"
	"sync"
	"time"

	"cairn/channels/invoice"

	"gorm.io/gorm"
)

// Run keeps quotes up to date until ctx ends: it listens for settlements from
// where it left off, looks open invoices up at the start and every minute, and
// sweeps. Several processes may run it; the effects are the same.
func (s *Service) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	if s.cfg.Invoices != nil {
		all.Go(func() { s.listen(ctx) })
		all.Go(func() { s.every(ctx, s.cfg.SettlePoll, "invoices not looked up", s.Reconcile) })
	}
	if s.cfg.Tips != nil {
		all.Go(func() { s.wakeOnTips(ctx) })
	}
	all.Go(func() { s.every(ctx, s.cfg.SweepEvery, "quotes not swept", s.Sweep) })
	all.Go(func() { s.every(ctx, tidyEvery, "quotes not tidied", s.Tidy) })
}

// tidyEvery is how often Run tidies.
const tidyEvery = 10 * time.Minute

// every calls fn now and then every d; a failure is logged once until it
// succeeds again.
func (s *Service) every(ctx context.Context, d time.Duration, failure string, fn func(context.Context) error) {
	ticker := time.NewTicker(d)
	defer ticker.Stop()
	failing := false
	for {
		err := fn(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			s.log.Warn(failure, "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Pauses between tries while the node is down.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// listen takes in settlements as they come.
func (s *Service) listen(ctx context.Context) {
	pause, said := firstPause, false
	for ctx.Err() == nil {
		err := s.settlements(ctx, func() { pause, said = firstPause, false })
		if ctx.Err() != nil {
			return
		}
		if pause == lastPause && !said { // nodes take their time to start
			said = true
			s.log.Warn("not listening for payments", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

func (s *Service) settlements(ctx context.Context, heard func()) error {
	c, err := readCursor(s.db.Read(ctx))
	if err != nil {
		return err
	}
	return s.cfg.Invoices.Settled(ctx, uint64(c.SettleIndex), func(st invoice.Settlement) error {
		heard()
		if err := s.Settle(ctx, st); err != nil {
			return err
		}
		return s.db.Transact(ctx, func(tx *gorm.DB) error {
			return tx.Model(&cursorRecord{}).Where("id = 1 AND settle_index < ?", int64(st.Index)).
				Update("settle_index", int64(st.Index)).Error
		})
	})
}

func (s *Service) wakeOnTips(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-s.cfg.Tips:
			if !ok {
				return
			}
			s.hub.publishAll()
		}
	}
}
