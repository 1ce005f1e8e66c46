package definition

import (
	"context"
	"fmt"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// stampBatch is how many definitions are handed over at a time.
const stampBatch = 50

// stamp hands to the notary what was not handed over yet.
func (s *Service) stamp(ctx context.Context) error {
	var rows []fileRecord
	err := s.db.Read(ctx).Select("hash").Where("stamped_at IS NULL AND kind = ?", kindDefinition).Order("made_at").Limit(stampBatch).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("look for definitions to stamp: %w", db.Classify(err))
	}
	for _, r := range rows {
		if err := s.cfg.Stamp(ctx, [32]byte(r.Hash)); err != nil {
			return fmt.Errorf("stamp definition %x: %w", r.Hash, err)
		}
		if err := s.crash("stamped"); err != nil {
			return err
		}
		now := s.now().Unix()
		err := s.db.Transact(ctx, func(tx *gorm.DB) error {
			if err := s.cfg.Fence(tx); err != nil {
				return err
			}
			return tx.Model(&fileRecord{}).Where("hash = ? AND stamped_at IS NULL", r.Hash).Update("stamped_at", now).Error
		})
		if err != nil {
			return fmt.Errorf("note the stamp of definition %x: %w", r.Hash, err)
		}
	}
	return nil
}

// unused is for how long a definition of ours waits for an issue that points to
// it: longer than any draft lives.
const unused = 30 * 24 * time.Hour

// tidy throws away what was written here and never issued, then pictures and
// terms that none shows.
func (s *Service) tidy(ctx context.Context) error {
	before := s.now().Add(-unused).Unix()
	var some int64
	err := s.db.Read(ctx).Model(&fileRecord{}).Where("ours = ? AND made_at < ? AND kind = ? AND hash NOT IN (SELECT file FROM definition_versions)", true, before, kindDefinition).Limit(1).Count(&some).Error
	if err != nil {
		return fmt.Errorf("look for definitions nobody issued: %w", db.Classify(err))
	}
	if some == 0 {
		return nil
	}
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		err := tx.Where("ours = ? AND made_at < ? AND kind = ? AND hash NOT IN (SELECT file FROM definition_versions)", true, before, kindDefinition).Delete(&fileRecord{}).Error
		if err != nil {
			return err
		}
		return tx.Where("ours = ? AND made_at < ? AND kind <> ?", true, before, kindDefinition).
			Where("hash NOT IN (SELECT picture FROM definition_files WHERE picture IS NOT NULL)").
			Where("hash NOT IN (SELECT terms FROM definition_files WHERE terms IS NOT NULL)").
			Where("hash NOT IN (SELECT picture FROM definition_pointers WHERE picture IS NOT NULL)").
			Delete(&fileRecord{}).Error
	})
	if err != nil {
		return fmt.Errorf("throw away definitions nobody issued: %w", err)
	}
	return nil
}
