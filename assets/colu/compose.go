package colu

import (
	"fmt"

	"cairn/assets"
)

// version is that of payloads written.
const version = 2

// Issuing is what an issue says of its asset besides how many units there are.
type Issuing struct {
	Traits
	Hashes
	// Rules lets rules be added to metadata that is not there yet.
	Rules bool
	// Key is whose the value of the output is that carries hashes for which the
	// payload has no room, 33 bytes; nil for nobody's.
	Key []byte
}

// Issue builds a transaction that issues units. The first coin is the id: its
// script, or, of a locked asset, the coin itself, so that payments name that asset
// or none. What units the coins hold already goes to change.
//
// Errors: ErrCoin, ErrFlags, ErrHashes; assets.ErrUnits, ErrShort, ErrDust,
// ErrTooMany, ErrDestroys, and ErrID for payments of another asset.
func Issue(asset Issuing, coins []assets.Coin, payments []assets.Payment, change []byte) (assets.Unsigned, error) {
	if len(coins) == 0 || len(coins[0].Script) == 0 {
		return assets.Unsigned{}, ErrCoin
	}
	if len(asset.Key) != 0 && len(asset.Key) != keyLength {
		return assets.Unsigned{}, fmt.Errorf("%w: a key of %d bytes", ErrHashes, len(asset.Key))
	}
	id, err := IssuedID(asset.Traits, coins[0].OutPoint, coins[0].Script)
	if err != nil {
		return assets.Unsigned{}, err
	}
	b := builder{
		payload: &Payload{Version: version, Kind: Issuance, Traits: asset.Traits},
		hashes:  asset.Hashes, rules: asset.Rules, key: asset.Key,
	}
	var units []assets.Holding
	for _, p := range payments {
		if p.Units > 0 && p.Asset != id && !p.Asset.IsZero() {
			return assets.Unsigned{}, fmt.Errorf("%w: the first coin issues %s, not %s", assets.ErrID, id, p.Asset)
		}
		p.Asset = id
		if err := b.pay(p); err != nil {
			return assets.Unsigned{}, err
		}
		units = append(units, assets.Holding{Asset: id, Units: p.Units})
	}
	b.issued.Asset = id
	if b.issued.Units, err = assets.Units(units, id); err != nil {
		return assets.Unsigned{}, err
	}
	if b.issued.Units < 1 || b.issued.Units > MaxAmount {
		return assets.Unsigned{}, fmt.Errorf("%w: %d are to be issued", assets.ErrUnits, b.issued.Units)
	}
	b.payload.Units = b.issued.Units
	if err := b.spend(coins[:1], coins[1:]); err != nil {
		return assets.Unsigned{}, err
	}
	if err := b.keepRest(change); err != nil {
		return assets.Unsigned{}, err
	}
	return b.finish()
}

// Transfer builds a transaction that pays units, and satoshi where a payment has
// no units; what is left of each asset goes to change. Outputs with units come
// before the payload, those without behind it.
//
// Errors: assets.ErrUnits, ErrShort, ErrDust, ErrDestroys, and ErrTooMany over 31
// outputs with units or 80 bytes of payload.
func Transfer(coins []assets.Coin, payments []assets.Payment, change []byte) (assets.Unsigned, error) {
	b := builder{payload: &Payload{Version: version, Kind: Moving}}
	for _, p := range payments {
		if err := b.pay(p); err != nil {
			return assets.Unsigned{}, err
		}
	}
	if len(b.demands) == 0 {
		return assets.Unsigned{}, fmt.Errorf("%w: nothing is to be moved", assets.ErrUnits)
	}
	if err := b.spend(nil, coins); err != nil {
		return assets.Unsigned{}, err
	}
	if err := b.keepRest(change); err != nil {
		return assets.Unsigned{}, err
	}
	return b.finish()
}

// Burn builds a transaction that destroys the units named; all others of the
// coins go to change. Errors as in Transfer.
func Burn(coins []assets.Coin, burn []assets.Holding, change []byte) (assets.Unsigned, error) {
	b := builder{payload: &Payload{Version: version, Kind: Burning}}
	for _, h := range burn {
		if h.Units < 1 {
			return assets.Unsigned{}, fmt.Errorf("%w: %d are to be destroyed", assets.ErrUnits, h.Units)
		}
		b.demands = append(b.demands, demand{asset: h.Asset, burn: true, left: h.Units})
	}
	if len(burn) == 0 {
		return assets.Unsigned{}, fmt.Errorf("%w: nothing is to be destroyed", assets.ErrUnits)
	}
	if err := b.spend(nil, coins); err != nil {
		return assets.Unsigned{}, err
	}
	if err := b.keepRest(change); err != nil {
		return assets.Unsigned{}, err
	}
	return b.finish()
}
