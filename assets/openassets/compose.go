package openassets

import (
	"fmt"
	"slices"

	"cairn/assets"
)

// Issue builds a transaction that issues units. The first coin's script is the
// asset's id, so that payments name that asset or none; what units the coins hold
// themselves goes to change. Metadata is most often a Pointer's bytes.
//
// Errors: assets.ErrUnits, ErrShort, ErrDust, ErrTooMany, ErrDestroys, and ErrID
// for payments of another asset.
func Issue(coins []assets.Coin, payments []assets.Payment, metadata, change []byte) (assets.Unsigned, error) {
	if len(coins) == 0 || len(payments) == 0 {
		return assets.Unsigned{}, fmt.Errorf("%w: an issue takes a coin and a payment", assets.ErrShort)
	}
	var b builder
	id := AssetID(coins[0].Script)
	for _, p := range payments {
		if p.Asset != id && !p.Asset.IsZero() {
			return assets.Unsigned{}, fmt.Errorf("%w: the first coin issues %s, not %s", assets.ErrID, id, p.Asset)
		}
		if p.Units < 1 {
			return assets.Unsigned{}, fmt.Errorf("%w: %d are to be issued", assets.ErrUnits, p.Units)
		}
		p.Asset = id
		if err := b.pay(p); err != nil {
			return assets.Unsigned{}, err
		}
	}
	b.marker = len(payments)
	ordered := append(coins[:1:1], inOrder(coins[1:], assetsOf(coins))...)
	if err := b.spend(ordered); err != nil {
		return assets.Unsigned{}, err
	}
	for _, h := range b.held() {
		if err := b.pay(assets.Payment{Script: change, Asset: h.Asset, Units: h.Units}); err != nil {
			return assets.Unsigned{}, err
		}
	}
	return b.finish(metadata, assets.Holding{})
}

// Transfer builds a transaction that pays units, and satoshi where a payment has
// no units; what is left of each asset goes to change. The coins are put into
// the order that the payments need.
//
// Errors: assets.ErrUnits, ErrShort, ErrDust, ErrTooMany, ErrDestroys.
func Transfer(coins []assets.Coin, payments []assets.Payment, change []byte) (assets.Unsigned, error) {
	return move(coins, payments, change, assets.Holding{})
}

// Burn builds a transaction that destroys units of one asset; all other units of
// the coins go to change. Errors: assets.ErrUnits, ErrShort, ErrDust, ErrTooMany.
func Burn(coins []assets.Coin, asset assets.ID, units int64, change []byte) (assets.Unsigned, error) {
	if units < 1 {
		return assets.Unsigned{}, fmt.Errorf("%w: %d are to be destroyed", assets.ErrUnits, units)
	}
	return move(coins, nil, change, assets.Holding{Asset: asset, Units: units})
}

// move pays and keeps the rest. An asset of which units are to be destroyed comes
// last, as units can be left over only at the end of their row.
func move(coins []assets.Coin, payments []assets.Payment, change []byte, burn assets.Holding) (assets.Unsigned, error) {
	order := slices.DeleteFunc(assetsOf(coins), func(id assets.ID) bool { return id == burn.Asset })
	b := builder{}
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
	for _, p := range payments {
		if p.Units != 0 {
			continue
		}
		if err := b.pay(p); err != nil {
			return assets.Unsigned{}, err
		}
	}
	return b.finish(nil, burn)
}

// covered checks that there are units for all that is asked for.
func covered(held []assets.Holding, payments []assets.Payment, burn assets.Holding) error {
	wanted := []assets.Holding{}
	if burn.Units > 0 {
		wanted = append(wanted, burn)
	}
	for _, p := range payments {
		if p.Units < 0 {
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

// assetsOf lists the assets that coins hold, in the order in which they appear.
func assetsOf(coins []assets.Coin) (ids []assets.ID) {
	for _, c := range coins {
		for _, h := range c.Holdings {
			if !slices.Contains(ids, h.Asset) {
				ids = append(ids, h.Asset)
			}
		}
	}
	return ids
}

// inOrder sorts coins by their asset's place in a list, uncolored ones last.
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
