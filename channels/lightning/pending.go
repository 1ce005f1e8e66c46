package lightning

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// Stage is how far a channel is from being usable, or from being gone.
type Stage string

// The stages of channels that are not open.
const (
	// Opening: its transaction waits for confirmations.
	StageOpening Stage = "opening"
	// Closing: both sides agreed, and the closing transaction waits for a block.
	StageClosing Stage = "closing"
	// Forcing: one side has sent its commitment, which waits for a block.
	StageForcing Stage = "forcing"
	// Maturing: the commitment is in a block, and our part is locked for some
	// blocks more.
	StageMaturing Stage = "maturing"
	// Restored: known from a backup alone; the other side is asked to close.
	StageRestored Stage = "restored"
)

// Pending is a channel on its way in or out.
type Pending struct {
	Stage Stage
	Point string
	Peer  []byte
	// Alias is what the peer calls itself, or empty.
	Alias                   string
	Capacity, Local, Remote btcutil.Amount
	// Private and Initiator are as in Channel.
	Private, Initiator bool
	// BlocksLeft are those until the channel is open (Opening), or until our
	// part can be spent (Maturing); 0 when not known or none.
	BlocksLeft int32
	// Limbo is what we cannot spend yet, Recovered what came back already.
	Limbo, Recovered btcutil.Amount
	// Txid is the closing transaction's, or empty.
	Txid string
}

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
		p, err := add(StageOpening, c.Channel)
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
		p, err := add(StageMaturing, c.Channel)
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
		return StageRestored
	case c.ClosingTxid != "" && (c.ClosingTxid == commits.GetLocalTxid() || c.ClosingTxid == commits.GetRemoteTxid() ||
		c.ClosingTxid == commits.GetRemotePendingTxid()):
		return StageForcing
	case hasFlag(c.GetChannel().GetChanStatusFlags(), "ChanStatusCommitBroadcasted"):
		return StageForcing
	}
	return StageClosing
}

// Closed is a channel that is no more.
type Closed struct {
	Point    string
	Peer     []byte
	Capacity btcutil.Amount
	// Ours is what came back to us.
	Ours btcutil.Amount
	// Txid is the closing transaction's; Height its block.
	Txid   string
	Height uint32
	How    Ending
}

// Ending is how a channel ended.
type Ending string

// The endings.
const (
	EndedTogether Ending = "together" // both sides agreed
	EndedByUs     Ending = "us"       // we forced it
	EndedByPeer   Ending = "peer"     // the other side forced it
	EndedByCheat  Ending = "cheat"    // an old state was sent, and punished
	EndedUnborn   Ending = "unborn"   // it was never opened
)

// Closed lists the channels that ended, the latest first, at most limit.
// Errors: chain.ErrEngineDown.
func (n *Node) Closed(ctx context.Context, limit int) ([]Closed, error) {
	answer, err := n.lnd.ClosedChannels(ctx, &lnrpc.ClosedChannelsRequest{})
	if err != nil {
		return nil, kindOf("list the node's closed channels", err)
	}
	endings := map[lnrpc.ChannelCloseSummary_ClosureType]Ending{
		lnrpc.ChannelCloseSummary_COOPERATIVE_CLOSE: EndedTogether, lnrpc.ChannelCloseSummary_LOCAL_FORCE_CLOSE: EndedByUs,
		lnrpc.ChannelCloseSummary_REMOTE_FORCE_CLOSE: EndedByPeer, lnrpc.ChannelCloseSummary_BREACH_CLOSE: EndedByCheat,
		lnrpc.ChannelCloseSummary_FUNDING_CANCELED: EndedUnborn, lnrpc.ChannelCloseSummary_ABANDONED: EndedUnborn,
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
