package app

import (
	"context"
	"errors"
	"time"

	"cairn/app/db"
	"cairn/assets/keeper"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// firstAssets is the height of the first block on mainnet with anything that a
// ledger reads (Open Assets, 5 May 2014).
const firstAssets = 299_220

// openAssetLedger sets up what knows the colored coins of the chain.
func (a *App) openAssetLedger(context.Context) error {
	cfg := ledger.Config{
		DB:      a.db,
		Network: a.cfg.Network,
		From:    a.assetsFrom(),
		Now:     a.now,
		Log:     a.log.With("part", "assets"),
	}
	if a.devnet != nil {
		cfg.Prevouts = devnetPrevouts{a.devnet}
	} else {
		cfg.Prevouts = watchedPrevouts{a.db}
	}
	a.colors = ledger.New(cfg)
	a.sieve = keeper.NewSieve(a.colors, func(ctx context.Context) (int32, error) {
		tip, err := a.node.Source().Tip(ctx)
		return tip.Height, err
	})
	return nil
}

// assetsFrom is the first block of the ledger. On mainnet that is long before the
// follower's, and worth it where a full node has the blocks; a light client would
// have to fetch hundreds of gigabytes from strangers.
func (a *App) assetsFrom() int32 {
	switch {
	case a.cfg.Assets.From >= 0:
		return a.cfg.Assets.From
	case a.devnet != nil:
		return 0
	case a.cfg.Network == chain.Mainnet && a.cfg.Node.Remote == "" && a.cfg.Node.Backend != "neutrino":
		return firstAssets
	}
	return -1
}

// backfillAssets has the ledger take in older blocks, under the lease.
func (a *App) backfillAssets(ctx context.Context) error {
	return a.colors.Backfill(ctx, a.source, a.term.fence)
}

// devnetPrevouts looks coins up in the embedded chain and its mempool.
type devnetPrevouts struct{ chain *devnet.Chain }

// Prevout implements engine.Prevouts.
func (d devnetPrevouts) Prevout(_ context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	tx, err := d.chain.Tx(at.Hash)
	if errors.Is(err, devnet.ErrNoTx) {
		return engine.Prevout{}, false, nil
	}
	if err != nil {
		return engine.Prevout{}, false, err
	}
	p, is := engine.PrevoutOf(tx.Msg, at.Index)
	return p, is, nil
}

// watchedPrevouts knows the coins of visitors that blocks were seen to make. No
// light client can look up any others.
type watchedPrevouts struct{ db *db.DB }

// Prevout implements engine.Prevouts.
func (w watchedPrevouts) Prevout(ctx context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	coin, err := follow.CoinAt(w.db.Read(ctx), at)
	if errors.Is(err, follow.ErrNoCoin) || err == nil && coin.Created == (chain.BlockRef{}) {
		return engine.Prevout{}, false, nil
	}
	if err != nil {
		return engine.Prevout{}, false, err
	}
	return engine.Prevout{Out: wire.NewTxOut(int64(coin.Value), coin.Script)}, true, nil
}

const (
	mempoolLook = 500 * time.Millisecond
	// lostAfter is how long a transaction that is not in the mempool is still
	// waited for: it may be held back on purpose, to be sent later.
	lostAfter = 15 * time.Minute
)

// seeAssets has the ledger know the colored coins of the embedded chain's
// mempool, under the lease, until ctx ends.
func (a *App) seeAssets(ctx context.Context) error {
	seen := make(map[chainhash.Hash]bool)
	var tidied time.Time
	tick := time.NewTicker(mempoolLook)
	defer tick.Stop()
	for {
		waits := make(map[chainhash.Hash]bool)
		for _, id := range a.devnet.Mempool() {
			waits[id] = true
			if seen[id] {
				continue
			}
			if tx, err := a.devnet.MempoolTx(id); err == nil && !a.seeAsset(ctx, tx) {
				delete(waits, id) // to be tried again
			}
		}
		seen = waits
		if now := a.now(); now.Sub(tidied) > time.Minute {
			tidied = now
			if err := a.forgetLost(ctx, now); err != nil && ctx.Err() == nil {
				a.log.Warn("waiting assets cannot be looked through", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// seeAsset reports whether the ledger has made up its mind about a transaction.
func (a *App) seeAsset(ctx context.Context, tx *wire.MsgTx) bool {
	err := a.colors.See(ctx, tx)
	if err == nil || errors.Is(err, ledger.ErrSpent) || errors.Is(err, ledger.ErrFull) {
		return true
	}
	if ctx.Err() == nil {
		a.log.Warn("a waiting transaction cannot be looked at for assets", "txid", tx.TxHash(), "error", err)
	}
	return false
}

// forgetLost has the ledger wait no more for what the mempool has long lost.
func (a *App) forgetLost(ctx context.Context, now time.Time) error {
	ids, err := a.colors.WaitingSince(ctx, now.Add(-lostAfter))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if a.devnet.InMempool(id) {
			continue
		}
		if err := a.colors.Forget(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
