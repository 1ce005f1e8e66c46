package fees

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Limit is a free allowance: Count in each Per, all of which may be taken at
// once. It refills steadily by the generic cell rate algorithm (ITU-T I.371):
// one number in the database for each key.
type Limit struct {
	// Key names who or what is limited, as "stamps/client/…": 1 to 200 bytes.
	Key string
	// Count is at least 1, and Per at least Count microseconds, at most a year.
	Count int64
	Per   time.Duration
}

// Wait is the error of an allowance that is used up: how long until there is
// enough of it. It matches ErrAllowance.
type Wait struct {
	Key string
	For time.Duration
}

// Error says how long.
func (w *Wait) Error() string { return fmt.Sprintf("%s: more in %v", ErrAllowance, w.For) }

// Is makes it match ErrAllowance.
func (w *Wait) Is(target error) bool { return target == ErrAllowance }

func (l Limit) check() error {
	switch {
	case l.Key == "" || len(l.Key) > maxSubject || db.CleanText(l.Key) != l.Key:
		return refuse("an allowance has a key of 1 to %d bytes of UTF-8", maxSubject)
	case l.Count < 1 || l.Per < time.Microsecond*time.Duration(l.Count) || l.Per > 366*24*time.Hour:
		return refuse("an allowance of %d in %v", l.Count, l.Per)
	}
	return nil
}

type allowanceRecord struct {
	Key   string `gorm:"primaryKey"`
	TatUs int64
}

func (allowanceRecord) TableName() string { return "allowances" }

// TakeFree takes n from all of the limits, or from none. Errors: ErrRequest for
// n below 1 or above a Count, for ever too much; a *Wait that matches
// ErrAllowance, with the longest wait, when one is used up.
func (s *Service) TakeFree(ctx context.Context, n int64, limits ...Limit) error {
	for _, l := range limits {
		if err := l.check(); err != nil {
			return err
		}
		if n < 1 || n > l.Count {
			return refuse("%d of a free allowance of %d", n, l.Count)
		}
	}
	now := s.now().UnixMicro()
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		var longest *Wait
		for _, l := range limits {
			wait, err := l.take(tx, n, now)
			if err != nil {
				return err
			}
			if wait > 0 && (longest == nil || wait > longest.For) {
				longest = &Wait{Key: l.Key, For: wait}
			}
		}
		if longest != nil {
			return longest // which takes nothing of the others either
		}
		return nil
	})
}

// take moves the theoretical arrival time on, or says how long to wait.
func (l Limit) take(tx *gorm.DB, n, now int64) (time.Duration, error) {
	var r allowanceRecord
	err := tx.Where(map[string]any{"key": l.Key}).Take(&r).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, fmt.Errorf("read the allowance of %s: %w", l.Key, err)
	}
	interval := l.Per.Microseconds() / l.Count
	tat := max(r.TatUs, now) + n*interval
	if early := tat - now - l.Count*interval; early > 0 {
		return time.Duration(early) * time.Microsecond, nil
	}
	r = allowanceRecord{Key: l.Key, TatUs: tat}
	later := clause.OnConflict{Columns: []clause.Column{{Name: "key"}}, DoUpdates: clause.AssignmentColumns([]string{"tat_us"})}
	if err := tx.Clauses(later).Create(&r).Error; err != nil {
		return 0, fmt.Errorf("take of the allowance of %s: %w", l.Key, err)
	}
	return 0, nil
}

// GiveFree puts back what was taken for something that was not had after all.
// Errors: as TakeFree, but ErrAllowance.
func (s *Service) GiveFree(ctx context.Context, n int64, limits ...Limit) error {
	for _, l := range limits {
		if err := l.check(); err != nil {
			return err
		}
		if n < 1 || n > l.Count {
			return refuse("%d of a free allowance of %d", n, l.Count)
		}
	}
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		for _, l := range limits {
			back := n * (l.Per.Microseconds() / l.Count)
			err := tx.Model(&allowanceRecord{}).Where(map[string]any{"key": l.Key}).Update("tat_us", gorm.Expr("tat_us - ?", back)).Error
			if err != nil {
				return fmt.Errorf("give back of the allowance of %s: %w", l.Key, err)
			}
		}
		return nil
	})
}

// ForgetAllowances removes the rows of allowances that are whole again, at most
// 10,000 at a time; they say nothing.
func (s *Service) ForgetAllowances(ctx context.Context) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		full := tx.Session(&gorm.Session{NewDB: true}).Model(&allowanceRecord{}).Select(`"key"`).Where("tat_us < ?", s.now().UnixMicro()).Limit(10_000)
		return tx.Where(`"key" IN (?)`, full).Delete(&allowanceRecord{}).Error
	})
}
