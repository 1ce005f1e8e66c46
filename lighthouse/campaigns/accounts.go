package campaigns

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/lighthouse"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Account is whose campaigns are kept: 16 opaque bytes.
type Account = [16]byte

const (
	// MaxKept is how many campaigns one account keeps.
	MaxKept = 200
	// keysKept is how many of an account's keys of one campaign work: who has
	// desks open in several windows may go on in them.
	keysKept = 5
)

type accountRecord struct {
	Account  []byte `gorm:"primaryKey"`
	Campaign []byte `gorm:"primaryKey"`
	KeptAt   int64
}

func (accountRecord) TableName() string { return "campaign_accounts" }

type keyRecord struct {
	KeyHash  []byte `gorm:"primaryKey"`
	Campaign []byte
	Account  []byte
	MadeAt   int64
}

func (keyRecord) TableName() string { return "campaign_keys" }

// KeepFor lets an account go to a campaign's desk from now on, without the link;
// doing so again is no error. Errors: ErrNotYours, ErrFull.
func (s *Service) KeepFor(ctx context.Context, key lighthouse.Key, account Account) error {
	return s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		row, err := byKey(tx, key)
		if err != nil {
			return err
		}
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).
			Create(&accountRecord{Account: account[:], Campaign: row.ID, KeptAt: s.now().Unix()})
		if made.Error != nil {
			return fmt.Errorf("keep a campaign for an account: %w", made.Error)
		}
		var n int64
		if err := tx.Model(&accountRecord{}).Where("account = ?", account[:]).Count(&n).Error; err != nil {
			return fmt.Errorf("count an account's campaigns: %w", err)
		}
		if n > MaxKept {
			return ErrFull
		}
		return nil
	})
}

// LetGo takes KeepFor back, and the keys with it; links that were made
// otherwise still work. To keep nothing is no error.
func (s *Service) LetGo(ctx context.Context, account Account, id lighthouse.ID) error {
	return s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		for _, table := range []any{&accountRecord{}, &keyRecord{}} {
			if err := tx.Where("account = ? AND campaign = ?", account[:], id[:]).Delete(table).Error; err != nil {
				return fmt.Errorf("let an account's campaign go: %w", err)
			}
		}
		return nil
	})
}

// Keeps says whether an account keeps a campaign.
func (s *Service) Keeps(ctx context.Context, account Account, id lighthouse.ID) (bool, error) {
	return keeps(s.cfg.DB.Read(ctx), account, id)
}

func keeps(tx *gorm.DB, account Account, id lighthouse.ID) (bool, error) {
	var n int64
	if err := tx.Model(&accountRecord{}).Where("account = ? AND campaign = ?", account[:], id[:]).Count(&n).Error; err != nil {
		return false, fmt.Errorf("look for an account's campaign: %w", db.Classify(err))
	}
	return n > 0, nil
}

// OfAccount are the campaigns that an account keeps, drafts too, the latest
// kept first.
func (s *Service) OfAccount(ctx context.Context, account Account) ([]Card, error) {
	rows, err := scanCards(cardsQuery(s.cfg.DB.Read(ctx)).
		Joins("JOIN campaign_accounts k ON k.campaign = c.id AND k.account = ?", account[:]).
		Order("k.kept_at DESC, c.id").Limit(MaxKept))
	if err != nil {
		return nil, err
	}
	return cards(rows), nil
}

// KeyFor makes a key for an account that keeps a campaign. Only its hash is
// stored, as of every key: this is the one time that it is seen. Errors:
// ErrNotYours.
func (s *Service) KeyFor(ctx context.Context, account Account, id lighthouse.ID) (lighthouse.Key, error) {
	key, err := lighthouse.NewKey(s.cfg.Rand)
	if err != nil {
		return key, fmt.Errorf("draw a campaign's key: %w", err)
	}
	err = s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		kept, err := keeps(tx, account, id)
		if err != nil {
			return err
		}
		if !kept {
			return lighthouse.ErrNotYours
		}
		row := keyRecord{KeyHash: hashKey(key), Campaign: id[:], Account: account[:], MadeAt: s.now().Unix()}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store a campaign's key: %w", err)
		}
		return dropOldKeys(tx, account, id, row.KeyHash)
	})
	if err != nil {
		return lighthouse.Key{}, err
	}
	return key, nil
}

// dropOldKeys keeps the newest of an account's keys of a campaign, that which
// was made just now among them.
func dropOldKeys(tx *gorm.DB, account Account, id lighthouse.ID, fresh []byte) error {
	var old [][]byte
	err := tx.Model(&keyRecord{}).Where("account = ? AND campaign = ? AND key_hash <> ?", account[:], id[:], fresh).
		Order("made_at DESC, key_hash").Pluck("key_hash", &old).Error
	if err != nil {
		return fmt.Errorf("read a campaign's keys: %w", err)
	}
	if len(old) < keysKept {
		return nil
	}
	if err := tx.Where("key_hash IN ?", old[keysKept-1:]).Delete(&keyRecord{}).Error; err != nil {
		return fmt.Errorf("drop a campaign's old keys: %w", err)
	}
	return nil
}

// Forget removes what is known of an account, within tx. Its campaigns stay:
// others have pledged to them.
func Forget(tx *gorm.DB, account Account) error {
	for _, table := range []any{&accountRecord{}, &keyRecord{}} {
		if err := tx.Where("account = ?", account[:]).Delete(table).Error; err != nil {
			return fmt.Errorf("forget an account's campaigns: %w", err)
		}
	}
	return nil
}
