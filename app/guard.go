package app

import (
	"context"
	"errors"

	"cairn/app/web"
	"cairn/assets"
	"cairn/assets/guard"
	"cairn/assets/ledger"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/wire"
)

// guardPages are what looks at transactions before they are signed.
func (a *App) guardPages() *web.GuardDeps {
	return &web.GuardDeps{Guard: guard.New(a.colors, placed{a}), Name: a.assetName}
}

// assetName is what an asset is called, and how many decimals its units have.
// What cannot be found out is left empty: the name is an ornament here.
func (a *App) assetName(ctx context.Context, id assets.ID) (short string, decimals int) {
	asset, err := a.colors.Asset(ctx, id, ledger.Newest)
	if err != nil {
		return "", 0
	}
	d, err := a.definitions.Of(ctx, id, asset.Metadata)
	if err != nil {
		return "", 0
	}
	if d.NameShort != "" {
		return d.NameShort, d.Divisibility
	}
	return d.Name, d.Divisibility
}

// placed knows the blocks of coins: of all on the embedded chain, elsewhere of
// those that visitors have watched.
type placed struct{ *App }

// Placed implements guard.Chain.
func (p placed) Placed(ctx context.Context, at wire.OutPoint) (height int32, out *wire.TxOut, known bool, err error) {
	if p.devnet != nil {
		return placedOn(p.devnet, at)
	}
	coin, err := follow.CoinAt(p.db.Read(ctx), at)
	if errors.Is(err, follow.ErrNoCoin) || err == nil && coin.Created == (chain.BlockRef{}) {
		return 0, nil, false, nil
	}
	if err != nil {
		return 0, nil, false, err
	}
	return coin.Created.Height, wire.NewTxOut(int64(coin.Value), coin.Script), true, nil
}

func placedOn(c *devnet.Chain, at wire.OutPoint) (height int32, out *wire.TxOut, known bool, err error) {
	tx, err := c.Tx(at.Hash)
	if errors.Is(err, devnet.ErrNoTx) {
		return 0, nil, false, nil
	}
	if err != nil {
		return 0, nil, false, err
	}
	if tx.Block == (chain.BlockRef{}) || int64(at.Index) >= int64(len(tx.Msg.TxOut)) {
		return 0, nil, false, nil
	}
	return tx.Block.Height, tx.Msg.TxOut[at.Index], true, nil
}
