package wallet

import (
	"context"
	"fmt"
	"sort"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// Plan is what a transaction would cost if it were made now.
type Plan struct {
	Fee btcutil.Amount
	// Inputs is how many coins it would spend.
	Inputs int
	// Left is what free fee coins would hold afterwards, its change included.
	Left btcutil.Amount
}

// Plan says what Prepare would do with a request now. Nothing is signed and
// nothing reserved, so a payment made meanwhile changes the answer. Errors:
// ErrRequest, chain.ErrNoFunds, chain.ErrEngineDown.
func (w *Wallet) Plan(ctx context.Context, req Request) (Plan, error) {
	if err := w.check(req); err != nil {
		return Plan{}, err
	}
	free, err := w.feeCoins(ctx)
	if err != nil {
		return Plan{}, err
	}
	f := funding{outputs: req.Outputs, rate: req.Rate}
	f.changeOf(req.Change)
	p, err := f.choose(nil, free)
	if err != nil {
		return Plan{}, err
	}
	left := p.change
	for _, c := range without(free, p.coins) {
		left += c.Value
	}
	return Plan{Fee: p.fee, Inputs: len(p.coins), Left: left}, nil
}

// Most is the most that one output with this script can be paid from the free
// fee coins while keep stays behind as change (0: nothing stays). Coins that
// are worth less than spending them costs are left where they are. Errors:
// ErrRequest for a rate out of bounds, chain.ErrNoFunds when nothing that could
// be relayed is left, chain.ErrEngineDown.
func (w *Wallet) Most(ctx context.Context, script []byte, rate chain.FeeRate, keep btcutil.Amount) (btcutil.Amount, error) {
	if err := w.checkRate(rate); err != nil {
		return 0, err
	}
	free, err := w.feeCoins(ctx)
	if err != nil {
		return 0, err
	}
	f := funding{outputs: []*wire.TxOut{wire.NewTxOut(0, script)}, rate: rate}
	f.changeOf(P2TR)
	most := f.most(free, keep)
	if most < dustOf(script) {
		return 0, noFunds("the free coins are worth less than sending them costs")
	}
	return most, nil
}

// most is what is left for the one output when the coins worth spending are
// spent.
func (f *funding) most(free []Coin, keep btcutil.Amount) btcutil.Amount {
	coins := append([]Coin(nil), free...)
	sort.Slice(coins, func(i, j int) bool { return coins[i].Value > coins[j].Value })
	if len(coins) > maxInputs {
		coins = coins[:maxInputs]
	}
	if keep > 0 {
		keep = max(keep, f.dust)
	}
	best, sum := btcutil.Amount(0), btcutil.Amount(0)
	for n, c := range coins {
		sum += c.Value
		best = max(best, sum-f.fee(f.weight(coins[:n+1], keep > 0))-keep)
	}
	return best
}

// Reserve is what lnd wants to keep in the wallet to raise the fees of channels
// that are being closed (anchor outputs, BOLT 3). Errors: chain.ErrEngineDown.
func (w *Wallet) Reserve(ctx context.Context) (btcutil.Amount, error) {
	answer, err := w.kit.RequiredReserve(ctx, &walletrpc.RequiredReserveRequest{})
	if err != nil {
		return 0, fmt.Errorf("ask the node for its reserve: %w", err)
	}
	return btcutil.Amount(answer.RequiredReserve), nil
}
