package wallet

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// leaseID is the number under which a lease is taken in lnd.
type leaseID [32]byte

// purposeID makes it from what a transaction is for, so that whoever repeats a
// purpose after a crash finds his own coins again.
func purposeID(purpose string) leaseID {
	return sha256.Sum256([]byte("cairn/wallet/purpose/" + purpose))
}

// protectedID holds the protected coins.
var protectedID = leaseID(sha256.Sum256([]byte("cairn/wallet/protected")))

const (
	// fundingLease outlasts a long outage of ours; it is renewed while the
	// transaction waits.
	fundingLease = 24 * time.Hour
	// protectedLease is as good as for ever, and renewed all the same.
	protectedLease = 10 * 365 * 24 * time.Hour
	// orphanAfter is when a signed transaction that nobody put into the
	// outbox counts as given up.
	orphanAfter = 24 * time.Hour
)

type lease struct {
	id   leaseID
	coin Coin
}

// leases lists what lnd holds back, lnd's own leases included.
func (w *Wallet) leases(ctx context.Context) ([]lease, error) {
	answer, err := w.kit.ListLeases(ctx, &walletrpc.ListLeasesRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask the node for its leased coins: %w", err)
	}
	out := make([]lease, 0, len(answer.LockedUtxos))
	for _, u := range answer.LockedUtxos {
		op, err := outpointOf(u.Outpoint)
		if err != nil {
			return nil, err
		}
		l := lease{coin: Coin{OutPoint: op, Value: btcutil.Amount(u.Value), Script: u.PkScript, Leased: true}}
		copy(l.id[:], u.Id)
		out = append(out, l)
	}
	return out, nil
}

// lease takes or renews one. Errors: those that satisfy taken, and the node's.
func (w *Wallet) lease(ctx context.Context, id leaseID, op wire.OutPoint, d time.Duration) error {
	_, err := w.kit.LeaseOutput(ctx, &walletrpc.LeaseOutputRequest{
		Id:                id[:],
		Outpoint:          &lnrpc.OutPoint{TxidBytes: op.Hash[:], OutputIndex: op.Index},
		ExpirationSeconds: uint64(d / time.Second),
	})
	if err != nil {
		return fmt.Errorf("lease coin %s: %w", op, err)
	}
	return nil
}

func (w *Wallet) release(ctx context.Context, id leaseID, op wire.OutPoint) error {
	_, err := w.kit.ReleaseOutput(ctx, &walletrpc.ReleaseOutputRequest{
		Id:       id[:],
		Outpoint: &lnrpc.OutPoint{TxidBytes: op.Hash[:], OutputIndex: op.Index},
	})
	if err != nil {
		return fmt.Errorf("release coin %s: %w", op, err)
	}
	return nil
}

// releaseAll gives coins back as far as it can: what stays leased expires.
func (w *Wallet) releaseAll(ctx context.Context, id leaseID, coins []Coin) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, c := range coins {
		if err := w.release(ctx, id, c.OutPoint); err != nil && !taken(err) {
			w.log.Warn("coin not released", "coin", c.OutPoint, "error", err)
		}
	}
}

// RenewLeases brings lnd's leases in line with the books: it renews those of
// protected coins and of transactions that wait for a block, gives up
// transactions that were signed a day ago and never reached the outbox, and
// releases what is decided and what was lent for a time that is over. Call it at start and every few minutes; KeepLeases
// does.
func (w *Wallet) RenewLeases(ctx context.Context) error {
	if err := w.store.abandonOrphans(ctx, w.now().Add(-orphanAfter)); err != nil {
		return err
	}
	if err := w.releaseLoans(ctx); err != nil {
		return err
	}
	protected, err := w.store.protected(ctx)
	if err != nil {
		return err
	}
	for op := range protected {
		if err := w.renew(ctx, protectedID, op, protectedLease); err != nil {
			return err
		}
	}
	waiting, err := w.store.waitingInputs(ctx)
	if err != nil {
		return err
	}
	for op, purpose := range waiting {
		if err := w.renew(ctx, purposeID(purpose), op, fundingLease); err != nil {
			return err
		}
	}
	return w.releaseDecided(ctx, waiting)
}

// renew takes a lease that should be ours. A coin lnd does not know (any more)
// or that is leased under another number is left alone: the books decide, not
// the lease.
func (w *Wallet) renew(ctx context.Context, id leaseID, op wire.OutPoint, d time.Duration) error {
	err := w.lease(ctx, id, op, d)
	if taken(err) {
		w.log.Debug("lease not renewed", "coin", op, "error", err)
		return nil
	}
	return err
}

// releaseDecided gives back coins leased for a purpose that waits no longer.
func (w *Wallet) releaseDecided(ctx context.Context, waiting map[wire.OutPoint]string) error {
	decided, err := w.store.decidedInputs(ctx)
	if err != nil {
		return err
	}
	leases, err := w.leases(ctx)
	if err != nil {
		return err
	}
	for _, l := range leases {
		op := l.coin.OutPoint
		if _, still := waiting[op]; still {
			continue
		}
		for _, purpose := range decided[op] {
			if purposeID(purpose) != l.id {
				continue
			}
			if err := w.release(ctx, l.id, op); err != nil && !taken(err) {
				return err
			}
		}
	}
	return nil
}

// KeepLeases calls RenewLeases now and every interval until ctx ends. A node
// that is down is tried again at the next turn.
func (w *Wallet) KeepLeases(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := w.RenewLeases(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("leases not renewed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
