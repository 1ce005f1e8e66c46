package app

import (
	"context"
	"crypto/rand"

	"cairn/channels/payout"
)

// openPayout sets up what gives credit back over Lightning.
func (a *App) openPayout(context.Context) (err error) {
	a.payouts, err = payout.New(payout.Config{
		DB: a.db, Node: a.lightning, Till: a.till, Rand: rand.Reader, Now: a.now, Log: a.log.With("part", "payout"),
	})
	return err
}
