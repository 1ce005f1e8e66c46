package fees

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Purse is a paid quote that is had in pieces: so many units of what it is for,
// spent one by one or many at a time until a day.
type Purse struct {
	Quote        ID
	Units, Spent int64
	Until        time.Time
}

// Left is how many units there still are.
func (p Purse) Left() int64 { return p.Units - p.Spent }

type purseRecord struct {
	QuoteID   []byte `gorm:"primaryKey"`
	Units     int64
	Spent     int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	Until     int64
}

func (purseRecord) TableName() string { return "purses" }

func (r purseRecord) purse() Purse {
	return Purse{Quote: ID(r.QuoteID), Units: r.Units, Spent: r.Spent, Until: time.Unix(r.Until, 0).UTC()}
}

type spendRecord struct {
	QuoteID []byte `gorm:"primaryKey"`
	Name    []byte `gorm:"primaryKey"`
	Units   int64
	MadeAt  int64
	Done    bool
}

func (spendRecord) TableName() string { return "purse_spends" }

// maxUnits bounds a purse.
const maxUnits = 1_000_000_000

// OpenPurse uses a paid quote for a purse of so many units, which lasts from
// now on. Opening it again changes nothing. A payment that came late is taken:
// units do not go stale. Errors: ErrRequest; those of Use.
func (s *Service) OpenPurse(ctx context.Context, id ID, units int64, life time.Duration) (Purse, error) {
	if units < 1 || units > maxUnits || life < time.Minute {
		return Purse{}, refuse("a purse of %d units for %v", units, life)
	}
	var p purseRecord
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		p = purseRecord{}
		if _, err := s.UseIn(tx, Use{ID: id, For: "purse", AcceptLate: true}); err != nil {
			return err
		}
		now := s.now()
		fresh := purseRecord{QuoteID: id[:], Units: units, CreatedAt: now.Unix(), Until: now.Add(life).Unix()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return fmt.Errorf("open a purse: %w", err)
		}
		return tx.Where("quote_id = ?", id[:]).Take(&p).Error
	})
	if err != nil {
		return Purse{}, err
	}
	s.hub.publish(id)
	return p.purse(), nil
}

// Purse reads one. Errors: ErrNoPurse.
func (s *Service) Purse(ctx context.Context, id ID) (Purse, error) {
	return readPurse(s.db.Read(ctx), id)
}

func readPurse(tx *gorm.DB, id ID) (Purse, error) {
	var p purseRecord
	err := tx.Where("quote_id = ?", id[:]).Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Purse{}, ErrNoPurse
	}
	if err != nil {
		return Purse{}, fmt.Errorf("read a purse: %w", err)
	}
	return p.purse(), nil
}

// Spending takes units out of a purse for one thing.
type Spending struct {
	Quote ID
	// Name is that of the thing. Under the same name nothing is taken again.
	Name  [32]byte
	Units int64
	// Most, if above zero, is how many units may be spent of the purse in all,
	// by everybody: a holder may have bound what he handed on.
	Most int64
	// Whole takes all units, of a purse nobody has spent from: a payment that is
	// good once.
	Whole bool
}

// Spend takes units, before what they are for is done: Done follows, or
// GiveBack. fresh is false when they were taken under the name before. Errors:
// ErrRequest; ErrNoPurse; ErrPurseOver; ErrSpent when too few are left.
func (s *Service) Spend(ctx context.Context, sp Spending) (p Purse, fresh bool, err error) {
	if sp.Units < 1 || sp.Units > maxUnits || sp.Most < 0 {
		return Purse{}, false, refuse("%d units of at most %d", sp.Units, sp.Most)
	}
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		fresh = false
		if p, err = readPurse(tx, sp.Quote); err != nil {
			return err
		}
		var taken int64
		err := tx.Model(&spendRecord{}).Where("quote_id = ? AND name = ?", sp.Quote[:], sp.Name[:]).Count(&taken).Error
		if err != nil {
			return fmt.Errorf("look for what was spent: %w", err)
		}
		if taken > 0 {
			return nil
		}
		units, err := sp.of(p, s.now())
		if err != nil {
			return err
		}
		fresh = true
		p.Spent += units
		return takeUnits(tx, spendRecord{QuoteID: sp.Quote[:], Name: sp.Name[:], Units: units, MadeAt: s.now().Unix()})
	})
	return p, fresh, err
}

