package web

import (
	"context"

	"cairn/assets"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Explorer is what the public pages of assets are made of.
type Explorer struct {
	Ledger      ExplorerLedger
	Definitions ExplorerDefinitions
	// Redeemer is the shop that takes units of an asset, with the page of what it
	// owes; empty for none. Nil without shops.
	Redeemer func(ctx context.Context, asset assets.ID) (name, path string, err error)
}

// ExplorerLedger knows what every output holds; ledger.Ledger is one.
type ExplorerLedger interface {
	Tip(ctx context.Context) (chain.BlockRef, error)
	Base(ctx context.Context) (int32, error)
	Asset(ctx context.Context, id assets.ID, height int32) (ledger.Asset, error)
	AssetsOf(ctx context.Context, ids []assets.ID) ([]ledger.Asset, error)
	Assets(ctx context.Context, q ledger.Query, page ledger.Page) ([]ledger.Asset, string, error)
	Holders(ctx context.Context, id assets.ID, height int32, page ledger.Page) ([]ledger.Holder, string, error)
	LargestHolders(ctx context.Context, id assets.ID, height int32, most int) ([]ledger.Holder, error)
	Transfers(ctx context.Context, id assets.ID, height int32, page ledger.Page) ([]ledger.Move, string, error)
	Supply(ctx context.Context, id assets.ID, height int32, points int) ([]ledger.Total, error)
	Transaction(ctx context.Context, txid chainhash.Hash) (ledger.Tx, error)
	Under(ctx context.Context, txid chainhash.Hash, p assets.Protocol, reading assets.Reading) (assets.Coloring, error)
	InBlock(ctx context.Context, height int32) ([]ledger.TxRef, error)
	Balances(ctx context.Context, script []byte) ([]ledger.Balance, error)
	Coins(ctx context.Context, scripts [][]byte) ([]ledger.Coin, error)
	WaitingOn(ctx context.Context, script []byte) (int, error)
	AddressHistory(ctx context.Context, script []byte, page ledger.Page) ([]ledger.Entry, string, error)
	Hash(ctx context.Context, p assets.Protocol, height int32) ([32]byte, error)
	Hashes(ctx context.Context, p assets.Protocol, from, to int32) ([]ledger.Link, error)
	Waiting(ctx context.Context, id assets.ID) ([]ledger.Tx, error)
}

// ExplorerDefinitions know what assets say of themselves; definition.Service is
// one.
type ExplorerDefinitions interface {
	Of(ctx context.Context, asset assets.ID, metadata []byte) (definition.Definition, error)
	Brief(ctx context.Context, asked []definition.Asked) ([]definition.Definition, error)
	Find(ctx context.Context, text string, limit int) ([]assets.ID, error)
	WithFile(ctx context.Context, hash []byte, limit int) ([]assets.ID, error)
	Body(ctx context.Context, hash [32]byte) ([]byte, error)
	BodyByHash160(ctx context.Context, hash [20]byte) ([]byte, error)
	Torrent(ctx context.Context, hash [32]byte) ([]byte, error)
	Picture(ctx context.Context, hash [32]byte) ([]byte, error)
	Terms(ctx context.Context, hash [32]byte) ([]byte, error)
}
