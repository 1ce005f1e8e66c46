package payout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"gorm.io/gorm"
)

// definite are the node's answers that mean: nothing was paid, nor will be.
var definite = []ln.ErrorKind{
	ln.ErrInvoice, ln.ErrWrongNetwork, ln.ErrExpired, ln.ErrAmount, ln.ErrNoRoute, ln.ErrNoBalance, ln.ErrRefused, ln.ErrTimedOut,
}

// atOnce is how many payouts are under way at a time.
const atOnce = 8

// Run pays what was begun until ctx ends, and looks after payouts whose outcome
// is not known, those of dead processes among them.
func (s *Service) Run(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	slots := make(chan struct{}, atOnce)
	look := time.NewTicker(s.cfg.LookAgain)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-s.begun:
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			work.Go(func() {
				defer func() { <-slots }()
				if err := s.pay(ctx, id); err != nil && ctx.Err() == nil {
					s.log.Warn("payout under way", "payout", id, "error", err)
				}
			})
		case <-look.C:
			if err := s.Reconcile(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("payouts not looked at", "error", err)
			}
		}
	}
}

// pay has the node pay one payout and writes down how it ended. The error is
// why that is not known.
func (s *Service) pay(ctx context.Context, id ID) error {
	r, err := s.claim(ctx, id)
	if err != nil || r.State != Paying {
		return err
	}
	order := ln.Order{Invoice: r.Invoice, Amount: amount.MilliSatoshi(r.AmountMsat), FeeLimit: amount.MilliSatoshi(r.FeeLimitMsat), Timeout: tryTime}
	once, cancel := context.WithTimeout(ctx, tryTime+30*time.Second)
	defer cancel()
	paid, err := s.cfg.Node.Pay(once, order)
	return s.outcome(ctx, r, paid, err)
}

// claim says that the node is asked now: from here on counts how long it may
// have heard nothing.
func (s *Service) claim(ctx context.Context, id ID) (r record, err error) {
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		err := tx.Model(&record{}).Where("id = ? AND state = ?", id[:], Paying).Update("changed_at", s.now().Unix()).Error
		if err != nil {
			return fmt.Errorf("claim payout %s: %w", id, err)
		}
		r, err = load(tx, id)
		return err
	})
	return r, err
}

// outcome writes down what the node has said.
func (s *Service) outcome(ctx context.Context, r record, paid ln.Payment, err error) error {
	if err == nil {
		return s.settle(ctx, r, Paid, paid.Fee, "", time.Time{})
	}
	if errors.Is(err, ln.ErrUnknownOutcome) {
		return err // whatever else it is
	}
	for _, kind := range definite {
		if errors.Is(err, kind) {
			return s.settle(ctx, r, Failed, 0, string(kind), time.Time{})
		}
	}
	return err
}

// settle ends a payout, once; with unclaimed, only if nobody has asked the node
// since.
func (s *Service) settle(ctx context.Context, r record, to State, fee amount.MilliSatoshi, reason string, unclaimed time.Time) error {
	// Whoever waited may be gone; what the node did has to be written down.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		q := tx.Model(&record{}).Where("id = ? AND state = ?", r.ID, Paying)
		if !unclaimed.IsZero() {
			q = q.Where("changed_at <= ?", unclaimed.Unix())
		}
		moved := q.Updates(map[string]any{
			"state": to, "fee_msat": int64(fee), "reason": reason, "changed_at": s.now().Unix(),
		})
		if moved.Error != nil || moved.RowsAffected == 0 {
			return moved.Error // it was ended before
		}
		if to != Paid {
			return s.cfg.Till.NotPaidOutIn(tx, r.booked())
		}
		if err := s.cfg.Till.PaidOutIn(tx, r.booked(), fee); err != nil || s.cfg.Record == nil {
			return err
		}
		return s.cfg.Record(tx, r.id(), amount.MilliSatoshi(r.AmountMsat), fee)
	})
	if err != nil {
		return fmt.Errorf("end payout %s: %w", r.id(), err)
	}
	s.log.Info("payout ended", "payout", r.id(), "state", to, "amount_msat", r.AmountMsat, "fee_msat", int64(fee), "reason", reason)
	s.tell(r.id())
	return nil
}

// lookTime is how long one look at the node may take.
const lookTime = 10 * time.Second

// Reconcile asks the node how payouts ended that nobody in this process waits
// for any more. One that the node has not heard of after Unheard was never
// begun, and fails.
func (s *Service) Reconcile(ctx context.Context) error {
	var rows []record
	before := s.now().Add(-tryTime / 2)
	err := s.db.Read(ctx).Where("state = 'paying' AND changed_at <= ?", before.Unix()).Order("changed_at").Limit(100).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("look for payouts under way: %w", err)
	}
	var failed []error
	for _, r := range rows {
		failed = append(failed, s.look(ctx, r))
	}
	return errors.Join(errors.Join(failed...), s.forgetLinks(ctx))
}

func (s *Service) look(ctx context.Context, r record) error {
	once, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	paid, err := s.cfg.Node.Track(once, invoice.Hash(r.Hash))
	if errors.Is(err, ln.ErrUnknownPayment) && !errors.Is(err, ln.ErrUnknownOutcome) {
		if s.now().Unix()-r.ChangedAt < int64(s.cfg.Unheard/time.Second) {
			return nil // it may be on its way to the node
		}
		return s.settle(ctx, r, Failed, 0, string(ln.ErrTimedOut), time.Unix(r.ChangedAt, 0))
	}
	if err = s.outcome(ctx, r, paid, err); errors.Is(err, ln.ErrUnknownOutcome) && once.Err() != nil && ctx.Err() == nil {
		return nil // still under way
	}
	return err
}

// forgetLinks removes offers that are over.
func (s *Service) forgetLinks(ctx context.Context) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("expires_at <= ?", s.now().Unix()).Delete(&linkRecord{}).Error
	})
}
