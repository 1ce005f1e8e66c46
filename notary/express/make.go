package express

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/notary/carrier"

	"gorm.io/gorm"
)

// maxBackoff is the longest pause between tries while orders cannot be made.
const maxBackoff = 15 * time.Second

// Run has orders made under the lease until ctx ends (nil) or somebody else
// has taken the lease (db.ErrFenced). Whatever else fails is tried again.
func (d *Desk) Run(ctx context.Context, lease carrier.Lease) error {
	var backoff time.Duration
	for {
		err := d.work(ctx, lease)
		next := d.cfg.Poll
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced), errors.Is(err, errCrash):
			return err
		case err != nil:
			backoff = min(max(2*backoff, d.cfg.Poll), maxBackoff)
			next = backoff
			d.cfg.Log.Warn("an express order did not get on, trying again", "error", err, "in", backoff)
		default:
			backoff = 0
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(next):
		case <-d.wake:
		}
	}
}

// errCrash is what tests return from a failpoint.
var errCrash = errors.New("crash")

// work brings every open order on by one step. One that fails keeps no other
// waiting, unless the node is down for all.
func (d *Desk) work(ctx context.Context, lease carrier.Lease) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lease = lease
	tx := d.cfg.DB.Read(ctx)
	rows, err := open(tx)
	if err != nil {
		return err
	}
	tip, err := tipOf(tx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	d.carrier.Waiting(ids, tip)

	var failures []error
	var down error
	for _, row := range rows {
		err := d.further(ctx, row, tip, down)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, db.ErrFenced), errors.Is(err, errCrash):
			return err
		case errors.Is(err, chain.ErrEngineDown):
			down = err
		}
		if err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// further brings one order on by one step. down is why the node need not be
// asked; nil when it answers.
func (d *Desk) further(ctx context.Context, row orderRecord, tip chain.BlockRef, down error) error {
	if row.State == returning {
		return d.giveBack(ctx, row)
	}
	err := down
	if down == nil {
		err = d.advance(ctx, row, tip)
	}
	switch {
	case errors.Is(err, ErrTakenBack):
		return d.cancel(ctx, row)
	case err == nil, ctx.Err() != nil, errors.Is(err, db.ErrFenced), errors.Is(err, errCrash):
		return err
	}
	if noted := d.note(ctx, row, err); noted != nil {
		return errors.Join(err, noted)
	}
	return err
}

// advance has an order carried; its payment is spent in the transaction that
// stores what was signed.
func (d *Desk) advance(ctx context.Context, row orderRecord, tip chain.BlockRef) error {
	load, spent := row.load(), false
	load.Settling = func(tx *gorm.DB) error {
		now, err := byID(tx, row.ID)
		if err != nil {
			return err
		}
		if now.State != ordered {
			return ErrTakenBack
		}
		if err := tx.Model(&orderRecord{}).Where("id = ?", row.ID).Update("trouble", "").Error; err != nil {
			return fmt.Errorf("note that express order %d gets on: %w", row.ID, err)
		}
		spent = true
		return d.cfg.Till.Spend(tx, row.order())
	}
	err := d.carrier.Advance(ctx, load, tip)
	if err == nil && spent {
		d.cfg.Till.Spent(row.order())
	}
	return err
}

// note writes down why an order cannot be made, for all processes, and has its
// money given back when that lasts. The sentence is that of the error's kind.
func (d *Desk) note(ctx context.Context, row orderRecord, failure error) error {
	sentence := "the transaction could not be made"
	var kind chain.ErrorKind
	if errors.As(failure, &kind) {
		sentence = kind.Error()
	}
	late := d.cfg.Now().Sub(row.order().OrderedAt) >= d.cfg.GiveUpAfter
	if row.Trouble == sentence && !late {
		return nil
	}
	gaveUp := false
	err := d.carrier.Transact(ctx, func(tx *gorm.DB) error {
		// What is in the outbox is paid for, and will get there.
		changed := tx.Exec(`UPDATE express_orders SET trouble = ?, state = CASE WHEN ? THEN 'returning' ELSE state END
			WHERE id = ? AND state = 'ordered' AND NOT EXISTS (SELECT 1 FROM express_attempts WHERE order_id = express_orders.id)`,
			sentence, late, row.ID)
		if changed.Error != nil {
			return fmt.Errorf("note what keeps express order %d: %w", row.ID, changed.Error)
		}
		gaveUp = late && changed.RowsAffected > 0
		if changed.RowsAffected == 0 {
			return nil
		}
		return carrier.Moved(tx)
	})
	if err != nil || !gaveUp {
		return err
	}
	d.cfg.Log.Warn("an express order could not be made; its money goes back", "order", row.ID, "why", sentence)
	return d.giveBack(ctx, row)
}

// cancel ends an order whose money was taken back before it was made.
func (d *Desk) cancel(ctx context.Context, row orderRecord) error {
	err := d.carrier.Transact(ctx, func(tx *gorm.DB) error {
		err := tx.Exec(`UPDATE express_orders SET state = 'returning' WHERE id = ? AND state = 'ordered'
			AND NOT EXISTS (SELECT 1 FROM express_attempts WHERE order_id = express_orders.id)`, row.ID).Error
		if err != nil {
			return fmt.Errorf("cancel express order %d: %w", row.ID, err)
		}
		return carrier.Moved(tx)
	})
	if err != nil {
		return err
	}
	return d.giveBack(ctx, row)
}

// giveBack returns the money of an order that will not be made, and frees the
// coins of a transaction that may have been signed for it and was never stored.
func (d *Desk) giveBack(ctx context.Context, row orderRecord) error {
	if err := d.crash("giving back"); err != nil {
		return err
	}
	if err := d.cfg.Till.GiveBack(ctx, row.order()); err != nil {
		return fmt.Errorf("give the money of express order %d back: %w", row.ID, err)
	}
	if err := d.crash("gave back"); err != nil {
		return err
	}
	err := d.carrier.Transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE express_orders SET state = 'returned' WHERE id = ? AND state = 'returning'", row.ID).Error; err != nil {
			return fmt.Errorf("note that the money of express order %d is back: %w", row.ID, err)
		}
		return carrier.Moved(tx)
	})
	if err != nil {
		return err
	}
	if err := d.cfg.Wallet.Abandon(ctx, row.load().Purpose(1)); err != nil {
		// Its coins are free again when their lease ends.
		d.cfg.Log.Debug("what was signed for an express order is not given up yet", "order", row.ID, "error", err)
	}
	return nil
}
