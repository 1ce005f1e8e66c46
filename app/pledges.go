package app

import (
	"context"
	"crypto/rand"

	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/coins/light"
	"cairn/chain/devnet"
	"cairn/lighthouse"
	"cairn/lighthouse/pledges"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// pledgeSecret is the purpose of what owners' and keepers' keys are made of. It
// must never change.
const pledgeSecret = "pledges"

// openPledges sets up what takes pledges in.
func (a *App) openPledges(context.Context) (err error) {
	a.coins = a.finder()
	cfg := pledges.Config{
		DB:        a.db,
		Campaigns: a.campaigns,
		Coins:     a.coins,
		Frozen:    a.campaigns.Changed,
		Secret:    a.secret.of(pledgeSecret),
		Rate:      a.claimRate,
		Rand:      rand.Reader,
		Now:       a.now,
		Log:       a.log.With("part", "pledges"),
	}
	if a.devnet != nil {
		cfg.Mempool = devnetPool{a.devnet}
	}
	a.pledges, err = pledges.New(cfg)
	return err
}

// finder looks strangers' coins up.
func (a *App) finder() coins.Finder {
	if a.devnet != nil {
		return coins.Devnet{Chain: a.devnet}
	}
	return coins.NewLimited(light.New(a.node.Conn()), a.source.Tip, a.now, coins.Limits{})
}

// keeper is the key that signs firm pledges of a campaign with their owners.
func (a *App) keeper(id lighthouse.ID) ([]byte, error) {
	return pledges.KeeperOf(a.secret.of(pledgeSecret)).PublicKey(id), nil
}

// claimRate is what claims are reckoned with; 0 while nobody knows.
func (a *App) claimRate() chain.FeeRate {
	if a.devnet != nil {
		return devnetRate
	}
	rate, err := a.rates.NextBlock()
	if err != nil {
		return 0 // pledges have a floor of their own
	}
	return rate
}

// runPledges has pages hear of pledges until ctx ends. Every process does.
func (a *App) runPledges(ctx context.Context) error { return a.pledges.Run(ctx) }

// followMempool has pledges follow what waits for a block, under the lease.
func (a *App) followMempool(ctx context.Context) error {
	return a.pledges.RunMempool(ctx, a.term.fence)
}

// devnetPool is what waits on the embedded chain.
type devnetPool struct{ chain *devnet.Chain }

// Waiting implements pledges.Mempool.
func (p devnetPool) Waiting() []chainhash.Hash { return p.chain.Mempool() }

// Transaction implements pledges.Mempool.
func (p devnetPool) Transaction(txid chainhash.Hash) (*wire.MsgTx, bool) {
	tx, err := p.chain.MempoolTx(txid)
	return tx, err == nil
}
