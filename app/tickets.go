package app

import (
	"context"
	"crypto/rand"
	"time"

	"cairn/channels/amount"
	"cairn/channels/tickets"
)

// openTickets sets up what sells tickets and takes them: nothing where stamping
// costs nothing.
func (a *App) openTickets() (err error) {
	if a.cfg.Prices.Ticket == 0 || a.cfg.Prices.Stamps == 0 {
		return nil
	}
	a.tickets, err = tickets.New(tickets.Config{
		DB:     a.db,
		Till:   a.till,
		Secret: a.secret.of("ticket-keys"),
		Price:  amount.MilliSatoshi(a.cfg.Prices.Ticket) * amount.PerSatoshi,
		Expiry: a.cfg.Till.Expiry,
		Rand:   rand.Reader,
		Now:    a.now,
		Log:    a.log.With("part", "tickets"),
	})
	return err
}

// pruneTickets forgets old tickets until ctx ends.
func (a *App) pruneTickets(ctx context.Context) error {
	return a.keepHouse(ctx, "tickets", 24*time.Hour, a.tickets.Prune)
}
