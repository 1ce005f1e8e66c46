package voucher

import (
	"fmt"
	"time"

	"cairn/assets/voucher/bearer"

	"gorm.io/gorm"
)

// standing is how a voucher is: its coins, and what becomes of each.
type standing struct {
	shop    shopRecord
	series  seriesRecord
	voucher voucherRecord
	coins   []coinRecord
	spends  map[string]spendRecord // by outpoint; those that were undone are left out
	// givenUp: what was to issue it came to nothing.
	givenUp bool
}

// standingOf reads a voucher by its name. Errors: ErrUnknown.
func standingOf(tx *gorm.DB, name bearer.Name) (st standing, err error) {
	if st.voucher, err = take[voucherRecord](tx.Where("name = ?", name[:]), ErrUnknown); err != nil {
		return st, err
	}
	if st.series, err = take[seriesRecord](tx.Where("id = ?", st.voucher.Series), ErrSeries); err != nil {
		return st, err
	}
	if st.shop, err = take[shopRecord](tx.Where("id = ?", st.series.Shop), ErrShop); err != nil {
		return st, err
	}
	return st, st.read(tx)
}

// read reads the coins, and what becomes of them.
func (st *standing) read(tx *gorm.DB) (err error) {
	if st.givenUp, err = givenUp(tx, st.voucher); err != nil {
		return err
	}
	if st.coins, err = list[coinRecord](tx.Where("voucher = ?", st.voucher.ID).Order("outpoint")); err != nil {
		return err
	}
	spends, err := list[spendRecord](tx.Where("voucher = ? AND state <> 'undone'", st.voucher.ID))
	st.spends = make(map[string]spendRecord, len(spends))
	for _, s := range spends {
		st.spends[string(s.Outpoint)] = s
	}
	return err
}

// units of a voucher, by what became of them.
type units struct {
	// planned are in no block; left can be redeemed, of which held cannot in this
	// moment, as their transaction is being finished.
	planned, left, held int64
	// redeemed are final; booked can be undone or wait for a block.
	redeemed, booked int64
	// reclaimed, claimed and gone are elsewhere; lost were booked and are too.
	reclaimed, claimed, gone, lost int64
}

func (st standing) units() (u units) {
	orphans := st.orphans()
	seen := int64(0)
	for _, c := range st.coins {
		if c.Height == nil && c.Spend == nil {
			continue // its block was undone
		}
		if c.orphan() && orphans[*c.Spend] == 0 {
			continue // there is another in its place
		}
		seen += c.Units
		s, taken := st.spends[string(c.Outpoint)]
		switch {
		case !taken && c.SpentBy != nil:
			u.gone += c.Units
		case !taken:
			u.left += c.Units
			if st.unnamed(c) {
				u.held += c.Units
			}
		case s.State == lost:
			u.lost += s.Units
			u.gone += c.Units - s.Units - orphans[s.ID]
		default:
			u.count(c, s)
		}
	}
	if seen == 0 {
		u.planned = st.voucher.Units
	}
	return u
}

// orphans are the units of rests that never were, as the redemption before was
// lost, by that redemption.
func (st standing) orphans() map[int64]int64 {
	out := make(map[int64]int64)
	for _, s := range st.spends {
		for _, c := range st.coins {
			if s.State == lost && c.orphan() && *c.Spend == s.ID {
				out[s.ID] = c.Units
			}
		}
	}
	return out
}

// unnamed says that a coin is the rest of a redemption whose fee was raised, and
// which of the versions a block will have is not known: what is signed for it now
// might never hold.
func (st standing) unnamed(c coinRecord) bool {
	if c.Height != nil || c.Spend == nil {
		return false
	}
	for _, s := range st.spends {
		if s.ID == *c.Spend {
			return s.Raises > 0 && s.State == sent
		}
	}
	return false
}

// count adds what is booked of a coin.
func (u *units) count(c coinRecord, s spendRecord) {
	switch {
	case s.What == Claiming:
		u.claimed += s.Units
	case s.What == Reclaiming:
		u.reclaimed += s.Units
	case s.State == confirmed:
		u.redeemed += s.Units
	default:
		u.booked += s.Units
	}
	if s.State == open || s.State == closing { // the rest is no coin yet
		u.left += c.Units - s.Units
	}
	if s.State == closing {
		u.held += c.Units - s.Units
	}
}

// state is how the voucher stands at a time.
func (st standing) state(u units, now time.Time) State {
	switch {
	case u.planned > 0 && st.givenUp:
		return GivenUp
	case u.planned > 0:
		return Planned
	case u.left > 0 && st.expired(now):
		return Expired
	case u.left > 0 && u.redeemed+u.booked+u.gone+u.lost == 0:
		return Issued
	case u.left > 0:
		return Part
	case u.claimed > 0:
		return Claimed
	case u.reclaimed > 0:
		return Reclaimed
	case u.gone > 0 || u.lost > 0:
		return Gone
	case u.booked > 0:
		return Booked
	}
	return Redeemed
}

func (st standing) expired(now time.Time) bool {
	return st.voucher.Expiry != 0 && now.Unix() >= st.voucher.Expiry
}

// redeemable says why so many units cannot be redeemed now. Errors: ErrPlanned,
// ErrRedeemed, ErrGone, ErrExpired, ErrInsufficient, ErrMoving.
func (st standing) redeemable(want int64, now time.Time) error {
	u := st.units()
	switch state := st.state(u, now); state {
	case Planned:
		return ErrPlanned
	case GivenUp:
		return ErrGivenUp
	case Redeemed, Booked:
		return ErrRedeemed
	case Claimed, Reclaimed, Gone:
		return fmt.Errorf("%w: %s", ErrGone, state)
	case Expired:
		return fmt.Errorf("%w: on %s", ErrExpired, unix(st.voucher.Expiry).Format(time.DateOnly))
	}
	switch {
	case want < 1 || want > u.left:
		return fmt.Errorf("%w: %d of %d units", ErrInsufficient, want, u.left)
	case want > u.left-u.held:
		return ErrMoving
	}
	return nil
}

// choice is a coin that units can be taken of, and what is booked of it.
type choice struct {
	coin coinRecord
	// spend is what is booked so far; its ID is 0 for nothing.
	spend spendRecord
}

func (c choice) left() int64 { return c.coin.Units - c.spend.Units }

// choose takes the coin with the least that is enough. Errors: ErrInsufficient
// when only several together would be.
func (st standing) choose(want int64) (best choice, err error) {
	found := false
	for _, c := range st.coins {
		s, taken := st.spends[string(c.Outpoint)]
		if c.SpentBy != nil || c.Height == nil && c.Spend == nil || st.unnamed(c) ||
			taken && (s.State != open || s.What != Redeeming) {
			continue
		}
		this := choice{coin: c, spend: s}
		if this.left() >= want && (!found || this.left() < best.left()) {
			best, found = this, true
		}
	}
	if !found {
		return best, fmt.Errorf("%w: %d units lie on several coins", ErrInsufficient, want)
	}
	return best, nil
}

// output is where the voucher lies.
func (st standing) output() bearer.Output { return st.voucher.output(st.series.Issuer) }

// spending is what becomes of a coin when so many more units are taken of it.
func (st standing) spending(c choice, more int64, to []byte, back bool) (spending, error) {
	asset, err := st.series.asset()
	if err != nil {
		return spending{}, err
	}
	coin, err := c.coin.coin(st.output())
	if err != nil {
		return spending{}, err
	}
	return spending{coin: coin, asset: asset, has: c.coin.Units, take: c.spend.Units + more, to: to, back: back}, nil
}
