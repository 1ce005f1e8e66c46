package visitor

import (
	"context"
	"fmt"
	"time"

	"cairn/chain/follow"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// walletRecord is a wallet that is watched.
type walletRecord struct {
	Label        string `gorm:"primaryKey"`
	Scripts      int64
	SeenAt       int64
	SearchedFrom *int32
}

func (walletRecord) TableName() string { return "visitor_wallets" }

type searchRecord struct {
	Label  string `gorm:"primaryKey"`
	Script []byte `gorm:"primaryKey"`
}

func (searchRecord) TableName() string { return "visitor_searches" }

// Watch has scripts of a wallet watched, from the next block on; those that are
// watched already make no difference. With search, older blocks are searched for
// coins of the new ones: for scripts that were given to somebody before this was
// called. Errors: ErrScript, ErrTooMany, ErrFull.
func (s *Service) Watch(ctx context.Context, id ID, scripts [][]byte, search bool) error {
	if len(scripts) > MostAtOnce {
		return fmt.Errorf("%w: %d at once", ErrTooMany, len(scripts))
	}
	for _, script := range scripts {
		if err := checkScript(script); err != nil {
			return err
		}
	}
	label := id.label()
	searches := false
	err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		fresh, err := s.fresh(tx, label, scripts)
		if err != nil {
			return err
		}
		for _, script := range fresh {
			if err := follow.Watch(tx, script, label); err != nil {
				return err
			}
		}
		searches = search && len(fresh) > 0
		if !searches {
			return nil
		}
		rows := make([]searchRecord, len(fresh))
		for i, script := range fresh {
			rows[i] = searchRecord{Label: label, Script: script}
		}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 500).Error; err != nil {
			return fmt.Errorf("noting what is to be searched for: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("watching scripts of a visitor: %w", err)
	}
	if searches {
		select {
		case s.search <- struct{}{}:
		default:
		}
	}
	return nil
}

// fresh are the scripts that the wallet does not have yet, which it has from now
// on; and it was seen.
func (s *Service) fresh(tx *gorm.DB, label string, scripts [][]byte) ([][]byte, error) {
	now := s.cfg.Now().Unix()
	wallet := walletRecord{Label: label, SeenAt: now}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&wallet).Error; err != nil {
		return nil, fmt.Errorf("noting the wallet: %w", err)
	}
	if err := tx.Where("label = ?", label).Take(&wallet).Error; err != nil {
		return nil, fmt.Errorf("reading the wallet: %w", err)
	}
	known := make(map[string]bool)
	there, err := follow.Scripts(tx, label)
	if err != nil {
		return nil, err
	}
	for _, script := range there {
		known[string(script)] = true
	}
	var fresh [][]byte
	for _, script := range scripts {
		if !known[string(script)] {
			known[string(script)] = true
			fresh = append(fresh, script)
		}
	}
	if len(known) > MostScripts {
		return nil, fmt.Errorf("%w: %d", ErrTooMany, len(known))
	}
	if len(fresh) > 0 {
		var sum int64
		if err := tx.Model(&walletRecord{}).Select("COALESCE(SUM(scripts), 0)").Scan(&sum).Error; err != nil {
			return nil, fmt.Errorf("counting scripts: %w", err)
		}
		if sum+int64(len(fresh)) > s.cfg.MostInAll {
			return nil, ErrFull
		}
	}
	changed := map[string]any{"seen_at": now, "scripts": len(known)}
	if err := tx.Model(&walletRecord{}).Where("label = ?", label).Updates(changed).Error; err != nil {
		return nil, fmt.Errorf("noting the wallet: %w", err)
	}
	return fresh, nil
}

// How long a wallet is watched that nobody opens: one that has or had coins, and
// one that never had any.
const (
	rememberPaid  = 90 * 24 * time.Hour
	rememberEmpty = 30 * 24 * time.Hour
	mostForgotten = 50 // wallets in one go
)

// forget ends the watching of wallets nobody has opened for long. Coins that are
// pledged stay watched by whoever keeps the pledges; the wallet itself finds its
// coins again by a search when it comes back.
func (s *Service) forget(ctx context.Context) error {
	now := s.cfg.Now()
	return s.transact(ctx, func(tx *gorm.DB) error {
		var labels []string
		err := tx.Raw(`SELECT label FROM visitor_wallets w WHERE seen_at < ? AND (seen_at < ? OR NOT EXISTS (
			SELECT 1 FROM watched_scripts s JOIN coins c ON c.script_hash = s.script_hash WHERE s.label = w.label)) LIMIT ?`,
			now.Add(-rememberEmpty).Unix(), now.Add(-rememberPaid).Unix(), mostForgotten).Scan(&labels).Error
		if err != nil {
			return fmt.Errorf("looking for wallets to forget: %w", err)
		}
		for _, label := range labels {
			if err := follow.Unwatch(tx, label); err != nil {
				return err
			}
			if err := tx.Where("label = ?", label).Delete(&searchRecord{}).Error; err != nil {
				return fmt.Errorf("forgetting searches: %w", err)
			}
			if err := tx.Where("label = ?", label).Delete(&walletRecord{}).Error; err != nil {
				return fmt.Errorf("forgetting a wallet: %w", err)
			}
		}
		return nil
	})
}
