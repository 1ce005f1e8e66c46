package lab

import (
	"context"
	"fmt"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// Wallet is the node's coins on the chain that have a block.
func (p *Party) Wallet(ctx context.Context) (btcutil.Amount, error) {
	c, err := p.use()
	if err != nil {
		return 0, err
	}
	b, err := c.ln.WalletBalance(ctx, &lnrpc.WalletBalanceRequest{})
	if err != nil {
		return 0, fmt.Errorf("ask %s for its coins: %w", p.Name, err)
	}
	return btcutil.Amount(b.ConfirmedBalance), nil
}

// awaitWallet waits until the node has at least so much in confirmed coins.
func (p *Party) awaitWallet(ctx context.Context, amount btcutil.Amount) error {
	return until(ctx, p.Name+"'s coins", func() (bool, error) {
		now, err := p.Wallet(ctx)
		return now >= amount, err
	})
}

// Holdings is everything a node has, wherever it is.
type Holdings struct {
	// Wallet is in confirmed coins, Unconfirmed in others.
	Wallet, Unconfirmed btcutil.Amount
	// Channels is its side of open channels; Reserved what it set aside in them
	// as their opener, for commitment fees and anchors.
	Channels, Reserved btcutil.Amount
	// Flight is promised in open channels, in or out.
	Flight btcutil.Amount
	// Pending counts channels that are being opened or closed, whose coins are
	// not in any of these.
	Pending int
}

// Total is what is certainly the node's when nothing is pending or in flight.
func (h Holdings) Total() btcutil.Amount { return h.Wallet + h.Unconfirmed + h.Channels + h.Reserved }

// Settled reports whether everything is where it can be counted.
func (h Holdings) Settled() bool { return h.Pending == 0 && h.Flight == 0 && h.Unconfirmed == 0 }

// Holdings asks a node for everything it has.
func (p *Party) Holdings(ctx context.Context) (Holdings, error) {
	c, err := p.use()
	if err != nil {
		return Holdings{}, err
	}
	wallet, err := c.ln.WalletBalance(ctx, &lnrpc.WalletBalanceRequest{})
	if err != nil {
		return Holdings{}, fmt.Errorf("ask %s for its coins: %w", p.Name, err)
	}
	pending, err := c.ln.PendingChannels(ctx, &lnrpc.PendingChannelsRequest{})
	if err != nil {
		return Holdings{}, fmt.Errorf("ask %s for its closing channels: %w", p.Name, err)
	}
	h := Holdings{
		Wallet: btcutil.Amount(wallet.ConfirmedBalance), Unconfirmed: btcutil.Amount(wallet.UnconfirmedBalance),
		Pending: len(pending.PendingOpenChannels) + len(pending.WaitingCloseChannels) + len(pending.PendingForceClosingChannels),
	}
	channels, err := p.Channels(ctx)
	if err != nil {
		return Holdings{}, err
	}
	for _, ch := range channels {
		h.Channels += ch.Local
		h.Flight += ch.Flight
		if ch.Mine {
			h.Reserved += ch.Capacity - ch.Local - ch.Remote - ch.Flight
		}
	}
	return h, nil
}
