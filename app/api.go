package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"cairn/app/idempotency"
	"cairn/app/web"
)

const (
	// pruneEvery is how often answers kept for a day are looked through.
	pruneEvery = time.Hour
	// mendEvery is how long housekeeping waits for a database that fails.
	mendEvery = 15 * time.Second
)

// apiDeps is what the JSON API needs.
func (a *App) apiDeps() *web.APIDeps {
	return &web.APIDeps{Notary: a.notary, Keys: a.idempotencyKeys(), Wall: a.wall, Sponsor: a.sponsorDesk(), Crowdfunding: a.crowdfundingAPI(), Compose: a.composeDesk(), Receipts: a.receipts(), Ledger: a.colors, Shops: a.vouchers}
}

func (a *App) idempotencyKeys() *idempotency.Keys { return idempotency.New(a.db, a.now, rand.Reader) }

// tidyJournal keeps the index of batches small until ctx ends. A database that
// fails is waited for: digests are found all the same, only more slowly.
func (a *App) tidyJournal(ctx context.Context) error {
	return a.keepHouse(ctx, "index", mendEvery, a.journal.Tidy)
}

// pruneKeys forgets old answers until ctx ends.
func (a *App) pruneKeys(ctx context.Context) error {
	return a.keepHouse(ctx, "idempotency keys", pruneEvery, a.idempotencyKeys().Prune)
}

// keepHouse does a work again and again, and says once when it fails.
func (a *App) keepHouse(ctx context.Context, what string, every time.Duration, work func(context.Context) error) error {
	failing := false
	for {
		err := work(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			a.log.Warn("housekeeping fails and is tried again", slog.String("of", what), slog.Any("error", err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}
