package app

import (
	"context"
	"time"

	"cairn/templates/operator"
)

// overviewAnchors is how many anchors the operator's page lists.
const overviewAnchors = 20

// walletPatience is how long the operator's page waits for the node.
const walletPatience = 2 * time.Second

// overview gathers the operator's page. What the node cannot say now is left
// out; the page stands without it.
func (a *App) overview(ctx context.Context) (operator.Overview, error) {
	anchors, err := a.notary.Anchors(ctx, overviewAnchors)
	if err != nil {
		return operator.Overview{}, err
	}
	holder, err := a.holder()
	if err != nil {
		return operator.Overview{}, err
	}
	o := operator.Overview{
		Engine:   a.node.Status(),
		Tip:      a.follower.Tip(),
		Database: a.databaseLine(),
		Anchors:  anchors,
	}
	if o.Epoch, o.Leading = a.term.leading(); o.Leading {
		o.Leader = holder
	}
	if header, err := a.follower.HeaderAt(ctx, o.Tip.Height); err == nil {
		o.TipTime = header.Timestamp.UTC()
	}
	o.Backend, o.Peers = a.chainLine(), a.peerCount(ctx)
	o.Wallet = a.walletState(ctx)
	o.Liquidity = a.liquidity(ctx)
	return o, nil
}

// peerCount is how many Lightning peers there are; -1 when nobody can say.
func (a *App) peerCount(ctx context.Context) int {
	if !a.node.Status().Ready() {
		return -1
	}
	ctx, cancel := context.WithTimeout(ctx, walletPatience)
	defer cancel()
	peers, err := a.lightning.Peers(ctx)
	if err != nil {
		a.log.Warn("the operator's page stands without the peers", "error", err)
		return -1
	}
	return len(peers)
}

func (a *App) walletState(ctx context.Context) *operator.Wallet {
	if !a.node.Status().Ready() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, walletPatience)
	defer cancel()
	balance, err := a.wallet.Balance(ctx)
	if err != nil {
		a.log.Warn("the operator's page stands without the wallet", "error", err)
		return nil
	}
	spent, limit, err := a.wallet.SpentToday(ctx)
	if err != nil {
		a.log.Warn("the operator's page stands without the wallet", "error", err)
		return nil
	}
	return &operator.Wallet{
		Confirmed:   balance.Fee + balance.Reserved + balance.Protected,
		Unconfirmed: balance.Unconfirmed,
		SpentToday:  spent,
		DailyCap:    limit,
	}
}
