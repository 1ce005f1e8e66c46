package epobc

import (
	"fmt"
	"slices"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
)

// Genesis builds a transaction that begins a color with all the units it will
// ever have. The color's id is the transaction's: it is known when every input
// and output is there, so Coloring.Issued changes as others are added. Metadata
// has no place here.
//
// Errors: assets.ErrUnits, ErrShort, ErrDust, ErrDestroys for a colored coin,
// ErrValue.
func Genesis(coins []assets.Coin, p assets.Payment) (assets.Unsigned, error) {
	for _, c := range coins {
		if len(c.Holdings) > 0 {
			return assets.Unsigned{}, fmt.Errorf("%w: %s holds units", assets.ErrDestroys, c.OutPoint)
		}
	}
	if p.Units < 1 {
		return assets.Unsigned{}, fmt.Errorf("%w: %d are to be issued", assets.ErrUnits, p.Units)
	}
	b := builder{tag: Tag{Genesis: true}}
	if err := b.spend(coins); err != nil {
		return assets.Unsigned{}, err
	}
	if err := b.pay(p); err != nil {
		return assets.Unsigned{}, err
	}
	return b.finish(assets.Holding{})
}

// Transfer builds a transaction that pays units, and satoshi where a payment has
// no units; what is left of each color goes to change. The coins are put into
// the order that the payments need. What units are worth in satoshi comes out of
// the coins, and padding beyond theirs has to be added by other inputs.
//
// Errors: assets.ErrUnits, ErrShort, ErrDust, ErrTooMany, ErrDestroys; ErrCoin;
// ErrValue for a payment of units that names a value.
func Transfer(coins []assets.Coin, payments []assets.Payment, change []byte) (assets.Unsigned, error) {
	return move(coins, payments, change, assets.Holding{})
}

// Burn builds a transaction that destroys units of one color; all other units
// of the coins go to change. Errors: as Transfer.
func Burn(coins []assets.Coin, asset assets.ID, units int64, change []byte) (assets.Unsigned, error) {
	if units < 1 {
		return assets.Unsigned{}, fmt.Errorf("%w: %d are to be destroyed", assets.ErrUnits, units)
	}
	return move(coins, nil, change, assets.Holding{Asset: asset, Units: units})
}

// move pays and keeps the rest. A color of which units are to be destroyed comes
// last, and behind it an output that ends the row.
func move(coins []assets.Coin, payments []assets.Payment, change []byte, burn assets.Holding) (assets.Unsigned, error) {
	order := slices.DeleteFunc(colorsOf(coins), func(id assets.ID) bool { return id == burn.Asset })
	var b builder
	if err := b.spend(inOrder(coins, append(order, burn.Asset))); err != nil {
		return assets.Unsigned{}, err
	}
	held := b.held()
	if err := covered(held, payments, burn); err != nil {
		return assets.Unsigned{}, err
	}
	for _, h := range held {
		for _, p := range payments {
			if p.Asset != h.Asset || p.Units == 0 {
				continue
			}
			if err := b.pay(p); err != nil {
				return assets.Unsigned{}, err
			}
			h.Units -= p.Units
		}
		if h.Asset == burn.Asset {
			h.Units -= burn.Units
		}
		if h.Units == 0 {
			continue
		}
		if err := b.pay(assets.Payment{Script: change, Asset: h.Asset, Units: h.Units}); err != nil {
			return assets.Unsigned{}, err
		}
	}
	if burn.Units > 0 {
		b.end()
	}
	for _, p := range payments {
		if p.Units != 0 {
			continue
		}
		if err := b.pay(p); err != nil {
			return assets.Unsigned{}, err
		}
	}
	return b.finish(burn)
}

// covered checks that there are units for all that is asked for.
func covered(held []assets.Holding, payments []assets.Payment, burn assets.Holding) error {
	wanted := []assets.Holding{}
	if burn.Units > 0 {
		wanted = append(wanted, burn)
	}
	for _, p := range payments {
		if p.Units < 0 || p.Units > btcutil.MaxSatoshi {
			return fmt.Errorf("%w: %d", assets.ErrUnits, p.Units)
		}
		if p.Units > 0 {
			wanted = append(wanted, assets.Holding{Asset: p.Asset, Units: p.Units})
		}
	}
	if len(wanted) == 0 {
		return fmt.Errorf("%w: nothing is to be moved", assets.ErrUnits)
	}
	for _, w := range wanted {
		want, err := assets.Units(wanted, w.Asset)
		if err != nil {
			return err
		}
		have, err := assets.Units(held, w.Asset)
		if err != nil {
			return err
		}
		if want > have {
			return fmt.Errorf("%w: %d of %s, and %d are wanted", assets.ErrShort, have, w.Asset, want)
		}
	}
	return nil
}

// colorsOf lists the colors of coins, in the order in which they appear.
func colorsOf(coins []assets.Coin) (ids []assets.ID) {
	for _, c := range coins {
		for _, h := range c.Holdings {
			if !slices.Contains(ids, h.Asset) {
				ids = append(ids, h.Asset)
			}
		}
	}
	return ids
}

// inOrder sorts coins by their color's place in a list, uncolored ones last.
func inOrder(coins []assets.Coin, order []assets.ID) []assets.Coin {
	place := func(c assets.Coin) int {
		if len(c.Holdings) == 0 {
			return len(order)
		}
		return slices.Index(order, c.Holdings[0].Asset)
	}
	out := slices.Clone(coins)
	slices.SortStableFunc(out, func(a, b assets.Coin) int { return place(a) - place(b) })
	return out
}
