package app

import (
	"context"

	"cairn/app/audit"
	"cairn/app/web"
	"cairn/chain"
	"cairn/channels/desk"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// openDesk sets up what carries out the operator's orders to his node.
func (a *App) openDesk(context.Context) (err error) {
	a.desk, err = desk.New(desk.Config{
		DB: a.db, Node: a.lightning, Record: a.recordOrder, Now: a.now, Log: a.log.With("part", "desk"),
	})
	return err
}

// recordOrder writes an order into the audit log.
func (a *App) recordOrder(tx *gorm.DB, who, what string, detail map[string]string) error {
	return a.audit.RecordIn(tx, audit.Event{Who: who, What: what, Detail: detail})
}

// hourTarget is a confirmation target of about an hour.
const hourTarget = 6

// lightningDeps are what the operator's pages about Lightning ask.
func (a *App) lightningDeps() *web.LightningDeps {
	deps := &web.LightningDeps{
		Node: a.lightning,
		Desk: a.desk,
		Places: func() []web.BackupPlace {
			var out []web.BackupPlace
			for _, p := range a.node.Backups() {
				out = append(out, web.BackupPlace{Dir: p.Dir, File: p.File, At: p.At, Sealed: p.Sealed, Err: p.Err})
			}
			return out
		},
		Coins: func(ctx context.Context) (btcutil.Amount, error) {
			balance, err := a.wallet.Balance(ctx)
			return balance.Fee, err
		},
		Notes: a.donationNotes,
		FeeRate: func(ctx context.Context) (int64, error) {
			rate, err := a.feeWallet().EstimateRate(ctx, hourTarget)
			return rate.SatPerVByte(), err
		},
	}
	if a.cfg.Node.Remote == "" {
		deps.UseTowers = a.node.UseTowers
	}
	return deps
}

// liquidity is what the channels can carry, for the overview; nil while the node
// cannot be asked.
func (a *App) liquidity(ctx context.Context) *operator.Liquidity {
	if a.node.Status().Phase != chain.EngineReady {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, walletPatience)
	defer cancel()
	channels, err := a.lightning.Channels(ctx)
	if err != nil {
		a.log.Warn("the operator's page stands without the channels", "error", err)
		return nil
	}
	pending, err := a.lightning.Pending(ctx)
	if err != nil {
		a.log.Warn("the operator's page stands without the channels", "error", err)
		return nil
	}
	sum := operator.NewLiquidity(channels, pending)
	return &sum
}
