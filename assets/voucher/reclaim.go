package voucher

import (
	"context"
	"fmt"

	"cairn/assets/voucher/bearer"

	"gorm.io/gorm"
)

// maxReclaim is how many vouchers are taken back at a time.
const maxReclaim = 200

// Reclaims are the transactions by which the issuer takes the expired vouchers
// of a series back, one for each, at most 200 at a time. Their units are destroyed,
// or go where redeemed ones do. The blocks' own time lags behind the clock by an
// hour or so, and until then none is sent. Errors: ErrSeries, ErrNotExpired when
// there is none; those of Enter, ErrRole.
func (s *Service) Reclaims(ctx context.Context, owner Key, id SeriesID) ([]Plan, error) {
	tx := s.db.Read(ctx)
	who, err := allow(tx, owner, Manage)
	if err != nil {
		return nil, err
	}
	if _, err := ofShop(tx, who, id); err != nil {
		return nil, err
	}
	// Those with a coin that nothing is booked of.
	var names [][]byte
	err = tx.Raw(`SELECT DISTINCT v.name FROM vouchers v JOIN voucher_coins c ON c.voucher = v.id
		WHERE v.series = ? AND v.expiry > 0 AND v.expiry <= ? AND c.spent_by IS NULL AND (c.height IS NOT NULL OR c.spend IS NOT NULL)
		AND NOT EXISTS (SELECT 1 FROM voucher_spends s WHERE s.outpoint = c.outpoint AND s.state <> 'undone')
		ORDER BY v.name LIMIT ?`, id[:], s.now().Unix(), maxReclaim).Scan(&names).Error
	if err != nil {
		return nil, fmt.Errorf("look for expired vouchers: %w", err)
	}
	var out []Plan
	for _, name := range names {
		st, err := standingOf(tx, bearer.Name(name))
		if err != nil {
			return nil, err
		}
		if p, _, err := s.planReclaim(st); err == nil {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, ErrNotExpired
	}
	return out, nil
}

// planReclaim takes back what lies on one coin of an expired voucher.
func (s *Service) planReclaim(st standing) (Plan, choice, error) {
	if !st.expired(s.now()) {
		return Plan{}, choice{}, ErrNotExpired
	}
	for _, c := range st.coins {
		_, taken := st.spends[string(c.Outpoint)]
		if taken || c.SpentBy != nil || c.Height == nil && c.Spend == nil || st.unnamed(c) {
			continue
		}
		this := choice{coin: c}
		p, err := st.planned(this, c.Units, st.series.ReturnScript, true)
		return p, this, err
	}
	return Plan{}, choice{}, ErrGone
}

// Reclaim takes one signed transaction of Reclaims in. The same again gives the
// same booking. Errors: ErrUnknown, ErrOtherShop, ErrNotExpired, ErrGone,
// ErrChanged; bearer.ErrTransaction, bearer.ErrSignature; those of Enter, ErrRole.
func (s *Service) Reclaim(ctx context.Context, owner Key, name bearer.Name, signed []byte) (Booking, error) {
	msg, err := bearer.Read(signed)
	if err != nil {
		return Booking{}, err
	}
	var b Booking
	err = s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		st, err := s.atTill(tx, who, name)
		if err != nil {
			return err
		}
		if known, err := st.claimed(tx, msg); known != 0 || err != nil {
			if err == nil {
				b, err = s.booking(tx, known)
			}
			return err
		}
		p, c, err := s.planReclaim(st)
		if err != nil {
			return err
		}
		if err := s.signed(p, msg); err != nil {
			return err
		}
		row := bookingRecord{What: Reclaiming, Staff: who.Staff.Number, Units: p.Units, Rest: p.Left, Tx: signed, UndoUntil: s.now().Unix()}
		if err := s.book(tx, st, c, &row); err != nil {
			return err
		}
		if b, err = s.booking(tx, row.Number); err != nil {
			return err
		}
		return s.note(tx, who, Entry{What: EventReclaimed, Name: name, Series: SeriesID(st.series.ID), Units: p.Units})
	})
	if err == nil {
		s.Kick()
	}
	return b, err
}
