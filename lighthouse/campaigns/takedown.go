package campaigns

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/lighthouse"

	"gorm.io/gorm"
)

// TakeDown takes a campaign off the site's pages, or puts it back: it is the
// operator's, and touches no coin. Pledges stay their owners' and their pages
// stay; nobody can pledge meanwhile. Errors: lighthouse.ErrUnknown.
func (s *Service) TakeDown(ctx context.Context, id lighthouse.ID, down bool) error {
	err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if _, err := s.GetIn(tx, id); err != nil {
			return err
		}
		if err := tx.Model(&campaignRecord{}).Where("id = ?", id[:]).Update("taken_down", down).Error; err != nil {
			return fmt.Errorf("take a campaign down: %w", db.Classify(err))
		}
		return nil
	})
	s.Changed(id)
	return err
}
