package notary

import (
	"context"
	"errors"
	"time"
)

// Watch returns a channel that receives after something has moved, coalesced,
// and a function that ends it. Whoever receives reads his proof again. Run must
// be running.
func (s *Service) Watch() (<-chan struct{}, func()) {
	moved := make(chan struct{}, 1)
	s.mu.Lock()
	s.watchers[moved] = struct{}{}
	s.mu.Unlock()
	return moved, func() {
		s.mu.Lock()
		delete(s.watchers, moved)
		s.mu.Unlock()
	}
}

// Run tells the watchers what happens until ctx ends. It looks at the database
// and not at this process, because another one may do the anchoring.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.Poll)
	defer tick.Stop()
	var last Mark
	var failing bool
	for {
		mark, err := s.mark(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.cfg.Log.Error("the notary cannot look for news", "error", err)
		}
		failing = err != nil
		if err == nil && mark != last {
			last = mark
			s.tell()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Service) mark(ctx context.Context) (Mark, error) {
	mark, err := s.cfg.Anchors.Mark(ctx)
	if err != nil || s.cfg.Owns == nil {
		return mark, err
	}
	mark.News, err = s.cfg.Owns.News(ctx)
	return mark, err
}

func (s *Service) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for watcher := range s.watchers {
		select {
		case watcher <- struct{}{}:
		default: // it has not read the last one yet
		}
	}
}

func isUnknown(err error) bool {
	return errors.Is(err, ErrUnknownDigest) || errors.Is(err, ErrUnknownBatch)
}
