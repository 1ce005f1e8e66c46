package app

import (
	"context"
	"errors"
	"time"

	"cairn/app/paywall"
	"cairn/channels/fees"
	"cairn/notary"

	"github.com/btcsuite/btcd/btcutil"
)

// openWall sets up what stands before the paid routes of the API.
func (a *App) openWall() (err error) {
	cfg := paywall.Config{
		Till: a.till, Secret: a.secret.of("paywall"), PublicURL: a.cfg.Web.PublicURL, Network: a.cfg.Network,
		Expiry: a.cfg.Till.Expiry, FreeStamps: a.cfg.Prices.FreeStamps, PerThousand: btcutil.Amount(a.cfg.Prices.Stamps), Now: a.now,
	}
	if a.tickets != nil {
		cfg.Tickets = a.tickets
	}
	if a.wall, err = paywall.New(cfg); err != nil {
		return err
	}
	a.sells(sale{what: paywall.Stamps, late: true, deliver: func(ctx context.Context, q fees.Quote) error {
		_, err := a.wall.OpenStamps(ctx, q)
		return err
	}})
	return nil
}

const (
	// undoneAfter is when units that were taken and are not done are looked
	// after: no request takes so long.
	undoneAfter = 15 * time.Minute
	mendPurses  = time.Minute
	mendAtOnce  = 100
)

// keepPurses settles units whose request died half way: had, if the batch they
// were taken for is there, and given back if not. The leader does it.
func (a *App) keepPurses(ctx context.Context) error {
	return a.keepHouse(ctx, "purses", mendPurses, a.settlePurses)
}

func (a *App) settlePurses(ctx context.Context) error {
	undone, err := a.till.Undone(ctx, a.now().Add(-undoneAfter), mendAtOnce)
	if err != nil {
		return err
	}
	for _, spent := range undone {
		_, err := a.notary.Batch(ctx, notary.BatchID(spent.Name[:]))
		switch {
		case err == nil:
			err = a.till.Done(ctx, fees.Spending{Quote: spent.Quote, Name: spent.Name})
		case errors.Is(err, notary.ErrUnknownBatch):
			err = a.till.GiveBack(ctx, spent.Quote, spent.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
