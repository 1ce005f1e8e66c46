package app

import (
	"context"
	"crypto/rand"

	"cairn/notary/tlog"
)

// openLog sets up the public log of the calendar's commitments.
func (a *App) openLog(ctx context.Context) error {
	origin, err := tlog.OriginOf(a.cfg.Web.PublicURL)
	if err != nil {
		return err
	}
	a.publicLog, err = tlog.Open(ctx, tlog.Config{
		DB: a.db, Origin: origin, Digests: a.calendar, Commitments: a.journal, Anchors: a.ledger,
		Rand: rand.Reader, Now: a.now, Log: a.log.With("part", "tlog"),
	})
	if err != nil {
		return err
	}
	a.sequencer = a.publicLog.Sequencer()
	return nil
}

// committed tells those who wait for commitments that there are new ones.
func (a *App) committed() {
	a.anchors.Kick()
	a.sequencer.Kick()
}
