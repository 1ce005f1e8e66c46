package app

import (
	"context"
	"fmt"

	"cairn/app/web"
	"cairn/chain"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
)

// creators are the pages of those who ask for money.
func (a *App) creators() *web.CreatorDeps {
	deps := &web.CreatorDeps{
		Campaigns: a.campaigns,
		Pledges:   a.pledges,
		Claims:    notedClaims{a.claims, a},
		Speed:     claimSpeed{a},
		Covers:    a.covers,
		Files:     files{a},
		Accounts:  a.campaigns,
		Reserve:   a.plannedReserve,
		Firm:      true,
		Wallet:    true,
	}
	if a.devnet != nil {
		deps.Time = passing{a}
		deps.Examples = a.exampleDesks
	}
	return deps
}

// plannedReserve is what the claim of a campaign costs at most, as campaigns
// reckon it whose goal says nothing yet: all pledges that one transaction can
// hold.
func (a *App) plannedReserve() btcutil.Amount {
	return campaigns.PlanningRate.Fee(contract.MaxWeight)
}

// passing lets time pass on the devnet.
type passing struct{ *App }

// stride is how many blocks are mined at a time: light clients follow one
// stride before the next begins.
const stride = 50

// Pass implements web.Time: it returns once the pages have taken the blocks in.
func (p passing) Pass(ctx context.Context, blocks int) (chain.BlockRef, error) {
	blocks = min(max(blocks, 1), web.MaxPass)
	tips, cancel := p.follower.Subscribe()
	defer cancel()
	var tip chain.BlockRef
	for blocks > 0 {
		refs, err := p.devnet.Mine(min(blocks, stride))
		if err != nil {
			return tip, fmt.Errorf("mine blocks of the sandbox: %w", err)
		}
		blocks -= len(refs)
		tip = refs[len(refs)-1]
		for p.follower.Tip().Height < tip.Height {
			select {
			case <-ctx.Done():
				return tip, ctx.Err()
			case <-tips:
			}
		}
	}
	return tip, nil
}
