package compose

import (
	"fmt"

	"cairn/assets"
	"cairn/assets/openassets"

	"github.com/btcsuite/btcd/txscript"
)

// protocols are the rules of each.
var protocols = map[assets.Protocol]rules{
	assets.OpenAssets: {
		colour: openassets.Colour,
		issue: func(o Order, coins []assets.Coin, payments []assets.Payment) (assets.Unsigned, error) {
			return openassets.Issue(coins, payments, o.Metadata, o.Change)
		},
		transfer: openassets.Transfer,
		burn: func(coins []assets.Coin, burn assets.Holding, change []byte) (assets.Unsigned, error) {
			return openassets.Burn(coins, burn.Asset, burn.Units, change)
		},
		id: func(o Order) (assets.ID, error) { return openassets.AssetID(o.Coins[0].Script), nil },
	},
}

// takeMarker has units of the first input go to the third output, behind a payment and
// itself. Errors: ErrProtocolLimit.
func takeMarker(p assets.Protocol, units int64) ([]byte, error) {
	switch p {
	case assets.OpenAssets:
		return openassets.Marker{Quantities: []int64{0, units}}.Script()
	}
	return nil, fmt.Errorf("%w: offers under %s", ErrProtocolLimit, p)
}

// locked says of a Colu asset whether it was locked when it was issued.
func locked(id assets.ID) bool { return false }

var _ = txscript.NullDataScript