// of is how many units are taken of a purse.
func (sp Spending) of(p Purse, now time.Time) (int64, error) {
	most := p.Units
	if sp.Most > 0 {
		most = min(most, sp.Most)
	}
	switch {
	case !now.Before(p.Until):
		return 0, fmt.Errorf("%w: at %s", ErrPurseOver, p.Until.Format(time.RFC3339))
	case p.Spent+sp.Units > most, sp.Whole && p.Spent > 0:
		return 0, fmt.Errorf("%w: %d of %d are left", ErrSpent, max(most-p.Spent, 0), most)
	case sp.Whole:
		return p.Units, nil
	}
	return sp.Units, nil
}

// takeUnits writes one spend down.
func takeUnits(tx *gorm.DB, r spendRecord) error {
	if err := tx.Create(&r).Error; err != nil {
		return fmt.Errorf("write down what is spent: %w", err)
	}
	return addSpent(tx, r.QuoteID, r.Units)
}

func addSpent(tx *gorm.DB, quote []byte, units int64) error {
	err := tx.Model(&purseRecord{}).Where("quote_id = ?", quote).Update("spent", gorm.Expr("spent + ?", units)).Error
	if err != nil {
		return fmt.Errorf("count what is spent: %w", err)
	}
	return nil
}

// Done says that what units were spent on is durable. Doing so again is no
// error. Should somebody have given the units back in between, because the one
// who took them seemed dead, they are taken once more: it was had.
func (s *Service) Done(ctx context.Context, sp Spending) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		marked := tx.Model(&spendRecord{}).Where("quote_id = ? AND name = ?", sp.Quote[:], sp.Name[:]).Update("done", true)
		if marked.Error != nil {
			return fmt.Errorf("mark what was spent: %w", marked.Error)
		}
		if marked.RowsAffected > 0 {
			return nil
		}
		p, err := readPurse(tx, sp.Quote)
		if err != nil {
			return err
		}
		units := sp.Units
		if sp.Whole {
			units = max(p.Left(), sp.Units)
		}
		if units < 1 {
			return nil // nobody knows any more how many
		}
		return takeUnits(tx, spendRecord{QuoteID: sp.Quote[:], Name: sp.Name[:], Units: units, MadeAt: s.now().Unix(), Done: true})
	})
}

// GiveBack puts units back whose thing could not be had, unless it was: one
// that is done stays so.
func (s *Service) GiveBack(ctx context.Context, quote ID, name [32]byte) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		var r spendRecord
		err := tx.Where("quote_id = ? AND name = ? AND NOT done", quote[:], name[:]).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look for what was spent: %w", err)
		}
		if err := tx.Where("quote_id = ? AND name = ?", quote[:], name[:]).Delete(&spendRecord{}).Error; err != nil {
			return fmt.Errorf("give back what was spent: %w", err)
		}
		return addSpent(tx, r.QuoteID, -r.Units)
	})
}

// Spent is one spend that is not done.
type Spent struct {
	Quote ID
	Name  [32]byte
}

// Undone lists spends made before a time whose thing was neither had nor given
// up, the oldest first: whoever made them has died. At most limit.
func (s *Service) Undone(ctx context.Context, before time.Time, limit int) ([]Spent, error) {
	var rows []spendRecord
	err := s.db.Read(ctx).Where("NOT done AND made_at < ?", before.Unix()).Order("made_at, name").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for what was left undone: %w", err)
	}
	out := make([]Spent, len(rows))
	for i, r := range rows {
		out[i] = Spent{Quote: ID(r.QuoteID), Name: [32]byte(r.Name)}
	}
	return out, nil
}
