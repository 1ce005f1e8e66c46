package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

type loanRecord struct {
	Outpoint  []byte `gorm:"primaryKey"`
	Purpose   string
	ValueSat  int64
	Script    []byte
	ExpiresAt int64
}

func (loanRecord) TableName() string { return "coin_loans" }

func (r loanRecord) coin() (Coin, error) {
	op, err := outpointFrom(r.Outpoint)
	return Coin{OutPoint: op, Value: btcutil.Amount(r.ValueSat), Script: r.Script}, err
}

func loanCoins(rows []loanRecord) ([]Coin, error) {
	coins := make([]Coin, len(rows))
	for i, r := range rows {
		var err error
		if coins[i], err = r.coin(); err != nil {
			return nil, err
		}
	}
	return coins, nil
}

// lend writes a loan down, all of it or nothing. Errors: ErrPurposeUsed,
// ErrCoinTaken.
func (s store) lend(ctx context.Context, req chain.LoanRequest, coins []Coin, now time.Time) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		var used int64
		if err := tx.Model(&loanRecord{}).Where("purpose = ?", req.Purpose).Count(&used).Error; err != nil {
			return fmt.Errorf("look for the loan for %s: %w", req.Purpose, err)
		}
		signedFor, _, err := loadLatest(tx, req.Purpose)
		if err != nil {
			return err
		}
		if used > 0 || signedFor != nil {
			return fmt.Errorf("%w: %s", ErrPurposeUsed, req.Purpose)
		}
		t := &Signed{Purpose: req.Purpose}
		rows := make([]loanRecord, len(coins))
		for i, c := range coins {
			t.Inputs = append(t.Inputs, c.OutPoint)
			rows[i] = loanRecord{
				Outpoint: keyOf(c.OutPoint), Purpose: req.Purpose, ValueSat: int64(c.Value), Script: c.Script, ExpiresAt: req.Until.Unix(),
			}
			if err := tx.Where("outpoint = ? AND expires_at <= ?", rows[i].Outpoint, now.Unix()).Delete(&loanRecord{}).Error; err != nil {
				return fmt.Errorf("end an old loan: %w", err)
			}
		}
		if err := coinsFree(tx, t, now); err != nil {
			return err
		}
		err = tx.Create(&rows).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrCoinTaken
		}
		return err
	})
}

// takeBack ends a loan and reports its coins.
func (s store) takeBack(ctx context.Context, purpose string) ([]Coin, error) {
	var coins []Coin
	err := s.db.Transact(ctx, func(tx *gorm.DB) (err error) {
		var rows []loanRecord
		if err := tx.Where("purpose = ?", purpose).Find(&rows).Error; err != nil {
			return fmt.Errorf("read the loan for %s: %w", purpose, err)
		}
		if coins, err = loanCoins(rows); err != nil {
			return err
		}
		return tx.Where("purpose = ?", purpose).Delete(&loanRecord{}).Error
	})
	return coins, err
}

// lentFor are the coins of a loan that still stands, in the order of their
// outpoints.
func (s store) lentFor(ctx context.Context, purpose string, now time.Time) ([]Coin, error) {
	var rows []loanRecord
	err := s.db.Read(ctx).Where("purpose = ? AND expires_at > ?", purpose, now.Unix()).Order("outpoint").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the loan for %s: %w", purpose, err)
	}
	return loanCoins(rows)
}

// lent is the set of coins that are lent now.
func (s store) lent(ctx context.Context, now time.Time) (map[wire.OutPoint]bool, error) {
	var rows []loanRecord
	if err := s.db.Read(ctx).Where("expires_at > ?", now.Unix()).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the loans: %w", err)
	}
	coins, err := loanCoins(rows)
	if err != nil {
		return nil, err
	}
	out := make(map[wire.OutPoint]bool, len(coins))
	for _, c := range coins {
		out[c.OutPoint] = true
	}
	return out, nil
}

// endLoans removes loans whose time is over and reports their coins by purpose.
func (s store) endLoans(ctx context.Context, now time.Time) (map[string][]Coin, error) {
	over := make(map[string][]Coin)
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		clear(over)
		var rows []loanRecord
		if err := tx.Where("expires_at <= ?", now.Unix()).Find(&rows).Error; err != nil {
			return fmt.Errorf("look for loans that are over: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		for _, r := range rows {
			c, err := r.coin()
			if err != nil {
				return err
			}
			over[r.Purpose] = append(over[r.Purpose], c)
		}
		return tx.Where("expires_at <= ?", now.Unix()).Delete(&loanRecord{}).Error
	})
	return over, err
}

// insertLent stores a shared transaction in the place of its loan. Errors: as
// insert, and ErrCoinTaken when the loan is over.
func (s store) insertLent(ctx context.Context, t *Signed, charge, limit btcutil.Amount, now time.Time) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := s.insertIn(tx, t, nil, charge, limit, now); err != nil {
			return err
		}
		ended := tx.Where("purpose = ?", t.Purpose).Delete(&loanRecord{})
		if ended.Error != nil {
			return fmt.Errorf("end the loan for %s: %w", t.Purpose, ended.Error)
		}
		if ended.RowsAffected == 0 {
			return fmt.Errorf("%w: the loan for %s is over", ErrCoinTaken, t.Purpose)
		}
		return nil
	})
}
