package app

import (
	"context"
	"fmt"

	"cairn/app/web"
	"cairn/assets"
	"cairn/assets/compose"

	"github.com/btcsuite/btcd/wire"
)

// assetDesk is what the pages of those who issue and hold assets are made of.
func (a *App) assetDesk() *web.AssetDesk {
	coins := composeCoins{a.sponsorCoins()}
	return &web.AssetDesk{
		Composer: a.composeDesk(), Ledger: a.colors, Definitions: a.definitions, Sponsored: true,
		Coin: func(ctx context.Context, at wire.OutPoint) (*wire.TxOut, error) {
			out, err := coins.Unspent(ctx, at, new(wire.TxOut))
			if err == nil && (out == nil || len(out.PkScript) == 0) {
				err = fmt.Errorf("%w: %s", compose.ErrCoin, at)
			}
			return out, err
		},
	}
}

// colorsOf is what coins of visitors hold, those that no block has yet too.
func (a *App) colorsOf(ctx context.Context, at []wire.OutPoint) (map[wire.OutPoint][]assets.Holding, error) {
	out := make(map[wire.OutPoint][]assets.Holding)
	const atOnce = 500
	for len(at) > 0 {
		n := min(len(at), atOnce)
		held, err := a.colors.Holdings(ctx, at[:n]...)
		if err != nil {
			return nil, err
		}
		for _, coin := range held {
			out[coin.OutPoint] = append(out[coin.OutPoint], coin.Holdings...)
		}
		at = at[n:]
	}
	return out, nil
}
