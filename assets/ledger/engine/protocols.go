package engine

import (
	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/epobc"
	"cairn/assets/openassets"
)

// All are the protocols there are, in the order of assets.Protocols.
func All() []Rules {
	return []Rules{
		{
			Protocol: assets.OpenAssets, Touches: openassets.Touches, Needs: openassets.Needs,
			Color: openassets.Color, Readings: openassets.Readings(),
		},
		{
			Protocol: assets.Colu, Touches: colu.Touches, Needs: colu.Needs,
			Color: colu.Color, Readings: colu.Readings(),
		},
		{
			Protocol: assets.EPOBC, Touches: epobc.Touches, Needs: epobc.Needs,
			Color: epobc.Color, Readings: epobc.Readings(),
		},
	}
}
