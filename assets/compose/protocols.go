package compose

import (
	"fmt"

	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/epobc"
	"cairn/assets/openassets"

	"github.com/btcsuite/btcd/txscript"
)

// protocols are the rules of each.
var protocols = map[assets.Protocol]rules{
	assets.OpenAssets: {
		color: openassets.Color,
		issue: func(o Order, coins []assets.Coin, payments []assets.Payment) (assets.Unsigned, error) {
			return openassets.Issue(coins, payments, o.Metadata, o.Change)
		},
		transfer: openassets.Transfer,
		burn: func(coins []assets.Coin, burn assets.Holding, change []byte) (assets.Unsigned, error) {
			return openassets.Burn(coins, burn.Asset, burn.Units, change)
		},
		id: func(o Order) (assets.ID, error) { return openassets.AssetID(o.Coins[0].Script), nil },
	},
	assets.Colu: {
		color: colu.Color,
		issue: func(o Order, coins []assets.Coin, payments []assets.Payment) (assets.Unsigned, error) {
			traits, err := o.traits()
			if err != nil {
				return assets.Unsigned{}, err
			}
			hashes := colu.Hashes{InfoHash: o.Torrent, Metadata: o.Digest}
			return colu.Issue(colu.Issuing{Traits: traits, Hashes: hashes}, coins, payments, o.Change)
		},
		transfer: colu.Transfer,
		burn: func(coins []assets.Coin, burn assets.Holding, change []byte) (assets.Unsigned, error) {
			return colu.Burn(coins, []assets.Holding{burn}, change)
		},
		id: func(o Order) (assets.ID, error) {
			traits, err := o.traits()
			if err != nil {
				return assets.ID{}, err
			}
			return colu.IssuedID(traits, o.Coins[0].OutPoint, o.Coins[0].Script)
		},
	},
	assets.EPOBC: {
		color: epobc.Color,
		issue: func(_ Order, coins []assets.Coin, payments []assets.Payment) (assets.Unsigned, error) {
			if len(payments) != 1 {
				return assets.Unsigned{}, fmt.Errorf("%w: an EPOBC colour begins in one output", ErrProtocolLimit)
			}
			return epobc.Genesis(coins, payments[0])
		},
		transfer: epobc.Transfer,
		burn: func(coins []assets.Coin, burn assets.Holding, change []byte) (assets.Unsigned, error) {
			return epobc.Burn(coins, burn.Asset, burn.Units, change)
		},
		id: func(Order) (assets.ID, error) {
			return assets.ID{}, fmt.Errorf("%w: an EPOBC colour has the name of its first transaction", ErrProtocolLimit)
		},
	},
}

// traits are what a Colu asset is to be; of one that is reissued its id tells.
func (o Order) traits() (colu.Traits, error) {
	if o.Operation == Reissue || o.Operation == Lock {
		return colu.Describe(o.Asset)
	}
	t := colu.Traits{Divisibility: o.Divisibility, Locked: o.Locked}
	name := o.Aggregation
	orElse(&name, Aggregatable)
	var err error
	if t.Policy, err = colu.ParsePolicy(string(name)); err != nil {
		return colu.Traits{}, fmt.Errorf("%w: %w", ErrOrder, err)
	}
	if t.Divisibility < 0 || t.Divisibility > colu.MaxDivisibility {
		return colu.Traits{}, fmt.Errorf("%w: %d decimals", ErrOrder, t.Divisibility)
	}
	return t, nil
}

// locked says of a Colu asset whether it was locked when it was issued.
func locked(id assets.ID) bool {
	t, err := colu.Describe(id)
	return err == nil && t.Locked
}

// takeMarker has units of the first input go to the third output, behind a payment and
// itself. Errors: ErrProtocolLimit.
func takeMarker(p assets.Protocol, units int64) ([]byte, error) {
	switch p {
	case assets.OpenAssets:
		return openassets.Marker{Quantities: []int64{0, units}}.Script()
	case assets.Colu:
		payload := colu.Payload{Version: 2, Kind: colu.Moving, Payments: []colu.Payment{{Output: 2, Units: units}}}
		raw, _, err := payload.Bytes(colu.Hashes{}, false)
		if err != nil {
			return nil, err
		}
		return txscript.NullDataScript(raw)
	}
	return nil, fmt.Errorf("%w: offers under %s", ErrProtocolLimit, p)
}
