package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cairn/app/control"
	"cairn/app/db"

	"golang.org/x/sync/errgroup"
)

// drainTime is how long requests under way may take to end at a shutdown.
const drainTime = 10 * time.Second

// leasesEvery is how often lnd's leases are brought in line with our books.
const leasesEvery = time.Minute

// ErrDeposed ends a process whose lease went to another: it must not go on
// with an engine of its own, so it stops and is started again as a stand-by.
var ErrDeposed = errors.New("another process leads now: this one stops, to be started again as a stand-by")

// Run serves until ctx ends, then lets requests finish, and returns nil; or it
// returns why it cannot go on. Close is still the caller's to call.
func (a *App) Run(ctx context.Context) error {
	// Background work outlives the requests that wait for it.
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	work, failing := errgroup.WithContext(background)
	work.Go(func() error { return a.lead(failing) })
	work.Go(func() error { return control.Serve(failing, a.controlSite, running{a}, a.log) })
	if a.metricsSite != nil {
		work.Go(func() error { return a.metrics.serve(failing, a.metricsSite, a.log) })
	}
	work.Go(func() error { return a.notary.Run(failing) })
	work.Go(func() error { return a.announce(failing) })
	work.Go(func() error { a.rates.Run(failing); return nil })
	work.Go(func() error { a.visitors.Look(failing); return nil })
	work.Go(func() error { a.claims.RunWatch(failing); return nil })
	work.Go(func() error { return a.runTill(failing) })
	work.Go(func() error { return a.runPledges(failing) })
	work.Go(func() error { a.payouts.Run(failing); return nil })
	work.Go(func() error { return a.colors.Run(failing) })
	work.Go(func() error { return a.sweepCovers(failing) })
	if a.payer != nil {
		work.Go(func() error { a.payer.Run(failing); return nil })
	}
	work.Go(func() error { return a.serveSite(ctx, failing, stopBackground) })
	if err := work.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// serveSite serves until ctx or failing ends, drains, and then stops the work
// behind it.
func (a *App) serveSite(ctx, failing context.Context, stopBackground func()) error {
	defer stopBackground()
	server := a.web.HTTP()
	server.Handler = a.metrics.instrument(server.Handler)
	served := make(chan error, 1)
	go func() { served <- server.Serve(a.site) }()
	select {
	case err := <-served:
		return fmt.Errorf("the site cannot be served: %w", err)
	case <-failing.Done():
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		a.log.Warn("some requests were cut off", "error", err)
		server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// lead waits to be the leader, then does what only one process may: follow
// the chain, broadcast, anchor, and keep the wallet supplied on the devnet.
func (a *App) lead(ctx context.Context) error {
	holder, err := a.holder()
	if err != nil {
		return err
	}
	lease, err := a.term.acquire(ctx, a.db, holder)
	if err != nil {
		return err
	}
	a.log.Info("leading", "replica", holder, "epoch", lease.Epoch())
	work, ctx := errgroup.WithContext(ctx)
	// The lease is given back only after the work under it has ended.
	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopKeeping()
	kept := make(chan error, 1)
	go func() { kept <- a.keepLease(keeping, lease, holder) }()
	work.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case err := <-kept:
			kept <- err
			return err
		}
	})
	work.Go(func() error { return a.follower.Run(ctx) })
	work.Go(func() error { return a.sender.Run(ctx) })
	work.Go(func() error { return a.anchors.Run(ctx, lease) })
	work.Go(func() error { return a.express.Run(ctx, lease) })
	work.Go(func() error { return a.upstreams.Run(ctx, lease) })
	work.Go(func() error { return a.sequencer.Run(ctx, lease) })
	work.Go(func() error { return a.vault.Run(ctx) })
	work.Go(func() error { return a.visitors.Run(ctx) })
	work.Go(func() error { return a.claims.Run(ctx) })
	work.Go(func() error { return a.refunds.Run(ctx) })
	work.Go(func() error { return a.vouchers.Run(ctx) })
	work.Go(func() error { return a.followMempool(ctx) })
	work.Go(func() error { return a.webhooks.Run(ctx) })
	work.Go(func() error { a.sponsor.Run(ctx); return nil })
	work.Go(func() error { return a.compose.Run(ctx) })
	work.Go(func() error { return a.abandonOrphans(ctx) })
	work.Go(func() error { a.campaigns.Run(ctx); return nil })
	work.Go(func() error { a.definitions.Run(ctx); return nil })
	if a.tickets != nil {
		work.Go(func() error { return a.pruneTickets(ctx) })
	}
	work.Go(func() error { return a.wakeAtBlocks(ctx) })
	work.Go(func() error { return a.keepLeases(ctx) })
	work.Go(func() error { return a.tidyJournal(ctx) })
	work.Go(func() error { return a.pruneKeys(ctx) })
	work.Go(func() error { return a.deliver(ctx) })
	work.Go(func() error { a.desk.Run(ctx); return nil })
	work.Go(func() error { return a.keepPurses(ctx) })
	work.Go(func() error { return a.stampAudit(ctx) })
	work.Go(func() error { a.progress.Run(ctx); return nil })
	work.Go(func() error { return a.backfillAssets(ctx) })
	work.Go(func() error { return a.protectAssets(ctx) })
	if a.devnet != nil {
		work.Go(func() error { return a.seeAssets(ctx) })
		work.Go(func() error { return a.supply(ctx) })
		work.Go(func() error { a.makeExamples(ctx); return nil })
	}
	err = work.Wait()
	stopKeeping()
	return errors.Join(err, <-kept)
}

// keepLease renews the lease until ctx ends. While the database does not take
// renewals (it is down, its disk is full) the work goes on as far as it can:
// every transaction of it is fenced, so nothing is done twice should another
// process lead by then. Once one does, the error is ErrDeposed.
func (a *App) keepLease(ctx context.Context, lease *db.Lease, holder string) error {
	for {
		err := db.Keep(ctx, lease, func() {})
		if err == nil {
			return nil
		}
		if errors.Is(err, db.ErrFenced) {
			return errors.Join(ErrDeposed, err)
		}
		a.log.Warn("the lease could not be renewed for too long; going on under its fence", "error", err)
		again, err := a.regain(ctx, lease, holder)
		if err != nil || again == nil {
			return err
		}
		lease = again
	}
}

// regain takes the lease again when the database answers: nil when ctx ended
// before, ErrDeposed when another has led in between.
func (a *App) regain(ctx context.Context, lost *db.Lease, holder string) (*db.Lease, error) {
	for {
		lease, err := a.db.Acquire(ctx, leaseName, holder, leaseLife)
		switch {
		case err == nil && lease.Epoch() == lost.Epoch():
			return lease, nil
		case err == nil, errors.Is(err, db.ErrLeaseHeld):
			return nil, errors.Join(ErrDeposed, err)
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(leaseLife / 5):
		}
	}
}

// wakeAtBlocks tells those who wait for blocks.
func (a *App) wakeAtBlocks(ctx context.Context) error {
	tips, cancel := a.follower.Subscribe()
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tips:
			a.anchors.Kick()
			a.express.Kick()
			a.claims.Kick()
			a.vouchers.Kick()
			a.sender.Wake()
		}
	}
}

// keepLeases holds the coins of transactions under way, and protected coins,
// from when the node answers first. One that will not start is asked all the
// same: somebody may mend it.
func (a *App) keepLeases(ctx context.Context) error {
	if err := a.node.WaitReady(ctx); err != nil && ctx.Err() == nil {
		a.log.Debug("leases wait for the node", "error", err)
	}
	a.wallet.KeepLeases(ctx, leasesEvery)
	return nil
}
