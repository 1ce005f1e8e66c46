package voucher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/assets/voucher/bearer"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

const secondsOfDay = 24 * 60 * 60

// Redeem takes units off a voucher: when it returns, they are booked for good
// unless they are undone in time. The same request again gives the same booking.
// Of two tills that redeem the same coin at once one is told ErrRedeemed, or
// ErrChanged where more is left.
//
// What a till took without network and turns out not to be good is written into
// the log besides.
//
// Errors: as Plan; bearer.ErrTransaction, bearer.ErrSignature; ErrReplay, ErrUndone,
// ErrWords. Nothing is booked then.
func (s *Service) Redeem(ctx context.Context, till Key, r Redemption) (Booking, error) {
	if err := errors.Join(words("a note", r.Note, 0, 80, false), r.check(s.now())); err != nil {
		return Booking{}, err
	}
	msg, err := bearer.Read(r.Signed)
	if err != nil {
		return Booking{}, err
	}
	var b Booking
	err = s.as(ctx, till, Take, func(tx *gorm.DB, who Desk) error {
		known, err := s.replayed(tx, who, r)
		if err != nil || known != nil {
			if known != nil {
				b = *known
			}
			return err
		}
		st, err := s.atTill(tx, who, r.Name)
		if err != nil {
			return err
		}
		p, c, err := s.plan(st, r.Units)
		if err != nil {
			return err
		}
		if err := s.signed(p, msg); err != nil {
			return err
		}
		row := bookingRecord{
			What: Redeeming, Staff: who.Staff.Number, Till: who.Staff.Till, Units: r.Units, Rest: p.Left, Tx: r.Signed, Note: r.Note,
			Request: r.Request[:], UndoUntil: s.now().Add(who.Shop.Undo).Unix(),
		}
		if !r.Offline.IsZero() {
			at := r.Offline.Unix()
			row.OfflineAt = &at
		}
		if err := s.book(tx, st, c, &row); err != nil {
			return err
		}
		if b, err = s.booking(tx, row.Number); err != nil {
			return err
		}
		return s.note(tx, who, Entry{What: EventRedeemed, Name: r.Name, Series: SeriesID(st.series.ID), Units: r.Units, Detail: r.Note})
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		err = fmt.Errorf("%w: %w", ErrChanged, err)
	}
	if err != nil {
		return Booking{}, s.uncovered(ctx, till, r, err)
	}
	s.Kick()
	return b, s.crash("booked")
}

// check says whether a till's words make sense. Errors: ErrReplay without a
// request's name, ErrTerms for a time to come.
func (r Redemption) check(now time.Time) error {
	if r.Request == (RequestID{}) {
		return fmt.Errorf("%w: it has no name", ErrReplay)
	}
	if r.Offline.After(now.Add(time.Hour)) || !r.Offline.IsZero() && r.Offline.Before(now.AddDate(-1, 0, 0)) {
		return fmt.Errorf("%w: it was taken at %s", ErrTerms, r.Offline.UTC().Format(time.RFC3339))
	}
	return nil
}

// replayed finds what a request has booked already; nil for nothing. Errors:
// ErrReplay when that was something else, ErrUndone.
func (s *Service) replayed(tx *gorm.DB, who Desk, r Redemption) (*Booking, error) {
	row, err := take[bookingRecord](tx.Where("shop = ? AND request = ?", who.Shop.ID[:], r.Request[:]), ErrBooking)
	if errors.Is(err, ErrBooking) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := s.booking(tx, row.Number)
	switch {
	case err != nil:
	case b.Name != r.Name || b.Units != r.Units:
		err = ErrReplay
	case b.Stage == Undone:
		err = ErrUndone // a till whose answer was lost is not to show green for it
	}
	return &b, err
}

// signed checks what the bearer signed. A transaction over the same coin that
// takes another sum was planned before somebody else redeemed, or after. Errors:
// ErrChanged; bearer.ErrTransaction, bearer.ErrSignature; ErrMoving when somebody
// is about to spend the coin elsewhere.
func (s *Service) signed(p Plan, msg *wire.MsgTx) error {
	bare := msg.Copy()
	bare.TxIn[0].Witness = nil
	if !bearer.Same(bare, p.Unsigned) {
		if bearer.Verify(msg, p.Coin) == nil {
			return ErrChanged
		}
		return fmt.Errorf("%w: it is another than was planned", bearer.ErrTransaction)
	}
	if err := bearer.Verify(msg, p.Coin); err != nil {
		return err
	}
	if s.cfg.Mempool == nil {
		return nil
	}
	if other, err := s.cfg.Mempool.Spender(p.Coin.OutPoint); err == nil {
		return fmt.Errorf("%w: %s spends it", ErrMoving, other.TxHash())
	}
	return nil
}

// book writes a booking, and what it makes of its coin. row has all that the
// caller knows of it.
func (s *Service) book(tx *gorm.DB, st standing, c choice, row *bookingRecord) error {
	now := s.now().Unix()
	sp := c.spend
	if sp.ID == 0 {
		sp = spendRecord{Outpoint: c.coin.Outpoint, Voucher: st.voucher.ID, Shop: st.shop.ID, What: row.What, State: open}
	}
	sp.Units, sp.Tx, sp.Due, sp.Version = sp.Units+row.Units, row.Tx, row.UndoUntil, sp.Version+1
	if err := saveSpend(tx, &sp, c.spend.Version); err != nil {
		return err
	}
	row.Spend, row.Voucher, row.Series, row.Shop = sp.ID, st.voucher.ID, st.series.ID, st.shop.ID
	row.At, row.Day = now, now/secondsOfDay
	if err := tx.Create(row).Error; err != nil {
		return fmt.Errorf("write a booking: %w", err)
	}
	return nil
}

// saveSpend stores what becomes of a coin, anew or over the version that was
// read. Errors: ErrChanged when that is not there any more.
func saveSpend(tx *gorm.DB, sp *spendRecord, version int64) error {
	if sp.ID == 0 {
		if err := tx.Create(sp).Error; err != nil {
			return fmt.Errorf("book a coin: %w", err)
		}
		return nil
	}
	res := tx.Model(&spendRecord{}).Where("id = ? AND version = ? AND state = 'open'", sp.ID, version).
		Updates(map[string]any{"units": sp.Units, "tx": sp.Tx, "due": sp.Due, "version": sp.Version, "state": sp.State})
	if res.Error != nil {
		return fmt.Errorf("book a coin: %w", res.Error)
	}
	if res.RowsAffected != 1 {
		return ErrChanged
	}
	return nil
}

// uncovered writes down that a till without network took a voucher that is not
// good, once for each request, and gives why.
func (s *Service) uncovered(ctx context.Context, till Key, r Redemption, why error) error {
	kind := kindOf(why)
	if r.Offline.IsZero() || kind == "" {
		return why
	}
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		who, err := allow(tx, till, Take)
		if err != nil {
			return err
		}
		e := Entry{
			What: EventUncovered, Staff: who.Staff.Number, Till: who.Staff.Till, Name: r.Name, Units: r.Units,
			Detail: fmt.Sprintf("%s: %s", r.Offline.UTC().Format(time.RFC3339), kind),
		}
		return s.write(tx, who.Shop.ID, e, fmt.Sprintf("uncovered/%s/%s", who.Shop.ID, r.Request))
	})
	if err != nil {
		s.log.Warn("a voucher that was taken offline and is not good could not be logged", "voucher", r.Name.String(), "error", err)
	}
	return why
}

// kindOf is the kind of a refusal; empty for a failure that may pass, and for what
// the shop itself took back.
func kindOf(err error) string {
	var own ErrorKind
	var code bearer.ErrorKind
	switch {
	case errors.Is(err, ErrMoving), errors.Is(err, ErrChanged), errors.Is(err, ErrUndone), errors.Is(err, chain.ErrEngineDown):
		return ""
	case errors.As(err, &own):
		return string(own)
	case errors.As(err, &code):
		return string(code)
	}
	return ""
}
