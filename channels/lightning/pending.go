package lightning

import (
	"context"
	"encoding/hex"
	"fmt"

	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// Pending lists channels that are opening or closing, in that order. Errors:
// chain.ErrEngineDown.
func (n *Node) Pending(ctx context.Context) ([]Pending, error) {
	answer, err := n.lnd.PendingChannels(ctx, &lnrpc.PendingChannelsRequest{})
	if err != nil {
		return nil, kindOf("list the node's pending channels", err)
	}
	var out []Pending
	add := func(stage Stage, c *lnrpc.PendingChannelsResponse_PendingChannel) (*Pending, error) {
		peer, err := hex.DecodeString(c.GetRemoteNodePub())
		if err != nil {
			return nil, fmt.Errorf("read the key of a peer: %w", err)
		}
		out = append(out, Pending{
			Stage: stage, Point: c.GetChannelPoint(), Peer: peer, Private: c.GetPrivate(),
			Initiator: c.GetInitiator() == lnrpc.Initiator_INITIATOR_LOCAL,
			Capacity:  btcutil.Amount(c.GetCapacity()), Local: btcutil.Amount(c.GetLocalBalance()), Remote: btcutil.Amount(c.GetRemoteBalance()),
		})
		return &out[len(out)-1], nil
	}
	for _, c := range answer.PendingOpenChannels {
		p, err := add(ln.StageOpening, c.Channel)
		if err != nil {
			return nil, err
		}
		p.BlocksLeft = max(int32(c.ConfirmationsUntilActive), 0)
	}
	for _, c := range answer.WaitingCloseChannels {
		p, err := add(stageOf(c), c.Channel)
		if err != nil {
			return nil, err
		}
		p.Limbo, p.Txid = btcutil.Amount(c.LimboBalance), c.ClosingTxid
	}
	for _, c := range answer.PendingForceClosingChannels {
		p, err := add(ln.StageMaturing, c.Channel)
		if err != nil {
			return nil, err
		}
		p.Limbo, p.Recovered, p.Txid = btcutil.Amount(c.LimboBalance), btcutil.Amount(c.RecoveredBalance), c.ClosingTxid
		p.BlocksLeft = max(c.BlocksTilMaturity, 0)
		for _, h := range c.PendingHtlcs {
			p.BlocksLeft = max(p.BlocksLeft, h.BlocksTilMaturity)
		}
	}
	return out, nil
}

// restoredFlag is how lnd marks a channel it knows from a backup alone
// (channeldb.ChanStatusRestored).
const restoredFlag = "ChanStatusRestored"

func stageOf(c *lnrpc.PendingChannelsResponse_WaitingCloseChannel) Stage {
	commits := c.GetCommitments()
	switch {
	case c.GetChannel().GetChanStatusFlags() != "" && hasFlag(c.GetChannel().GetChanStatusFlags(), restoredFlag):
		return ln.StageRestored
	case c.ClosingTxid != "" && (c.ClosingTxid == commits.GetLocalTxid() || c.ClosingTxid == commits.GetRemoteTxid() ||
		c.ClosingTxid == commits.GetRemotePendingTxid()):
		return ln.StageForcing
	case hasFlag(c.GetChannel().GetChanStatusFlags(), "ChanStatusCommitBroadcasted"):
		return ln.StageForcing
	}
	return ln.StageClosing
}

// Closed lists the channels that ended, the latest first, at most limit.
// Errors: chain.ErrEngineDown.
func (n *Node) Closed(ctx context.Context, limit int) ([]Closed, error) {
	answer, err := n.lnd.ClosedChannels(ctx, &lnrpc.ClosedChannelsRequest{})
	if err != nil {
		return nil, kindOf("list the node's closed channels", err)
	}
	endings := map[lnrpc.ChannelCloseSummary_ClosureType]Ending{
		lnrpc.ChannelCloseSummary_COOPERATIVE_CLOSE: ln.EndedTogether, lnrpc.ChannelCloseSummary_LOCAL_FORCE_CLOSE: ln.EndedByUs,
		lnrpc.ChannelCloseSummary_REMOTE_FORCE_CLOSE: ln.EndedByPeer, lnrpc.ChannelCloseSummary_BREACH_CLOSE: ln.EndedByCheat,
		lnrpc.ChannelCloseSummary_FUNDING_CANCELED: ln.EndedUnborn, lnrpc.ChannelCloseSummary_ABANDONED: ln.EndedUnborn,
	}
	out := make([]Closed, 0, len(answer.Channels))
	for _, c := range answer.Channels {
		peer, err := hex.DecodeString(c.RemotePubkey)
		if err != nil {
			return nil, fmt.Errorf("read the key of a peer: %w", err)
		}
		out = append(out, Closed{
			Point: c.ChannelPoint, Peer: peer, Capacity: btcutil.Amount(c.Capacity),
			Ours: btcutil.Amount(c.SettledBalance + c.TimeLockedBalance), Txid: c.ClosingTxHash, Height: c.CloseHeight, How: endings[c.CloseType],
		})
	}
	sortLatest(out)
	return out[:min(len(out), limit)], nil
}
