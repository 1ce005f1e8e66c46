package lab

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
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
	// Wallet is in confirmed coins, Unconfirmed in others that may yet have a
	// block; see ghosts.
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
	if h.Unconfirmed != 0 {
		ghosts, err := p.ghosts(ctx)
		if err != nil {
			return Holdings{}, err
		}
		h.Unconfirmed -= ghosts
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

// ghosts is what the node's wallet counts in transactions that can never have a
// block, because another spent the same output in one. Punishing a breach, lnd
// may offer a second penalty while the first is mined: it sees one of the two
// outputs spent before the other, or takes the first for stuck. The network
// takes what spends unknown outputs for an orphan and says nothing, and so
// under neutrino the wallet waits for it for ever.
func (p *Party) ghosts(ctx context.Context) (btcutil.Amount, error) {
	c, err := p.use()
	if err != nil {
		return 0, err
	}
	listed, err := c.ln.GetTransactions(ctx, &lnrpc.GetTransactionsRequest{StartHeight: p.lab.height(), EndHeight: -1})
	if err != nil {
		return 0, fmt.Errorf("ask %s for its transactions: %w", p.Name, err)
	}
	var sum btcutil.Amount
	for _, listed := range listed.Transactions {
		if listed.NumConfirmations > 0 {
			continue
		}
		var tx wire.MsgTx
		if err := tx.Deserialize(hex.NewDecoder(strings.NewReader(listed.RawTxHex))); err != nil {
			return 0, fmt.Errorf("read a transaction of %s: %w", p.Name, err)
		}
		if dead, err := p.lab.dead(&tx); err != nil {
			return 0, err
		} else if !dead {
			continue
		}
		for _, out := range listed.OutputDetails {
			if out.IsOurAddress {
				sum += btcutil.Amount(out.Amount)
			}
		}
	}
	return sum, nil
}

// dead reports whether a transaction can never have a block because a block
// has another that spends the same.
func (l *Lab) dead(tx *wire.MsgTx) (bool, error) {
	if _, err := l.chain.Tx(tx.TxHash()); !errors.Is(err, devnet.ErrNoTx) {
		return false, err // it waits, or has a block
	}
	for _, in := range tx.TxIn {
		if from, err := l.chain.Tx(in.PreviousOutPoint.Hash); err != nil || from.Block.Height == 0 {
			continue // unknown or waiting itself
		}
		if _, err := l.chain.Spender(in.PreviousOutPoint); err == nil {
			continue // decided by the next block
		}
		if out, err := l.chain.Unspent(in.PreviousOutPoint); out == nil {
			return err == nil, err
		}
	}
	return false, nil
}
