package lightning

import (
	"context"
	"encoding/hex"
	"time"

	"cairn/channels/ln"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// unbegun is after what time a payment without a single try was never begun:
// lnd looks for a route no longer than an order's Timeout.
const unbegun = time.Hour

// neverLeft says that a payment which lnd shows under way for ever did not leave
// the node, and never will. That happens when the node dies between noting a try
// and handing it to a channel (lnd issue 9340): it keeps nothing of what to send,
// and waits for an answer.
//
// It decides about money, so that it believes no peer: one who withholds his
// signature has the HTLC in his commitment and not in ours. But from the HTLC's
// expiry on, lnd does not keep a channel open that has it in either. So once
// the chain is past the expiry of every try, a channel that is open and does not
// have the HTLC never had it, and one that is closed and resolved has nothing
// left to answer with.
func (n *Node) neverLeft(ctx context.Context, p *lnrpc.Payment) (bool, error) {
	var locked uint32
	for _, try := range p.Htlcs {
		switch {
		case try.Status == lnrpc.HTLCAttempt_SUCCEEDED || try.Route == nil:
			return false, nil
		case try.Status == lnrpc.HTLCAttempt_IN_FLIGHT:
			locked = max(locked, try.Route.TotalTimeLock)
		}
	}
	if locked == 0 { // none is under way
		return n.now().Sub(time.Unix(0, p.CreationTimeNs)) > unbegun, nil
	}
	who, err := n.lnd.GetInfo(ctx, &lnrpc.GetInfoRequest{})
	if err != nil || !who.SyncedToChain || who.BlockHeight <= locked {
		return false, err
	}
	open, err := n.lnd.ListChannels(ctx, &lnrpc.ListChannelsRequest{})
	if err != nil {
		return false, err
	}
	closing, err := n.Pending(ctx)
	if err != nil {
		return false, err
	}
	return !hasHTLC(open.Channels, p.PaymentHash) && !anyClosing(closing), nil
}

// hasHTLC says whether a channel has an HTLC of a payment.
func hasHTLC(channels []*lnrpc.Channel, hash string) bool {
	for _, c := range channels {
		for _, htlc := range c.PendingHtlcs {
			if hex.EncodeToString(htlc.HashLock) == hash {
				return true
			}
		}
	}
	return false
}

// anyClosing says whether a channel is on its way out. lnd does not say which
// payments its HTLCs belong to, so that every payment waits for it.
func anyClosing(pending []ln.Pending) bool {
	for _, p := range pending {
		if p.Stage != ln.StageOpening {
			return true
		}
	}
	return false
}
