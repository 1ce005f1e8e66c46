// Package keeper keeps the node's own wallet from destroying units: when somebody
// sends colored coins to one of its addresses, they are protected, so that no
// payment of the node spends them.
package keeper

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// Reason is why the coins are protected, and how they are told from those that
// others protect.
const Reason = "it holds units of an asset"

const (
	// every is how often is looked without news: the node may see a coin later than
	// the ledger does.
	every = 20 * time.Second
	// settled is for how long a coin has to be known as uncolored before it is
	// let go: a reorganisation takes colors away for a moment.
	settled = 10 * time.Minute
	// atOnce is how many coins the ledger is asked about at a time.
	atOnce = 500
)

// Coin is an unspent coin of the wallet.
type Coin struct {
	wire.OutPoint
	// Reason is why it is protected; empty for one that is not.
	Reason string
}

// Wallet is the node's; app joins chain/wallet.
type Wallet interface {
	ListCoins(ctx context.Context) ([]Coin, error)
	// Protect gives chain.ErrProtected for a coin that a payment spends already.
	Protect(ctx context.Context, reason string, coins ...wire.OutPoint) error
	Unprotect(ctx context.Context, coins ...wire.OutPoint) error
}

// Ledger says which coins are colored; *ledger.Ledger is one.
type Ledger interface {
	Holdings(ctx context.Context, at ...wire.OutPoint) ([]ledger.Coin, error)
	Watch(id assets.ID) (<-chan struct{}, func())
}

// Keeper protects coins. One runs, under the lease.
type Keeper struct {
	ledger Ledger
	wallet Wallet
	now    func() time.Time
	log    *slog.Logger
	// plain is since when protected coins are known as uncolored.
	plain map[wire.OutPoint]time.Time
	// warned are coins that could not be protected.
	warned map[wire.OutPoint]bool
}

// New makes a keeper.
func New(l Ledger, w Wallet, now func() time.Time, log *slog.Logger) *Keeper {
	return &Keeper{ledger: l, wallet: w, now: now, log: log, plain: map[wire.OutPoint]time.Time{}, warned: map[wire.OutPoint]bool{}}
}

// Run looks whenever something of any asset changed, and from time to time, until
// ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	news, stop := k.ledger.Watch(assets.ID{})
	defer stop()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := k.Check(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, chain.ErrEngineDown) {
			k.log.Warn("the wallet's coins cannot be looked through for assets", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-tick.C:
		}
	}
}

// Check protects the wallet's colored coins, and lets those go that have been
// uncolored for long. Doing it twice changes nothing.
func (k *Keeper) Check(ctx context.Context) error {
	coins, err := k.wallet.ListCoins(ctx)
	if err != nil {
		return err
	}
	colored, err := k.colored(ctx, coins)
	if err != nil {
		return err
	}
	plain, warned := map[wire.OutPoint]time.Time{}, map[wire.OutPoint]bool{}
	for _, c := range coins {
		switch {
		case colored[c.OutPoint] && c.Reason == "":
			held, err := k.protect(ctx, c.OutPoint)
			if err != nil {
				return err
			}
			if !held {
				warned[c.OutPoint] = true
			}
		case !colored[c.OutPoint] && c.Reason == Reason:
			kept, err := k.letGo(ctx, c.OutPoint)
			if err != nil {
				return err
			}
			if !kept.IsZero() {
				plain[c.OutPoint] = kept
			}
		}
	}
	k.plain, k.warned = plain, warned
	return nil
}

// colored asks the ledger about the wallet's coins.
func (k *Keeper) colored(ctx context.Context, coins []Coin) (map[wire.OutPoint]bool, error) {
	out := map[wire.OutPoint]bool{}
	for len(coins) > 0 {
		n := min(len(coins), atOnce)
		at := make([]wire.OutPoint, n)
		for i, c := range coins[:n] {
			at[i] = c.OutPoint
		}
		held, err := k.ledger.Holdings(ctx, at...)
		if err != nil {
			return nil, err
		}
		for _, c := range held {
			out[c.OutPoint] = true
		}
		coins = coins[n:]
	}
	return out, nil
}

// protect reports whether the coin is protected now. One that a payment of the
// node spends already is lost when that payment goes through; the log says so once.
func (k *Keeper) protect(ctx context.Context, at wire.OutPoint) (bool, error) {
	err := k.wallet.Protect(ctx, Reason, at)
	if errors.Is(err, chain.ErrProtected) {
		if !k.warned[at] {
			k.log.Error("a payment of the node spends a coin that holds units", "coin", at.String())
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	k.log.Info("a coin of the node holds units and is protected", "coin", at.String())
	return true, nil
}

// letGo unprotects a coin that has been uncolored for long enough; until then it
// says since when.
func (k *Keeper) letGo(ctx context.Context, at wire.OutPoint) (since time.Time, err error) {
	since, known := k.plain[at]
	if !known {
		return k.now(), nil
	}
	if k.now().Sub(since) < settled {
		return since, nil
	}
	if err := k.wallet.Unprotect(ctx, at); err != nil {
		return since, err
	}
	k.log.Info("a coin of the node holds no units any more", "coin", at.String())
	return time.Time{}, nil
}
