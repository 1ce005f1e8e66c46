package web

import (
	"context"
	"time"

	"cairn/assets"
	"cairn/chain"
	visitors "cairn/chain/visitor"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Wallets is what the wallets of visitors need of the server.
type Wallets struct {
	// Watcher watches their scripts; visitors.Service is one.
	Watcher Watcher
	// Rates are what a place in a block costs now, slow, normal and fast.
	Rates func(ctx context.Context) ([]WalletRate, error)
	// Faucet pays play money to an output script; nil where money is real.
	Faucet func(ctx context.Context, script []byte, amount btcutil.Amount) (chainhash.Hash, error)
	// Colors is what coins hold beside satoshi, those that no block has yet too;
	// nil where nobody keeps that ledger.
	Colors func(ctx context.Context, at []wire.OutPoint) (map[wire.OutPoint][]assets.Holding, error)
}

// Watcher watches visitors' scripts, and passes their transactions on.
type Watcher interface {
	Watch(ctx context.Context, id visitors.ID, scripts [][]byte, search bool) error
	Feed(ctx context.Context, id visitors.ID) (visitors.Feed, error)
	Changed() <-chan struct{}
	Send(ctx context.Context, raw []byte) (visitors.Sent, error)
}

// WalletRate is one of the fees people choose from.
type WalletRate struct {
	Name string // slow, normal, fast
	Rate chain.FeeRate
	// Within is how long it is expected to take.
	Within time.Duration
}
