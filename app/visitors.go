package app

import (
	"bytes"
	"context"
	"sync"
	"time"

	"cairn/app/web"
	"cairn/chain"
	"cairn/chain/coins/light"
	"cairn/chain/visitor"

	"github.com/btcsuite/btcd/wire"
)

// searchDepth is how many blocks back coins of visitors' wallets are searched on
// public networks, where their filters come from peers: two weeks. searchPause is
// left between two such searches, each of which serves all who wait.
const (
	searchDepth = 2016
	searchPause = time.Minute
)

// openVisitors sets up what watches the wallets in visitors' browsers.
func (a *App) openVisitors(context.Context) error {
	cfg := visitor.Config{
		DB: a.db, Source: a.source, Publish: a.publishForVisitor,
		Depth: searchDepth, SearchPause: searchPause, Filter: light.New(a.node.Conn()).MayHold,
		Fence: a.term.fence, Now: a.now, Log: a.log.With("part", "visitors"),
	}
	if a.devnet != nil {
		cfg.Depth, cfg.SearchPause, cfg.Filter, cfg.Mempool = 0, 0, nil, a.devnet
	}
	a.visitors = visitor.New(cfg)
	return nil
}

// publishForVisitor hands a transaction to the network: on the devnet straight to
// its mempool, which says why it refuses one, and tells the node.
func (a *App) publishForVisitor(ctx context.Context, tx *wire.MsgTx) error {
	if a.devnet != nil {
		return a.devnet.Submit(tx)
	}
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return err
	}
	return a.wallet.Publish(ctx, raw.Bytes())
}

// visitorWallets is what the pages need for the wallets in browsers.
func (a *App) visitorWallets() *web.Wallets {
	w := &web.Wallets{Watcher: a.visitors, Rates: newWalletRates(a).now, Colors: a.colorsOf}
	if a.devnet != nil {
		w.Faucet = a.devnet.Faucet
	}
	return w
}

// What people choose from, by how many blocks they are ready to wait.
var walletTargets = []struct {
	name   string
	blocks int32
	// play is the rate on the devnet, where nobody competes for a block: they
	// differ so that one can be made faster than another.
	play chain.FeeRate
}{
	{"slow", 36, devnetRate},
	{"normal", 6, 2 * devnetRate},
	{"fast", 2, 4 * devnetRate},
}

// walletRates asks the node for fee rates, at most once in a while.
type walletRates struct {
	app *App

	mu    sync.Mutex // guards what is below
	at    time.Time
	rates []web.WalletRate
}

const walletRatesFor = time.Minute

func newWalletRates(a *App) *walletRates { return &walletRates{app: a} }

// now are the rates. Errors: chain.ErrEngineDown.
func (w *walletRates) now(ctx context.Context) ([]web.WalletRate, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := w.app.now(); len(w.rates) > 0 && now.Sub(w.at) < walletRatesFor {
		return w.rates, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	rates := make([]web.WalletRate, len(walletTargets))
	for i, t := range walletTargets {
		rates[i] = web.WalletRate{Name: t.name, Rate: t.play, Within: w.app.blockInterval()}
		if w.app.devnet != nil {
			continue
		}
		rate, err := w.app.wallet.EstimateRate(ctx, t.blocks)
		if err != nil {
			return nil, err
		}
		rates[i].Rate, rates[i].Within = rate, time.Duration(t.blocks)*publicBlockInterval
	}
	w.rates, w.at = rates, w.app.now()
	return rates, nil
}
