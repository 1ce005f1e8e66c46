package fees

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// sweepBatch bounds what one Sweep does of each kind.
const sweepBatch = 500

// Sweep does what time asks for: it ends quotes that nobody paid, forgets coins
// that were seen and never confirmed, and gives back what was paid and not used
// for too long. Run calls it.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return errors.Join(
		s.expire(ctx, now),
		s.forgetVanished(ctx, now.Add(-s.cfg.VanishAfter)),
		s.returnUnused(ctx, now.Add(-s.cfg.ReturnAfter)),
	)
}

func (s *Service) expire(ctx context.Context, now time.Time) error {
	var ids [][]byte
	err := s.db.Read(ctx).Model(&quoteRecord{}).Where("state = 'active' AND expires_at < ?", now.Unix()). // a literal, for the partial index
														Order("expires_at").Limit(sweepBatch).Pluck("id", &ids).Error
	if err != nil {
		return fmt.Errorf("look for expired quotes: %w", err)
	}
	for _, id := range ids {
		err := s.db.Transact(ctx, func(tx *gorm.DB) error {
			_, err := s.refresh(tx, ID(id))
			return err
		})
		if err != nil {
			return err
		}
		s.hub.publish(ID(id))
	}
	return nil
}

func (s *Service) forgetVanished(ctx context.Context, before time.Time) error {
	var rows []paymentRecord
	vanished := func(tx *gorm.DB) *gorm.DB {
		return tx.Where("settled_at IS NULL AND height IS NULL AND seen_at < ?", before.Unix())
	}
	if err := vanished(s.db.Read(ctx)).Order("seen_at").Limit(sweepBatch).Find(&rows).Error; err != nil {
		return fmt.Errorf("look for vanished payments: %w", err)
	}
	for _, p := range rows {
		err := s.db.Transact(ctx, func(tx *gorm.DB) error {
			if err := vanished(tx).Where("ref = ?", p.Ref).Delete(&paymentRecord{}).Error; err != nil {
				return fmt.Errorf("forget a payment: %w", err)
			}
			_, err := s.refresh(tx, ID(p.QuoteID))
			return err
		})
		if err != nil {
			return err
		}
		s.hub.publish(ID(p.QuoteID))
	}
	return nil
}

func (s *Service) returnUnused(ctx context.Context, before time.Time) error {
	var ids [][]byte
	err := s.db.Read(ctx).Model(&quoteRecord{}).
		Where("state IN ('underpaid', 'settled', 'overpaid', 'late') AND changed_at < ? AND expires_at < ?", before.Unix(), before.Unix()).
		Order("changed_at").Limit(sweepBatch).Pluck("id", &ids).Error
	if err != nil {
		return fmt.Errorf("look for unused payments: %w", err)
	}
	for _, id := range ids {
		_, err := s.Return(ctx, ID(id))
		// On its way, or used a moment ago: not unused.
		if err != nil && !errors.Is(err, ErrArriving) && !errors.Is(err, ErrUsed) && !errors.Is(err, ErrUnpaid) {
			return err
		}
	}
	return nil
}
