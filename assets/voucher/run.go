package voucher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"

	"gorm.io/gorm"
)

// maxBackoff is the longest pause between tries while nothing gets on.
const maxBackoff = 15 * time.Second

// errCrash is what tests return from a crash point.
var errCrash = errors.New("crash")

// Run sends what can be undone no more, and writes statements, under the leader's
// lease until ctx ends (nil) or somebody else has taken it (db.ErrFenced).
// Whatever else fails is tried again.
func (s *Service) Run(ctx context.Context) error {
	// Another may have led meanwhile, and stopped half way.
	s.adopted, s.stated = false, time.Time{}
	var backoff time.Duration
	for {
		err := s.work(ctx)
		next := s.cfg.Poll
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced), errors.Is(err, errCrash):
			return err
		case err != nil:
			backoff = min(max(2*backoff, s.cfg.Poll), maxBackoff)
			next = backoff
			s.log.Warn("vouchers did not get on, trying again", "error", err, "in", backoff)
		default:
			backoff = 0
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(next):
		case <-s.wake:
		}
	}
}

// work brings everything on by one step.
func (s *Service) work(ctx context.Context) error {
	return errors.Join(s.adopt(ctx), s.batches(ctx), s.send(ctx), s.alarm(ctx), s.release(ctx), s.statements(ctx))
}

// atOnce bounds how many rows are read at a time.
const atOnce = 200

// send brings on what is due, and what pays too little: all of it, since what cannot
// be sent for a while, as its shop has paid nothing ahead, is to keep nothing behind
// it waiting. One that fails keeps no other waiting either.
func (s *Service) send(ctx context.Context) error {
	due, err := s.due(ctx)
	if err != nil {
		return err
	}
	var lent []raiseRecord
	var sent []int64
	if s.cfg.Wallet != nil {
		if lent, err = s.lentRaises(ctx); err != nil {
			return err
		}
		if sent, err = s.waiting(ctx); err != nil {
			return err
		}
	}
	if len(due)+len(lent)+len(sent) == 0 {
		return nil
	}
	rate, err := s.cfg.Rate(ctx)
	if err != nil {
		return fmt.Errorf("ask what blocks cost: %w", err)
	}
	var need shortage
	err = errors.Join(
		each(ctx, due, s.still(ctx, "state IN ('open', 'closing')", func(sp spendRecord) error { return s.bring(ctx, sp, rate, &need) })),
		each(ctx, lent, func(r raiseRecord) error { return about(r.Spend, s.bringRaise(ctx, r)) }),
		each(ctx, sent, s.still(ctx, "state = 'sent'", func(sp spendRecord) error { return s.raise(ctx, sp, rate, &need) })),
	)
	if over(ctx, err) {
		return err
	}
	return errors.Join(err, s.stock(ctx, need, rate))
}

// due are the redemptions to be sent now.
func (s *Service) due(ctx context.Context) ([]int64, error) {
	return ids(s.db.Read(ctx).Where("state IN ('open', 'closing') AND due <= ?", s.now().Unix()).Order("due, id"))
}

// ids are those of redemptions.
func ids(q *gorm.DB) (out []int64, err error) {
	if err := q.Model(&spendRecord{}).Pluck("id", &out).Error; err != nil {
		return nil, fmt.Errorf("list redemptions: %w", db.Classify(err))
	}
	return out, nil
}

// still reads a redemption, and does something with it if it is as it was when it
// was listed.
func (s *Service) still(ctx context.Context, as string, do func(spendRecord) error) func(id int64) error {
	return func(id int64) error {
		sp, err := take[spendRecord](s.db.Read(ctx).Where("id = ?", id).Where(as), ErrBooking)
		if errors.Is(err, ErrBooking) {
			return nil
		}
		if err == nil {
			err = do(sp)
		}
		return about(id, err)
	}
}

// each does something to all, until it is over.
func each[T any](ctx context.Context, all []T, do func(T) error) error {
	var errs []error
	for _, one := range all {
		err := do(one)
		errs = append(errs, err)
		if over(ctx, err) || errors.Is(err, chain.ErrEngineDown) {
			break // the others fare no better
		}
	}
	return errors.Join(errs...)
}

// over says that nothing more is to be done in this term.
func over(ctx context.Context, err error) bool {
	return errors.Is(err, errCrash) || errors.Is(err, db.ErrFenced) || ctx.Err() != nil
}

// about says which redemption an error is about.
func about(id int64, err error) error {
	if err != nil {
		err = fmt.Errorf("redemption %d: %w", id, err)
	}
	return err
}

