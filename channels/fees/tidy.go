package fees

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/chain/follow"

	"gorm.io/gorm"
)

const (
	// watchFor is how long the address of an ended quote is looked at for
	// payments that come after all. A quarter: whoever pays an old request a
	// second time does so within weeks.
	watchFor = 90 * 24 * time.Hour
	// tidyBatch bounds one Tidy; letting go of a script looks through all coins.
	tidyBatch = 50
)

// Tidy lets go of what says nothing any more: the addresses of quotes that ended
// long ago, and allowances that are whole again. Run calls it.
func (s *Service) Tidy(ctx context.Context) error {
	return errors.Join(s.unwatchOld(ctx, s.now().Add(-watchFor)), s.ForgetAllowances(ctx))
}

func (s *Service) unwatchOld(ctx context.Context, before time.Time) error {
	old := func(tx *gorm.DB) *gorm.DB {
		return tx.Model(&quoteRecord{}).
			Where("script IS NOT NULL AND unwatched_at IS NULL AND state IN ('expired', 'used', 'returned')"). // as the partial index has it
			Where("changed_at < ?", before.Unix())
	}
	var ids [][]byte
	if err := old(s.db.Read(ctx)).Order("changed_at").Limit(tidyBatch).Pluck("id", &ids).Error; err != nil {
		return fmt.Errorf("look for addresses to let go of: %w", err)
	}
	for _, id := range ids {
		err := s.db.Transact(ctx, func(tx *gorm.DB) error {
			let := old(tx).Where("id = ?", id).Update("unwatched_at", s.now().Unix())
			if let.Error != nil || let.RowsAffected == 0 {
				return let.Error // something came in since
			}
			return follow.Unwatch(tx, watchLabel(ID(id)))
		})
		if err != nil {
			return fmt.Errorf("let go of the address of quote %s: %w", ID(id), err)
		}
	}
	return nil
}
