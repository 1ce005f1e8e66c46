package voucher

import (
	"context"
	"fmt"

	"cairn/assets/voucher/bearer"

	"gorm.io/gorm"
)

// fewBookings is how many bookings are shown with a voucher.
const fewBookings = 20

// Look says how a voucher is, to anybody who has its name. Errors: ErrUnknown.
func (s *Service) Look(ctx context.Context, name bearer.Name) (Info, error) {
	tx := s.db.Read(ctx)
	st, err := standingOf(tx, name)
	if err != nil {
		return Info{}, err
	}
	series, err := st.series.series()
	if err != nil {
		return Info{}, err
	}
	u := st.units()
	info := Info{
		Name: name, Shop: st.shop.shop(), Series: series, State: st.state(u, s.now()), Units: st.voucher.Units, Left: u.left,
		Output: st.output(),
	}
	if st.voucher.Expiry != 0 {
		info.Expires = unix(st.voucher.Expiry)
	}
	if info.State == Expired {
		info.Left = 0
	}
	info.Bookings, err = s.bookings(tx.Where("b.voucher = ?", st.voucher.ID).Limit(fewBookings))
	return info, err
}

// Plan is the transaction that a voucher's bearer signs for so many units to be
// redeemed, by a till of its shop. It is the same until somebody redeems, or a
// block comes. Errors: ErrOtherShop, ErrUnknown, ErrPlanned, ErrExpired,
// ErrRedeemed, ErrGone, ErrInsufficient, ErrMoving; those of Enter, ErrRole.
func (s *Service) Plan(ctx context.Context, till Key, name bearer.Name, units int64) (Plan, error) {
	tx := s.db.Read(ctx)
	who, err := allow(tx, till, Take)
	if err != nil {
		return Plan{}, err
	}
	st, err := s.atTill(tx, who, name)
	if err != nil {
		return Plan{}, err
	}
	p, _, err := s.plan(st, units)
	return p, err
}

// atTill reads a voucher for somebody of its shop. Errors: ErrUnknown,
// ErrOtherShop.
func (s *Service) atTill(tx *gorm.DB, who Desk, name bearer.Name) (standing, error) {
	st, err := standingOf(tx, name)
	if err == nil && ShopID(st.shop.ID) != who.Shop.ID {
		err = fmt.Errorf("%w: %s", ErrOtherShop, st.shop.Name)
	}
	return st, err
}

// plan is what a redemption does.
func (s *Service) plan(st standing, units int64) (Plan, choice, error) {
	if err := st.redeemable(units, s.now()); err != nil {
		return Plan{}, choice{}, err
	}
	c, err := st.choose(units)
	if err != nil {
		return Plan{}, c, err
	}
	p, err := st.planned(c, units, st.series.ReturnScript, false)
	return p, c, err
}

// planned makes the transaction of a choice.
func (st standing) planned(c choice, more int64, to []byte, back bool) (Plan, error) {
	sp, err := st.spending(c, more, to, back)
	if err != nil {
		return Plan{}, err
	}
	msg, err := sp.unsigned()
	if err != nil {
		return Plan{}, err
	}
	return Plan{Name: st.voucher.name(), Coin: sp.coin, Units: more, Left: st.units().left - more, Unsigned: msg}, nil
}
