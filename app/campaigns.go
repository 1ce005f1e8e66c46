package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"cairn/chain/bip322"
	"cairn/channels/bip321"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/covers"
)

// openCampaigns sets up what creators write, and their pictures.
func (a *App) openCampaigns(context.Context) error {
	folder, err := covers.OpenFolder(a.folder.file("covers"), a.now)
	if err != nil {
		return err
	}
	a.covers = covers.New(covers.Config{Store: folder, Now: a.now, Log: a.log.With("part", "covers")})
	a.campaigns, err = campaigns.New(campaigns.Config{
		DB:            a.db,
		Network:       a.cfg.Network,
		BlockInterval: a.blockInterval(),
		Unlink:        unlink,
		Keeper:        a.keeper,
		Cover:         a.covers.Has,
		Backers:       provenBackers{a},
		Secret:        a.secret.of("campaigns"),
		Now:           a.now,
		Rand:          rand.Reader,
		Log:           a.log.With("part", "campaigns"),
	})
	return err
}

// unlink takes the address out of a payment link.
func unlink(link string) (string, error) {
	l, err := bip321.Parse(link)
	if err != nil {
		return "", err
	}
	if len(l.Addresses) == 0 {
		return "", bip321.ErrNothing
	}
	return l.Addresses[0], nil
}

// sweepEvery is how often pictures that nobody shows are thrown away.
const sweepEvery = 6 * time.Hour

// sweepCovers does it until ctx ends. Every process keeps pictures of its own.
func (a *App) sweepCovers(ctx context.Context) error {
	for {
		if err := a.covers.Sweep(ctx, a.campaigns.CoversUsed); err != nil && ctx.Err() == nil {
			a.log.Warn("pictures that nobody shows could not be thrown away", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(sweepEvery):
		}
	}
}

// provenBackers knows by their pledges who backs a campaign.
type provenBackers struct{ *App }

// Prove implements campaigns.Backers.
func (b provenBackers) Prove(ctx context.Context, id lighthouse.ID, pledge lighthouse.PledgeID, message, signature string) error {
	p, err := b.pledges.Get(ctx, pledge)
	if err := backs(id, p, err); err != nil {
		return err
	}
	if err := bip322.Verify(p.Coin.Script, message, signature); err != nil {
		return fmt.Errorf("%w: %w", campaigns.ErrNotBacker, err)
	}
	return nil
}

// Owns implements campaigns.Backers.
func (b provenBackers) Owns(ctx context.Context, id lighthouse.ID, key lighthouse.Key) error {
	p, err := b.pledges.ByKey(ctx, key)
	return backs(id, p, err)
}

// backs says that a pledge that was found counts for a campaign, or was claimed.
func backs(id lighthouse.ID, p lighthouse.Pledge, err error) error {
	switch {
	case errors.Is(err, lighthouse.ErrUnknownPledge), errors.Is(err, lighthouse.ErrNotYours):
		return fmt.Errorf("%w: %w", campaigns.ErrNotBacker, err)
	case err != nil:
		return err
	case p.Campaign != id:
		return fmt.Errorf("%w: the pledge is for another", campaigns.ErrNotBacker)
	case p.State != lighthouse.Confirmed && p.State != lighthouse.Taken:
		return fmt.Errorf("%w: its coin is %s", campaigns.ErrNotBacker, p.State)
	}
	return nil
}
