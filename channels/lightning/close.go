package lightning

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cairn/chain"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// closeTimeout is how long closing may take until the transaction is out.
const closeTimeout = 30 * time.Second

// Close agrees with the other side on closing a channel, at about a fee rate in
// sat/vB, and returns the closing transaction's id; empty when payments are
// still under way, after which the node closes by itself. What is ours goes to
// the wallet.
//
// Errors: ErrUnknownChannel, ErrFeeRate, ErrCloseFee, ErrPeerAway (only Force is
// left then), chain.ErrEngineDown; ErrUnknownOutcome: look at Pending.
func (n *Node) Close(ctx context.Context, point string, feeRate int64) (txid string, err error) {
	if err := ln.CheckFeeRate(feeRate); err != nil {
		return "", err
	}
	most, err := n.mostForClosing(ctx, feeRate)
	if err != nil {
		return "", err
	}
	return n.close(ctx, point, &lnrpc.CloseChannelRequest{SatPerVbyte: uint64(feeRate), MaxFeePerVbyte: most, NoWait: true})
}

// closeTarget is in how many blocks a closing is to be had, and closeFactor how
// many times the rate for that, or the one wished for, may become of it.
const (
	closeTarget = 6
	closeFactor = 3
)

// mostForClosing is what the fee may rise to, in sat/vB, while the other side,
// which goes by estimates of its own, is agreed with. A bound below what the
// network asks for would end in a quarrel, after which lnd offers no other way
// than by force.
func (n *Node) mostForClosing(ctx context.Context, feeRate int64) (uint64, error) {
	usual, err := n.wallet.EstimateFee(ctx, &walletrpc.EstimateFeeRequest{ConfTarget: closeTarget})
	if err != nil {
		return 0, kindOf("estimate the fee of a closing", err)
	}
	return uint64(closeFactor * max(feeRate, chain.FeeRate(usual.SatPerKw).SatPerVByte())), nil
}

// Force closes a channel without the other side: our latest commitment is sent,
// and what is ours stays locked for as many blocks as were agreed on. Errors:
// as Close, without ErrPeerAway and ErrFeeRate.
func (n *Node) Force(ctx context.Context, point string) (txid string, err error) {
	return n.close(ctx, point, &lnrpc.CloseChannelRequest{Force: true, NoWait: true})
}

func (n *Node) close(ctx context.Context, point string, req *lnrpc.CloseChannelRequest) (txid string, err error) {
	if req.ChannelPoint, err = channelPoint(point); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	stream, err := n.lnd.CloseChannel(ctx, req)
	if err != nil {
		return "", kindOf("close a channel", err)
	}
	waits := false
	for {
		update, err := stream.Recv()
		switch {
		case err != nil && waits && cutOff(err):
			return "", nil // it closes when the payments are done
		case err != nil && cutOff(err):
			return "", fmt.Errorf("%w: %w", ErrUnknownOutcome, received(err))
		case err != nil:
			return "", kindOf("close a channel", err)
		}
		switch u := update.Update.(type) {
		case *lnrpc.CloseStatusUpdate_CloseInstant:
			// The closing begins; with payments under way it may last.
			if u.CloseInstant.NumPendingHtlcs > 0 {
				return "", nil
			}
			waits = true
		case *lnrpc.CloseStatusUpdate_ClosePending:
			hash, err := chainhash.NewHash(u.ClosePending.Txid)
			if err != nil {
				return "", fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
			}
			return hash.String(), nil
		case *lnrpc.CloseStatusUpdate_ChanClose:
			hash, err := chainhash.NewHash(u.ChanClose.ClosingTxid)
			if err != nil {
				return "", fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
			}
			return hash.String(), nil
		}
	}
}

// Bump has a closing that waits for a block pay more: a child transaction
// spends our part of it at a fee rate in sat/vB, for at most budget satoshi.
// Errors: ErrUnknownChannel, ErrFeeRate, ErrAmount, ErrNothingToBump,
// chain.ErrEngineDown.
func (n *Node) Bump(ctx context.Context, point string, feeRate int64, budget btcutil.Amount) error {
	at, err := channelPoint(point)
	if err != nil {
		return err
	}
	if err := ln.CheckFeeRate(feeRate); err != nil {
		return err
	}
	if budget < 1 || budget > btcutil.SatoshiPerBitcoin {
		return kindf(ErrAmount, "a budget of %d sat", int64(budget))
	}
	pending, err := n.Pending(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(pending, func(p Pending) bool { return p.Point == point })
	if i < 0 {
		return kindf(ErrUnknownChannel, "%s", point)
	}
	switch p := pending[i]; p.Stage {
	case ln.StageForcing:
		_, err = n.wallet.BumpForceCloseFee(ctx, &walletrpc.BumpForceCloseFeeRequest{
			ChanPoint: at, StartingFeerate: uint64(feeRate), Immediate: true, Budget: uint64(budget),
		})
		return nothingToBump(kindOf("raise the fee of a closing", err))
	case ln.StageClosing:
		return n.bumpOurOutput(ctx, p.Txid, feeRate, budget)
	}
	return kindf(ErrNothingToBump, "%s is %s", point, pending[i].Stage)
}

// bumpOurOutput spends our output of a transaction that waits.
func (n *Node) bumpOurOutput(ctx context.Context, txid string, feeRate int64, budget btcutil.Amount) error {
	coins, err := n.wallet.ListUnspent(ctx, &walletrpc.ListUnspentRequest{UnconfirmedOnly: true})
	if err != nil {
		return kindOf("list the wallet's coins", err)
	}
	for _, coin := range coins.Utxos {
		if txid == "" || coin.Outpoint.GetTxidStr() != txid {
			continue
		}
		_, err := n.wallet.BumpFee(ctx, &walletrpc.BumpFeeRequest{
			Outpoint: coin.Outpoint, SatPerVbyte: uint64(feeRate), Immediate: true, Budget: uint64(budget),
		})
		return nothingToBump(kindOf("raise the fee of a closing", err))
	}
	return kindf(ErrNothingToBump, "no output of %s is ours", txid)
}

// nothingToBump names what lnd says in many words: that there is nothing, or
// that its fee cannot be raised.
func nothingToBump(err error) error {
	if err != nil && unnamed(err) {
		return fmt.Errorf("%w: %w", ErrNothingToBump, err)
	}
	return err
}

// sortLatest puts the channels that ended last first.
func sortLatest(closed []Closed) {
	slices.SortStableFunc(closed, func(a, b Closed) int { return int(b.Height) - int(a.Height) })
}

// hasFlag reports whether lnd's list of flags, "A|B", has one.
func hasFlag(flags, flag string) bool { return slices.Contains(strings.Split(flags, "|"), flag) }
