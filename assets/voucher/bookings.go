package voucher

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cairn/app/db"
	"cairn/assets/voucher/bearer"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// bookingRow is a booking with what it is about.
type bookingRow struct {
	Row   bookingRecord `gorm:"embedded"`
	Name  []byte
	Label string
	State spendState
	Txid  []byte
}

func (w bookingRow) booking(now time.Time) Booking {
	r := w.Row
	b := Booking{
		Number: r.Number, Name: bearer.Name(w.Name), Series: SeriesID(r.Series), What: r.What, Units: r.Units, Left: r.Rest,
		At: unix(r.At), Note: r.Note, Staff: r.Staff, Till: r.Till, Offline: unixOrZero(r.OfflineAt),
	}
	if r.UndoneAt == nil && w.Txid != nil {
		b.Txid = chainhash.Hash(w.Txid).String()
	}
	switch {
	case r.UndoneAt != nil:
		b.Stage = Undone
	case w.State == open && r.What == Redeeming && now.Unix() < r.UndoUntil:
		b.Stage, b.UndoUntil = Undoable, unix(r.UndoUntil)
	case w.State == open, w.State == closing:
		b.Stage = Waiting
	case w.State == sent:
		b.Stage = Sent
	case w.State == lost:
		b.Stage = Lost
	default:
		b.Stage = Confirmed
	}
	return b
}

// bookings reads bookings, newest first; q has the conditions, over b.
func (s *Service) bookings(q *gorm.DB) ([]Booking, error) {
	var rows []bookingRow
	err := q.Table("voucher_bookings b").Select("b.*, v.name AS name, v.label AS label, s.state AS state, s.txid AS txid").
		Joins("JOIN vouchers v ON v.id = b.voucher").Joins("JOIN voucher_spends s ON s.id = b.spend").
		Order("b.number DESC").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read bookings: %w", db.Classify(err))
	}
	out, now := make([]Booking, len(rows)), s.now()
	for i, r := range rows {
		out[i] = r.booking(now)
	}
	return out, nil
}

func (s *Service) booking(tx *gorm.DB, number int64) (Booking, error) {
	all, err := s.bookings(tx.Where("b.number = ?", number))
	if err == nil && len(all) == 0 {
		err = ErrBooking
	}
	if err != nil {
		return Booking{}, err
	}
	return all[0], nil
}

// maxBookings is how many bookings are listed at a time.
const maxBookings = 500

// Bookings lists what was redeemed, the newest first, before a number (0 for the
// newest), at most limit of them and 500. A cashier sees those of his own till.
// Errors: those of Enter.
func (s *Service) Bookings(ctx context.Context, key Key, before int64, limit int) ([]Booking, error) {
	tx := s.db.Read(ctx)
	who, err := enter(tx, key)
	if err != nil {
		return nil, err
	}
	q := tx.Where("b.shop = ?", who.Shop.ID[:]).Limit(min(max(limit, 1), maxBookings))
	if !who.Staff.Role.May(Review) {
		q = q.Where("b.till = ?", who.Staff.Till)
	}
	if before > 0 {
		q = q.Where("b.number < ?", before)
	}
	return s.bookings(q)
}

// Undo takes a redemption back in time: the voucher is as it was before. A
// cashier undoes what his own till booked. Doing so again is no error. Errors:
// ErrBooking, ErrTooLate, ErrOrder when more was redeemed of the same coin since;
// ErrRole; those of Enter.
func (s *Service) Undo(ctx context.Context, key Key, number int64) (Booking, error) {
	var b Booking
	err := s.as(ctx, key, Take, func(tx *gorm.DB, who Desk) error {
		row, err := take[bookingRecord](tx.Where("number = ? AND shop = ?", number, who.Shop.ID[:]), ErrBooking)
		if err != nil {
			return err
		}
		if row.Till != who.Staff.Till && !who.Staff.Role.May(Correct) {
			return fmt.Errorf("%w: another till booked it", ErrRole)
		}
		if row.UndoneAt == nil {
			if err := s.undo(tx, row); err != nil {
				return err
			}
			v, err := take[voucherRecord](tx.Where("id = ?", row.Voucher), ErrUnknown)
			if err != nil {
				return err
			}
			e := Entry{What: EventUndone, Name: v.name(), Series: SeriesID(row.Series), Units: row.Units, Detail: fmt.Sprint(number)}
			if err := s.note(tx, who, e); err != nil {
				return err
			}
		}
		b, err = s.booking(tx, number)
		return err
	})
	return b, err
}

// undo gives a coin back what its last booking took.
func (s *Service) undo(tx *gorm.DB, row bookingRecord) error {
	sp, err := take[spendRecord](tx.Where("id = ?", row.Spend), ErrBooking)
	if err != nil {
		return err
	}
	now := s.now().Unix()
	if row.What != Redeeming || sp.State != open || now >= row.UndoUntil {
		return ErrTooLate
	}
	all, err := list[bookingRecord](tx.Where("spend = ? AND undone_at IS NULL", sp.ID).Order("number"))
	if err != nil {
		return err
	}
	if last := all[len(all)-1]; last.Number != row.Number {
		return fmt.Errorf("%w: booking %d", ErrOrder, last.Number)
	}
	before := sp.Version
	sp.Version++
	if rest := all[:len(all)-1]; len(rest) > 0 {
		// The bearer has signed for what was booked before, too.
		last := rest[len(rest)-1]
		sp.Units, sp.Tx = sp.Units-row.Units, slices.Clone(last.Tx)
	} else {
		sp.State = undone
	}
	if err := saveSpend(tx, &sp, before); err != nil {
		return fmt.Errorf("%w: %w", ErrTooLate, err)
	}
	if err := tx.Model(&bookingRecord{}).Where("number = ?", row.Number).Update("undone_at", now).Error; err != nil {
		return fmt.Errorf("undo booking %d: %w", row.Number, err)
	}
	return nil
}
