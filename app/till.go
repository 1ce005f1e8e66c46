package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/channels/fees"
	"cairn/channels/lightning"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// tillSecret names the setting that preimages and tokens are made of. It is made
// once, by whichever process comes first, and never changed: what was sold
// under it must stay good.
const tillSecret = "till-secret"

// openTill sets up what takes payments: the Lightning side of the node, and the
// quotes and books behind it.
func (a *App) openTill(ctx context.Context) (err error) {
	a.lightning, err = lightning.New(lightning.Config{
		Conn: a.node.Conn(), Network: a.cfg.Network, Now: a.now, Log: a.log.With("part", "lightning"),
	})
	if err != nil {
		return err
	}
	if a.secret, err = a.sharedSecret(ctx); err != nil {
		return err
	}
	a.tips = make(chan chain.BlockRef, 1)
	a.till, err = fees.New(fees.Config{
		DB:            a.db,
		Invoices:      a.lightning,
		Addresses:     lightning.Addresses{Wallet: a.wallet},
		Secret:        a.secret.of("preimages"),
		Confirmations: a.cfg.Till.Confirmations,
		LeastOnChain:  btcutil.Amount(a.cfg.Till.LeastOnChain),
		Tips:          a.tips,
		Now:           a.now,
		Log:           a.log.With("part", "till"),
	})
	if err != nil {
		return err
	}
	if err := a.openTickets(); err != nil {
		return err
	}
	return a.openWall()
}

// secret is what the secrets of the till are derived from.
type secret [sha256.Size]byte

// of is the secret for one purpose.
func (s secret) of(purpose string) [sha256.Size]byte {
	mac := hmac.New(sha256.New, s[:])
	mac.Write([]byte("cairn/" + purpose))
	return [sha256.Size]byte(mac.Sum(nil))
}

// sharedSecret is the one in the database, made there at the first start.
func (a *App) sharedSecret(ctx context.Context) (secret, error) {
	fresh := make([]byte, len(secret{}))
	if _, err := rand.Read(fresh); err != nil {
		return secret{}, err
	}
	var stored []byte
	err := a.db.Transact(ctx, func(tx *gorm.DB) (err error) {
		stored, err = db.InitSetting(tx, tillSecret, fresh)
		return err
	})
	if err != nil {
		return secret{}, fmt.Errorf("the till's secret cannot be kept: %w", err)
	}
	if len(stored) != len(secret{}) {
		return secret{}, fmt.Errorf("the till's secret has %d bytes instead of %d: the database was changed by somebody else", len(stored), len(secret{}))
	}
	return secret(stored), nil
}

// runTill takes payments in until ctx ends. Every process does, so that its own
// pages hear of them at once; what each writes down is the same.
func (a *App) runTill(ctx context.Context) error {
	tips, cancel := a.follower.Subscribe()
	defer cancel()
	go a.forwardTips(ctx, tips)
	go a.seeTransactions(ctx)
	a.till.Run(ctx)
	return nil
}

// forwardTips tells the till of blocks; it was opened before the follower.
func (a *App) forwardTips(ctx context.Context, tips <-chan chain.BlockRef) {
	for {
		select {
		case <-ctx.Done():
			return
		case tip, ok := <-tips:
			if !ok {
				return
			}
			select {
			case a.tips <- tip:
			default: // one that waits says as much
			}
		}
	}
}

// seeAgain is how long to wait for a node that does not tell of transactions.
const seeAgain = 5 * time.Second

// seeTransactions shows payments on chain as soon as the node has seen them. A
// node that is down is waited for: blocks tell the same later.
func (a *App) seeTransactions(ctx context.Context) {
	for ctx.Err() == nil {
		err := a.lightning.Transactions(ctx, func(tx *wire.MsgTx) error { return a.till.SeeTransaction(ctx, tx) })
		if ctx.Err() == nil {
			a.log.Debug("the node does not tell of its transactions", "error", err, "again_in", seeAgain)
		}
		select {
		case <-ctx.Done():
		case <-time.After(seeAgain):
		}
	}
}
