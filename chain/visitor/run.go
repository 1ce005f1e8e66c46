package visitor

import (
	"context"
	"errors"
	"time"

	"cairn/app/db"
)

const (
	tidyEvery   = time.Hour
	resendPause = 5 * time.Second
)

// Run searches older blocks, sends transactions again and forgets wallets, until ctx
// ends, or the fence falls (db.ErrFenced). One process runs it. Everything else that
// fails is logged and tried again.
func (s *Service) Run(ctx context.Context) error {
	var tidied, searched time.Time
	for {
		now := s.cfg.Now()
		works := []func(context.Context) error{s.resend}
		if now.Sub(searched) >= s.cfg.SearchPause {
			works, searched = append(works, s.searchAll), now
		}
		if now.Sub(tidied) >= tidyEvery {
			works, tidied = append(works, s.forget), now
		}
		for _, work := range works {
			err := work(ctx)
			if errors.Is(err, db.ErrFenced) {
				return err
			}
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				s.cfg.Log.Warn("visitors' wallets have to wait", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.search:
		case <-time.After(resendPause):
		}
	}
}
