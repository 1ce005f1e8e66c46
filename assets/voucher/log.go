package voucher

import (
	"context"
	"fmt"

	"cairn/assets/voucher/bearer"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// note writes a line of a shop's log, by somebody of it.
func (s *Service) note(tx *gorm.DB, who Desk, e Entry) error {
	e.Staff, e.Till = who.Staff.Number, who.Staff.Till
	return s.write(tx, who.Shop.ID, e, "")
}

// write writes a line; once, if set, names what is told in it once.
func (s *Service) write(tx *gorm.DB, shop ShopID, e Entry, once string) error {
	row := logRecord{Shop: shop[:], At: s.now().Unix(), What: e.What, Staff: e.Staff, Till: e.Till, Units: e.Units, Detail: e.Detail}
	if e.Name != (bearer.Name{}) {
		row.Voucher = e.Name[:]
	}
	if e.Series != (SeriesID{}) {
		row.Series = e.Series[:]
	}
	if once != "" {
		row.Once = &once
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return fmt.Errorf("write the log of shop %s: %w", shop, err)
	}
	return nil
}

// maxLines is how many lines of a log are read at a time.
const maxLines = 500

// Log lists what happened in a shop, the newest first, before a number (0 for
// the newest), at most limit of them and 500. Errors: those of Enter, ErrRole.
func (s *Service) Log(ctx context.Context, key Key, before int64, limit int) ([]Entry, error) {
	who, err := allow(s.db.Read(ctx), key, Review)
	if err != nil {
		return nil, err
	}
	q := s.db.Read(ctx).Where("shop = ?", who.Shop.ID[:]).Order("number DESC").Limit(min(max(limit, 1), maxLines))
	if before > 0 {
		q = q.Where("number < ?", before)
	}
	rows, err := list[logRecord](q)
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i] = Entry{Number: r.Number, At: unix(r.At), What: r.What, Staff: r.Staff, Till: r.Till, Units: r.Units, Detail: r.Detail}
		copy(out[i].Name[:], r.Voucher)
		copy(out[i].Series[:], r.Series)
	}
	return out, err
}
