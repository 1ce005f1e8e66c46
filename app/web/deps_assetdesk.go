package web

import (
	"context"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/definition"
	"cairn/assets/ledger"

	"github.com/btcsuite/btcd/wire"
)

// AssetDesk is what the pages of those who issue and hold assets are made of.
type AssetDesk struct {
	Composer    Composer
	Ledger      DeskLedger
	Definitions DeskDefinitions
	// Coin is an output that nobody has spent, for visitors who name it without
	// saying what it is. Error: compose.ErrCoin.
	Coin func(ctx context.Context, at wire.OutPoint) (*wire.TxOut, error)
	// Sponsored: the node pays network fees for others.
	Sponsored bool
}

// Composer builds transactions of assets; compose.Service is one, with the visitor's
// address in the place of Order.Source.
type Composer interface {
	Identify(o compose.Order) (assets.ID, error)
	PrepareFor(ctx context.Context, address string, o compose.Order) (compose.Draft, error)
	Get(ctx context.Context, id compose.ID) (compose.Draft, error)
	Accept(ctx context.Context, id compose.ID, psbts [][]byte) (compose.Draft, error)
	Offer(ctx context.Context, id compose.OfferID) (compose.Offer, error)
	Offers(ctx context.Context, asset assets.ID) ([]compose.Offer, error)
	Withdraw(ctx context.Context, id compose.OfferID, signature string) (compose.Offer, error)
	Dividends(ctx context.Context, asset assets.ID, limit int) ([]compose.Paid, error)
}

// DeskLedger says what coins hold; ledger.Ledger is one.
type DeskLedger interface {
	Asset(ctx context.Context, id assets.ID, height int32) (ledger.Asset, error)
	AllHolders(ctx context.Context, id assets.ID, height int32, most int) ([]ledger.Holder, int32, error)
	Holdings(ctx context.Context, at ...wire.OutPoint) ([]ledger.Coin, error)
}

// DeskDefinitions publishes what assets are; definition.Service is one.
type DeskDefinitions interface {
	Of(ctx context.Context, asset assets.ID, metadata []byte) (definition.Definition, error)
	Publish(ctx context.Context, d definition.Draft) (definition.Published, error)
	KeepPicture(ctx context.Context, raw []byte) ([32]byte, error)
}
