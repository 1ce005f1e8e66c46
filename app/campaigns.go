package app

import (
	"context"
	"crypto/rand"

	"cairn/channels/bip321"
	"cairn/lighthouse/campaigns"
)

// openCampaigns sets up what creators write.
func (a *App) openCampaigns(context.Context) (err error) {
	a.campaigns, err = campaigns.New(campaigns.Config{
		DB:            a.db,
		Network:       a.cfg.Network,
		BlockInterval: a.blockInterval(),
		Unlink:        unlink,
		Keeper:        a.keeper,
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
