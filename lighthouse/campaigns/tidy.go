package campaigns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"

	"gorm.io/gorm"
)

const (
	tidyEvery = time.Hour
	// draftsKept is how long a draft that nobody works on is kept.
	draftsKept = 180 * 24 * time.Hour
	// tidyAtOnce bounds what one transaction throws away.
	tidyAtOnce = 100
)

// Run forgets what is not needed any more, now and then until ctx ends.
func (s *Service) Run(ctx context.Context) {
	for {
		if err := s.Tidy(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("old drafts could not be thrown away", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(tidyEvery):
		}
	}
}

// Tidy forgets where comments and followers came from after a day, and drafts
// that nobody has worked on for half a year.
func (s *Service) Tidy(ctx context.Context) error {
	day := s.now().Add(-sourceRemembered).Unix()
	err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return errors.Join(
			tx.Exec("UPDATE campaign_comments SET source = NULL WHERE source IS NOT NULL AND said_at < ?", day).Error,
			tx.Exec("UPDATE campaign_followers SET source = NULL WHERE source IS NOT NULL AND followed_at < ?", day).Error,
		)
	})
	if err != nil {
		return fmt.Errorf("forget where comments came from: %w", err)
	}
	for {
		n := 0
		err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
			var ids [][]byte
			err := tx.Model(&campaignRecord{}).Where("stage = ? AND changed_at < ?", lighthouse.Draft, s.now().Add(-draftsKept).Unix()).
				Limit(tidyAtOnce).Pluck("id", &ids).Error
			if err != nil {
				return err
			}
			n = len(ids)
			return discard(tx, ids)
		})
		if err != nil {
			return fmt.Errorf("throw old drafts away: %w", err)
		}
		if n < tidyAtOnce {
			return nil
		}
	}
}

// Discard throws a draft away that was never shown. Errors: ErrNotYours,
// ErrStage.
func (s *Service) Discard(ctx context.Context, key lighthouse.Key) error {
	return s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		row, err := byKey(tx, key)
		if err != nil {
			return err
		}
		if row.Stage != lighthouse.Draft {
			return fmt.Errorf("%w: it is %s", ErrStage, row.Stage)
		}
		return discard(tx, [][]byte{row.ID})
	})
}

// discard deletes drafts, which have nothing but terms and keys.
func discard(tx *gorm.DB, ids [][]byte) error {
	if len(ids) == 0 {
		return nil
	}
	for _, table := range []any{&levelRecord{}, &termsRecord{}, &keyRecord{}, &accountRecord{}} {
		if err := tx.Where("campaign IN ?", ids).Delete(table).Error; err != nil {
			return err
		}
	}
	return tx.Where("id IN ?", ids).Delete(&campaignRecord{}).Error
}

// CoversUsed says which of some pictures a campaign shows, or may soon; those of
// campaigns that were taken down are not among them, and go.
func (s *Service) CoversUsed(ctx context.Context, names []string) (map[string]bool, error) {
	var found []string
	err := s.cfg.DB.Read(ctx).Model(&campaignRecord{}).Where("cover <> '' AND cover IN ? AND taken_down = ?", names, false).Distinct().Pluck("cover", &found).Error
	if err != nil {
		return nil, fmt.Errorf("look for pictures that are shown: %w", db.Classify(err))
	}
	used := make(map[string]bool, len(found))
	for _, name := range found {
		used[name] = true
	}
	return used, nil
}
