package voucher

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// registered are the vouchers of a batch where it was added to the series before,
// and nil where none of them is known. Had some been added and others not, what is
// paid to the others would be lost to the shop: such a batch is none that was made
// before. Errors: ErrKnown, also for a voucher that is twice among them.
func registered(tx *gorm.DB, series seriesRecord, batch []voucherRecord, now time.Time) ([]Voucher, error) {
	known, err := knownOf(tx, batch)
	if err != nil || len(known) == 0 {
		return nil, err
	}
	rows := make([]voucherRecord, len(batch))
	for i, r := range batch {
		had, is := known[string(r.Name)]
		if !is || string(had.Series) != string(series.ID) || had.Units != r.Units || i > 0 && had.Number != rows[i-1].Number+1 {
			return nil, fmt.Errorf("%w: voucher %d of the list, or another", ErrKnown, i+1)
		}
		rows[i] = had
	}
	return standingNow(tx, series, rows, now)
}

// knownOf are those of a batch that are registered anywhere, by name. Errors:
// ErrKnown for one that is twice in the batch.
func knownOf(tx *gorm.DB, batch []voucherRecord) (map[string]voucherRecord, error) {
	place := make(map[string]int, len(batch))
	names := make([][]byte, len(batch))
	for i, r := range batch {
		if first, twice := place[string(r.Name)]; twice {
			return nil, fmt.Errorf("%w: vouchers %d and %d of the list are the same", ErrKnown, first+1, i+1)
		}
		place[string(r.Name)], names[i] = i, r.Name
	}
	known := make(map[string]voucherRecord)
	for part := range slices.Chunk(names, lookup) {
		rows, err := list[voucherRecord](tx.Where("name IN ?", part))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			known[string(r.Name)] = r
		}
	}
	return known, nil
}
