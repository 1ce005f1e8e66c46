package campaigns

import (
	"context"
	"fmt"

	"cairn/lighthouse"

	"gorm.io/gorm"
)

// Announce shows a draft, which can be followed from then on, and not be
// pledged to yet. It must be complete. Errors: ErrNotYours, ErrStage, Fields.
func (s *Service) Announce(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error) {
	return s.advance(ctx, key, lighthouse.Announced)
}

// Open lets a draft, or an announced campaign, be pledged to. Errors: as
// Announce, and ErrOver when its deadline has passed.
func (s *Service) Open(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error) {
	return s.advance(ctx, key, lighthouse.Open)
}

func (s *Service) advance(ctx context.Context, key lighthouse.Key, to lighthouse.Stage) (lighthouse.Campaign, error) {
	had, err := s.ByKey(ctx, key)
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	d := DraftOf(had)
	if had.Stage == lighthouse.Draft {
		if d, err = s.examine(ctx, d, true); err != nil {
			return lighthouse.Campaign{}, err
		}
	}
	return s.change(ctx, key, func(tx *gorm.DB, c *lighthouse.Campaign) error {
		if c.Version != had.Version {
			return fmt.Errorf("%w: it was changed just now", lighthouse.ErrChanged)
		}
		switch {
		case c.Stage == lighthouse.Draft:
			if err := s.show(tx, c, d); err != nil {
				return err
			}
		case c.Stage != lighthouse.Announced || to != lighthouse.Open:
			return fmt.Errorf("%w: it is %s", ErrStage, c.Stage)
		}
		height, err := tip(tx)
		if err != nil {
			return notFollowing(err)
		}
		if c.Terms.Deadline <= height {
			return ErrOver
		}
		c.Stage = to
		if to == lighthouse.Open {
			c.OpenedAt = s.now()
		}
		return nil
	})
}

// show settles the terms of a draft.
func (s *Service) show(tx *gorm.DB, c *lighthouse.Campaign, d Draft) error {
	if err := s.write(c, d); err != nil {
		return err
	}
	if err := s.settle(tx, c, lighthouse.Terms{}); err != nil {
		return err
	}
	err := tx.Model(&campaignRecord{}).Where("id = ?", c.ID[:]).
		Updates(map[string]any{"shown_at": s.now().Unix(), "stage": lighthouse.Announced, "deadline": c.Terms.Deadline}).Error
	if err != nil {
		return fmt.Errorf("show a campaign: %w", err)
	}
	return nil
}

// Close ends a campaign before its time. Coins that were pledged are their
// owners' as they always were. Errors: ErrNotYours, ErrStage when it is over
// or a claim is under way.
func (s *Service) Close(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error) {
	return s.change(ctx, key, func(_ *gorm.DB, c *lighthouse.Campaign) error {
		if c.Stage != lighthouse.Announced && c.Stage != lighthouse.Open {
			return fmt.Errorf("%w: it is %s", ErrStage, c.Stage)
		}
		c.Stage, c.Withdrawn = lighthouse.Closed, true
		return nil
	})
}

// FreezeIn fixes the terms of a campaign for ever, as its first pledge does; it
// does nothing to one that is frozen. revision is what the pledge was signed
// for. Errors: ErrUnknown, ErrNotOpen, ErrChanged (of package lighthouse).
func (s *Service) FreezeIn(tx *gorm.DB, id lighthouse.ID, revision int) error {
	row, err := byID(tx, id)
	if err != nil {
		return err
	}
	if row.Stage != lighthouse.Open {
		return fmt.Errorf("%w: it is %s", lighthouse.ErrNotOpen, row.Stage)
	}
	if row.Revision != revision {
		return fmt.Errorf("%w: revision %d, not %d", lighthouse.ErrChanged, row.Revision, revision)
	}
	if row.Frozen {
		return nil
	}
	if err := tx.Model(&campaignRecord{}).Where("id = ?", id[:]).Update("frozen", true).Error; err != nil {
		return fmt.Errorf("freeze a campaign: %w", err)
	}
	return nil
}

// StageIn notes what became of a campaign's claim: to Claimed when one is sent,
// from Open or from Closed by its date; and back to Open when it came to
// nothing, which is Closed once the date has passed. To be where it is asked to
// is no error. Errors: lighthouse.ErrUnknown, ErrStage.
func (s *Service) StageIn(tx *gorm.DB, id lighthouse.ID, to lighthouse.Stage) error {
	row, err := byID(tx, id)
	if err != nil {
		return err
	}
	wrong := fmt.Errorf("%w: from %s to %s", ErrStage, row.Stage, to)
	switch to {
	case lighthouse.Claimed:
		if row.Stage != lighthouse.Open && row.Stage != lighthouse.Claimed && (row.Stage != lighthouse.Closed || row.Withdrawn || row.OpenedAt == nil) {
			return wrong
		}
	case lighthouse.Open, lighthouse.Closed:
		if row.Stage == lighthouse.Draft || row.Stage == lighthouse.Announced || row.Withdrawn || row.OpenedAt == nil {
			return wrong
		}
		height, err := tip(tx)
		if err != nil {
			return notFollowing(err)
		}
		if to = lighthouse.Open; height >= row.Deadline {
			to = lighthouse.Closed
		}
	default:
		return wrong
	}
	if row.Stage == to {
		return nil
	}
	if err := tx.Model(&campaignRecord{}).Where("id = ?", id[:]).Update("stage", to).Error; err != nil {
		return fmt.Errorf("change a campaign's stage: %w", err)
	}
	return nil
}
