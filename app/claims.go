package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/refund"
)

// openClaims sets up what turns pledges into the transaction that pays, and
// what sends them home when it does not come to that.
func (a *App) openClaims(context.Context) (err error) {
	rates := &claimRates{estimate: a.feeWallet().EstimateRate, now: a.now}
	cfg := claim.Config{
		DB:        a.db,
		Campaigns: a.campaigns,
		Pledges:   a.pledges,
		Due:       a.dueClaims,
		Rate:      rates.get,
		Bumps:     a.claimBumps(),
		Epoch:     a.term.epoch,
		Fence:     a.term.fence,
		Sent:      a.sender.Wake,
		Now:       a.now,
		Log:       a.log.With("part", "claims"),
	}
	if a.devnet != nil {
		cfg.Mempool = a.devnet
	}
	if a.claims, err = claim.New(cfg); err != nil {
		return err
	}
	a.refunds, err = refund.New(refund.Config{
		DB:      a.db,
		Pledges: a.pledges,
		Epoch:   a.term.epoch,
		Fence:   a.term.fence,
		Sent:    a.sender.Wake,
		Now:     a.now,
		Log:     a.log.With("part", "refunds"),
	})
	return err
}

// dueClaims are the campaigns that are to be claimed by themselves and whose
// pledges, of all levels, cover the goal.
func (a *App) dueClaims(ctx context.Context) ([]claim.Due, error) {
	var rows []struct {
		ID      []byte
		Version int64
	}
	err := a.db.Read(ctx).Raw(`SELECT c.id, t.version FROM campaigns c
		JOIN campaign_terms r ON r.campaign = c.id AND r.revision = c.revision
		JOIN campaign_totals t ON t.campaign = c.id
		WHERE c.stage IN ('open', 'closed') AND NOT c.withdrawn AND r.by_itself AND c.deadline > ?
		AND t.confirmed + t.matched >= c.goal_sat`, a.follower.Tip().Height-lighthouse.RefundAfter).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for campaigns that have reached their goal: %w", db.Classify(err))
	}
	due := make([]claim.Due, len(rows))
	for i, r := range rows {
		due[i] = claim.Due{ID: lighthouse.ID(r.ID), Mark: r.Version}
		// What the claim takes is notarised first. It does not wait for that.
		if err := a.progress.NoteVersion(ctx, due[i].ID, r.Version); err != nil {
			a.log.Warn("pledges were not notarised before their claim", "campaign", due[i].ID.String(), "error", err)
		}
	}
	return due, nil
}

// claimRates remembers what the node says of fees, so that pages need not ask
// it each time.
type claimRates struct {
	estimate func(ctx context.Context, targetBlocks int32) (chain.FeeRate, error)
	now      func() time.Time

	mu   sync.Mutex
	rate chain.FeeRate // guarded by mu
	at   time.Time     // guarded by mu; zero before the first answer
}

const (
	// claimTarget is how many blocks a claim may take: nobody waits at a till.
	claimTarget = 3
	// claimRateFresh is how old an estimate may be, and claimRateTime how long the
	// node may take for a new one.
	claimRateFresh = 20 * time.Second
	claimRateTime  = 5 * time.Second
)

// get is the estimate.
func (r *claimRates) get(ctx context.Context) (chain.FeeRate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.IsZero() && r.now().Sub(r.at) < claimRateFresh {
		return r.rate, nil
	}
	ctx, cancel := context.WithTimeout(ctx, claimRateTime)
	defer cancel()
	rate, err := r.estimate(ctx, claimTarget)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", chain.ErrEngineDown, err)
	}
	r.rate, r.at = rate, r.now()
	return rate, nil
}
