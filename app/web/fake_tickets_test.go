package web

import (
	"crypto/rand"
	"time"

	"cairn/channels/amount"
	"cairn/channels/tickets"
)

// withTickets sells real tickets at a till.
func withTickets(d *Deps, till *fakeTill, now func() time.Time) *tickets.Service {
	s, err := tickets.New(tickets.Config{
		DB: till.db, Till: till.Service, Secret: [32]byte{3}, Price: 10 * amount.PerSatoshi, Expiry: 15 * time.Minute, Rand: rand.Reader, Now: now,
	})
	if err != nil {
		panic(err)
	}
	d.Tickets = s
	return s
}
