package voucher

import (
	"context"
	"fmt"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// Fate is what becomes of the transactions that issue vouchers.
type Fate string

// The fates.
const (
	// Waits: they may be sent yet: somebody has to sign, or to pay.
	Waits Fate = "waits"
	// Under: they were sent, and a block may have them.
	Under Fate = "sent"
	// Over: they never will be in a block.
	Over Fate = "over"
)

// Drafts knows the drafts of transactions that issue vouchers; app joins
// assets/compose.
type Drafts interface {
	Fate(ctx context.Context, draft string) (Fate, error)
}

// batchState is how far what was registered together has come.
type batchState string

const (
	batchPlanned batchState = "planned"
	batchIssued  batchState = "issued"
	batchGivenUp batchState = "given-up"
)

// batchRecord is vouchers that are issued together. One that was given up is brought
// back by nothing but coins: a block that has them makes its vouchers good, as
// whatever they are said to be, they are what the chain says.
type batchRecord struct {
	ID     int64 `gorm:"primaryKey"`
	Series []byte
	Shop   []byte
	Draft  string
	State  batchState
	MadeAt int64
	OverAt *int64
}

func (batchRecord) TableName() string { return "voucher_batches" }

// await has vouchers wait for a draft. Without one they wait for whatever pays them.
func (s *Service) await(tx *gorm.DB, series seriesRecord, list []Voucher, draft string) error {
	if draft == "" {
		return nil
	}
	first, last := list[0].Number, list[len(list)-1].Number
	has, err := take[voucherRecord](tx.Where("series = ? AND number = ?", series.ID, first), ErrUnknown)
	if err != nil {
		return err
	}
	if has.Batch != nil {
		set := map[string]any{"draft": draft, "state": batchPlanned, "over_at": nil}
		err := tx.Model(&batchRecord{}).Where("id = ? AND draft <> ? AND state <> ?", *has.Batch, draft, batchIssued).Updates(set).Error
		if err != nil {
			return fmt.Errorf("have a batch wait for another draft: %w", err)
		}
		return nil
	}
	row := batchRecord{Series: series.ID, Shop: series.Shop, Draft: draft, State: batchPlanned, MadeAt: s.now().Unix()}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("store a batch: %w", err)
	}
	err = tx.Model(&voucherRecord{}).Where("series = ? AND number BETWEEN ? AND ?", series.ID, first, last).Update("batch", row.ID).Error
	if err != nil {
		return fmt.Errorf("put vouchers into a batch: %w", err)
	}
	return nil
}

const (
	// askEvery is how often drafts are asked about, and batchesAtOnce how many.
	askEvery      = 5 * time.Second
	batchesAtOnce = 100
)

// batches looks what became of those that are planned.
func (s *Service) batches(ctx context.Context) error {
	now := s.now()
	if s.cfg.Drafts == nil || !s.asked.IsZero() && now.Sub(s.asked) < askEvery && !now.Before(s.asked) {
		return nil
	}
	s.asked = now
	for after := int64(0); ; {
		rows, err := list[batchRecord](s.db.Read(ctx).Where("state = ? AND id > ?", batchPlanned, after).Order("id").Limit(batchesAtOnce))
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, b := range rows {
			if err := s.settleBatch(ctx, b); err != nil {
				return err
			}
			after = b.ID
		}
	}
}

// settleBatch notes that all of a batch is in blocks, or gives it up.
func (s *Service) settleBatch(ctx context.Context, b batchRecord) error {
	missing, err := missingOf(s.db.Read(ctx), b)
	if err != nil {
		return err
	}
	if missing == 0 {
		return s.transact(ctx, func(tx *gorm.DB) error { _, err := s.batchIs(tx, b, batchIssued); return err })
	}
	fate, err := s.cfg.Drafts.Fate(ctx, b.Draft)
	if err != nil {
		return fmt.Errorf("ask what became of draft %s: %w", b.Draft, err)
	}
	if fate != Over {
		return nil
	}
	if err := s.crash("batch over"); err != nil {
		return err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		moved, err := s.batchIs(tx, b, batchGivenUp)
		if err != nil || !moved {
			return err
		}
		return s.write(tx, ShopID(b.Shop), Entry{What: EventGivenUp, Series: SeriesID(b.Series), Detail: fmt.Sprint(missing)}, "")
	})
	if err == nil {
		s.hub.tell(ShopID(b.Shop))
		s.log.Info("vouchers are given up: what was to issue them came to nothing", "batch", b.ID, "vouchers", missing)
	}
	return err
}

// missingOf counts the vouchers of a batch that no block holds.
func missingOf(tx *gorm.DB, b batchRecord) (missing int64, err error) {
	err = tx.Raw(`SELECT count(*) FROM vouchers v WHERE v.batch = ? AND NOT EXISTS (
		SELECT 1 FROM voucher_coins c WHERE c.voucher = v.id AND (c.height IS NOT NULL OR c.spend IS NOT NULL))`, b.ID).Scan(&missing).Error
	if err != nil {
		return 0, fmt.Errorf("count what is missing of a batch: %w", db.Classify(err))
	}
	return missing, nil
}

// batchIs moves a batch on, unless somebody has made it wait for another draft.
func (s *Service) batchIs(tx *gorm.DB, b batchRecord, state batchState) (moved bool, err error) {
	set := map[string]any{"state": state, "over_at": s.now().Unix()}
	res := tx.Model(&batchRecord{}).Where("id = ? AND state = ? AND draft = ?", b.ID, batchPlanned, b.Draft).Updates(set)
	if res.Error != nil {
		return false, fmt.Errorf("note that a batch is %s: %w", state, res.Error)
	}
	return res.RowsAffected == 1, nil
}

// givenUp says that a voucher's batch came to nothing.
func givenUp(tx *gorm.DB, v voucherRecord) (bool, error) {
	if v.Batch == nil {
		return false, nil
	}
	b, err := take[batchRecord](tx.Where("id = ?", *v.Batch), ErrUnknown)
	return b.State == batchGivenUp, err
}

// dropped marks those of a stretch of a series whose batch came to nothing.
func dropped(tx *gorm.DB, series seriesRecord, rows []voucherRecord, out map[int64]*standing) error {
	batches, err := list[batchRecord](tx.Where("series = ? AND state = ?", series.ID, batchGivenUp))
	if err != nil || len(batches) == 0 {
		return err
	}
	gone := make(map[int64]bool, len(batches))
	for _, b := range batches {
		gone[b.ID] = true
	}
	for _, r := range rows {
		out[r.ID].givenUp = r.Batch != nil && gone[*r.Batch]
	}
	return nil
}

// Waiting are the drafts that a series' vouchers wait for, the oldest first. Errors:
// ErrSeries; those of Enter, ErrRole.
func (s *Service) Waiting(ctx context.Context, key Key, id SeriesID) ([]string, error) {
	tx := s.db.Read(ctx)
	who, err := allow(tx, key, Review)
	if err != nil {
		return nil, err
	}
	if _, err := ofShop(tx, who, id); err != nil {
		return nil, err
	}
	rows, err := list[batchRecord](tx.Where("series = ? AND state = ?", id[:], batchPlanned).Order("id").Limit(batchesAtOnce))
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Draft
	}
	return out, err
}