// bring brings one redemption on by as many steps as it can now.
func (s *Service) bring(ctx context.Context, sp spendRecord, rate chain.FeeRate, need *shortage) error {
	switch {
	case sp.State == closing && sp.Lent == nil:
		// Its loan was given back while it was lost, and a block that was undone has
		// it back.
		return s.unlend(ctx, sp)
	case sp.State == closing:
		return s.finish(ctx, sp)
	}
	c, there, err := s.coinOf(s.db.Read(ctx), sp)
	if err != nil || !there {
		return err
	}
	cost, err := s.costOf(sp, c, rate)
	if err != nil {
		return err
	}
	if cost.coin == 0 {
		return s.store(ctx, sp, sp.Tx, cost.own)
	}
	if s.cfg.Wallet == nil {
		return s.trouble(ctx, sp, troubleWallet)
	}
	ok, err := s.covered(ctx, sp, cost)
	if err != nil {
		return err
	}
	if !ok {
		return s.trouble(ctx, sp, troubleAllowance)
	}
	if sp.Lent == nil {
		lent, err := s.borrow(ctx, &sp, cost, rate)
		if err != nil {
			return err
		}
		if !lent {
			need.add(cost.coin)
			return nil
		}
	}
	closed, err := s.close(ctx, sp)
	if err != nil || !closed {
		return err
	}
	sp.State, sp.Version = closing, sp.Version+1
	return s.finish(ctx, sp)
}

// coinOf reads the coin of a redemption; false when it is not there now, as its
// block was undone.
func (s *Service) coinOf(tx *gorm.DB, sp spendRecord) (coinRecord, bool, error) {
	c, err := take[coinRecord](tx.Where("outpoint = ?", sp.Outpoint), ErrUnknown)
	return c, err == nil && c.SpentBy == nil && (c.Height != nil || c.Spend != nil), err
}

// Why something waits, as it is stored.
const (
	troubleWallet    = "wallet"
	troubleAllowance = "allowance"
)

// trouble notes why a redemption waits.
func (s *Service) trouble(ctx context.Context, sp spendRecord, why string) error {
	if sp.Trouble == why {
		return nil
	}
	return s.transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&spendRecord{}).Where("id = ?", sp.ID).Update("trouble", why).Error
	})
}

// close ends the time in which more can be booked; false when somebody booked or
// undid since it was read.
func (s *Service) close(ctx context.Context, sp spendRecord) (bool, error) {
	closed := false
	err := s.transact(ctx, func(tx *gorm.DB) error {
		res := tx.Model(&spendRecord{}).Where("id = ? AND version = ? AND state = 'open'", sp.ID, sp.Version).
			Updates(map[string]any{"state": closing, "version": sp.Version + 1, "trouble": ""})
		closed = res.RowsAffected == 1
		return res.Error
	})
	if err != nil {
		return false, fmt.Errorf("close a redemption: %w", err)
	}
	return closed, s.crash("closed")
}

// transact runs fn in a transaction that only the leader commits.
func (s *Service) transact(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		return fn(tx)
	})
}

// alarm looks whether coins of which something is booked are about to be spent
// elsewhere.
func (s *Service) alarm(ctx context.Context) error {
	if s.cfg.Mempool == nil {
		return nil
	}
	rows, err := list[spendRecord](s.db.Read(ctx).Where("state IN ('open', 'closing')").Order("id DESC").Limit(atOnce))
	if err != nil {
		return err
	}
	for _, sp := range rows {
		as, err := sp.msg()
		if err != nil {
			return err
		}
		other, err := s.cfg.Mempool.Spender(as.TxIn[0].PreviousOutPoint)
		if err != nil || sameOutputs(as, other) {
			continue
		}
		txid := other.TxHash()
		err = s.transact(ctx, func(tx *gorm.DB) error {
			return s.tellOnce(tx, sp, EventConflict, fmt.Sprintf("alarm/%d/%s", sp.ID, txid), txid.String())
		})
		if err != nil {
			return err
		}
		s.log.Warn("a voucher's coin is about to be spent elsewhere after it was redeemed", "spend", sp.ID, "by", txid.String())
	}
	return nil
}

// release gives coins back that were lent for what can be sent no more.
func (s *Service) release(ctx context.Context) error {
	if s.cfg.Wallet == nil {
		return nil
	}
	rows, err := list[spendRecord](s.db.Read(ctx).Where("state = 'lost' AND lent IS NOT NULL AND outbox_key IS NULL").Limit(atOnce))
	if err != nil {
		return err
	}
	for _, sp := range rows {
		if err := errors.Join(s.cfg.Wallet.TakeBack(ctx, sp.purpose()), s.cfg.Wallet.Abandon(ctx, sp.purpose())); err != nil {
			s.log.Debug("the coin of a lost redemption is not free yet", "error", err)
			continue
		}
		if err := s.unlend(ctx, sp); err != nil {
			return err
		}
	}
	return nil
}

// shopOf reads the shop of a redemption.
func shopOf(tx *gorm.DB, sp spendRecord) (shopRecord, error) {
	return take[shopRecord](tx.Where("id = ?", sp.Shop), ErrShop)
}
