package campaigns

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/lighthouse"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// MaxFollowed is how many campaigns one browser follows.
const MaxFollowed = 200

type followerRecord struct {
	Campaign   []byte `gorm:"primaryKey"`
	Follower   []byte `gorm:"primaryKey"`
	Source     *string
	FollowedAt int64
}

func (followerRecord) TableName() string { return "campaign_followers" }

// Follow notes that a browser follows a campaign; doing so again is no error.
// who is a secret that the browser keeps: nothing else is known of it, and
// nobody is written to. from names where it comes from, to count by; empty is
// not counted. Errors: lighthouse.ErrUnknown, ErrTooFast, ErrFull.
func (s *Service) Follow(ctx context.Context, id lighthouse.ID, who lighthouse.Key, from string) error {
	if _, err := s.Get(ctx, id); err != nil {
		return err
	}
	row := followerRecord{Campaign: id[:], Follower: hashKey(who), Source: source(from), FollowedAt: s.now().Unix()}
	return s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		fresh := row
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh)
		if made.Error != nil {
			return fmt.Errorf("store a follower: %w", made.Error)
		}
		if made.RowsAffected == 0 {
			return nil
		}
		var mine int64
		if err := tx.Model(&followerRecord{}).Where("follower = ?", row.Follower).Count(&mine).Error; err != nil {
			return fmt.Errorf("count followers: %w", err)
		}
		if mine > MaxFollowed {
			return ErrFull
		}
		if row.Source == nil {
			return nil
		}
		var near int64
		if err := tx.Model(&followerRecord{}).Where("campaign = ? AND source = ?", row.Campaign, *row.Source).Count(&near).Error; err != nil {
			return fmt.Errorf("count followers: %w", err)
		}
		if near > followersOfOne {
			return ErrTooFast
		}
		return nil
	})
}

// Unfollow takes Follow back; to follow nothing is no error.
func (s *Service) Unfollow(ctx context.Context, id lighthouse.ID, who lighthouse.Key) error {
	return s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("campaign = ? AND follower = ?", id[:], hashKey(who)).Delete(&followerRecord{}).Error; err != nil {
			return fmt.Errorf("forget a follower: %w", err)
		}
		return nil
	})
}

// Followers is how many browsers follow a campaign.
func (s *Service) Followers(ctx context.Context, id lighthouse.ID) (n int64, err error) {
	if err := s.cfg.DB.Read(ctx).Model(&followerRecord{}).Where("campaign = ?", id[:]).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count followers: %w", db.Classify(err))
	}
	return n, nil
}

// Follows says whether a browser follows a campaign.
func (s *Service) Follows(ctx context.Context, id lighthouse.ID, who lighthouse.Key) (bool, error) {
	var n int64
	err := s.cfg.DB.Read(ctx).Model(&followerRecord{}).Where("campaign = ? AND follower = ?", id[:], hashKey(who)).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for a follower: %w", db.Classify(err))
	}
	return n > 0, nil
}

// Followed are the campaigns that a browser follows, the latest first.
func (s *Service) Followed(ctx context.Context, who lighthouse.Key) ([]Card, error) {
	rows, err := scanCards(cardsQuery(s.cfg.DB.Read(ctx)).
		Joins("JOIN campaign_followers mine ON mine.campaign = c.id AND mine.follower = ?", hashKey(who)).
		Where("c.stage <> 'draft'").Order("mine.followed_at DESC, c.id").Limit(MaxFollowed))
	if err != nil {
		return nil, err
	}
	return cards(rows), nil
}
