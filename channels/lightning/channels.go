package lightning

import (
	"context"
	"encoding/hex"
	"fmt"

	"cairn/channels/amount"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// Channels lists the open channels in lnd's order. Errors: chain.ErrEngineDown.
func (n *Node) Channels(ctx context.Context) ([]Channel, error) {
	answer, err := n.lnd.ListChannels(ctx, &lnrpc.ListChannelsRequest{PeerAliasLookup: true})
	if err != nil {
		return nil, fmt.Errorf("list the node's channels: %w", err)
	}
	out := make([]Channel, len(answer.Channels))
	for i, c := range answer.Channels {
		peer, err := hex.DecodeString(c.RemotePubkey)
		if err != nil {
			return nil, fmt.Errorf("read the key of a peer: %w", err)
		}
		out[i] = Channel{
			Point: c.ChannelPoint, Peer: peer, Alias: c.PeerAlias, Active: c.Active, Private: c.Private, Initiator: c.Initiator,
			Capacity: btcutil.Amount(c.Capacity), Local: btcutil.Amount(c.LocalBalance),
			Remote: btcutil.Amount(c.RemoteBalance), Unsettled: btcutil.Amount(c.UnsettledBalance),
			LocalReserve: btcutil.Amount(c.LocalConstraints.GetChanReserveSat()), RemoteReserve: btcutil.Amount(c.RemoteConstraints.GetChanReserveSat()),
			Fee:      btcutil.Amount(c.Capacity - c.LocalBalance - c.RemoteBalance - c.UnsettledBalance),
			InFlight: len(c.PendingHtlcs),
		}
		if c.Active {
			out[i].Sendable, out[i].Receivable = carries(c, true), carries(c, false)
		}
	}
	return out, nil
}

// htlcWeight is what one payment in flight adds to a commitment transaction
// (BOLT 3, "Fee Calculation").
const htlcWeight = 172

// carries is what one more payment can move in a direction, on the careful
// side: less the sender's reserve, what may be in flight at once, and the fee
// for the commitment transaction, which the opener pays and has to be able to
// pay at twice its rate with one payment more (BOLT 2, "fee spike buffer").
func carries(c *lnrpc.Channel, outgoing bool) amount.MilliSatoshi {
	sender, senderPays := c.RemoteBalance, !c.Initiator
	payer, reserve, payerReserve := c.LocalBalance, c.RemoteConstraints.GetChanReserveSat(), c.LocalConstraints.GetChanReserveSat()
	if outgoing {
		sender, senderPays = c.LocalBalance, c.Initiator
		payer, reserve, payerReserve = c.RemoteBalance, c.LocalConstraints.GetChanReserveSat(), c.RemoteConstraints.GetChanReserveSat()
	}
	weight := c.CommitWeight
	if c.FeePerKw > 0 { // lnd leaves a few units of its own out
		weight = max(weight, c.CommitFee*1000/c.FeePerKw+1)
	}
	buffer := max(2*c.FeePerKw*(weight+2*htlcWeight)/1000-c.CommitFee, 0)
	left := sender - int64(reserve)
	switch {
	case senderPays:
		left -= buffer
	case payer < int64(payerReserve)+buffer:
		return 0 // the other side could not pay for one more
	}
	if left <= 0 {
		return 0
	}
	room := min(c.LocalConstraints.GetMaxPendingAmtMsat(), c.RemoteConstraints.GetMaxPendingAmtMsat())
	for _, h := range c.PendingHtlcs {
		if h.Incoming != outgoing {
			room -= min(room, uint64(h.Amount)*uint64(amount.PerSatoshi))
		}
	}
	most, err := amount.FromMsat(min(uint64(left)*uint64(amount.PerSatoshi), room))
	if err != nil {
		return 0
	}
	return most
}

// Receivable is the largest invoice that can be paid now, in parts if need be:
// the sum over active channels. Whether the network finds a way is another
// question. Errors: chain.ErrEngineDown.
func (n *Node) Receivable(ctx context.Context) (amount.MilliSatoshi, error) {
	return n.sum(ctx, func(c Channel) amount.MilliSatoshi { return c.Receivable })
}

// Sendable is the most that can be paid now, routing fees included. Errors:
// chain.ErrEngineDown.
func (n *Node) Sendable(ctx context.Context) (amount.MilliSatoshi, error) {
	return n.sum(ctx, func(c Channel) amount.MilliSatoshi { return c.Sendable })
}

func (n *Node) sum(ctx context.Context, of func(Channel) amount.MilliSatoshi) (amount.MilliSatoshi, error) {
	channels, err := n.Channels(ctx)
	if err != nil {
		return 0, err
	}
	sum := amount.MilliSatoshi(0)
	for _, c := range channels {
		if sum, err = sum.Add(of(c)); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// Balance adds the channels up. Errors: chain.ErrEngineDown.
func (n *Node) Balance(ctx context.Context) (Balance, error) {
	b, err := n.lnd.ChannelBalance(ctx, &lnrpc.ChannelBalanceRequest{})
	if err != nil {
		return Balance{}, fmt.Errorf("ask the node for its channel balance: %w", err)
	}
	var out Balance
	for _, part := range []struct {
		to   *amount.MilliSatoshi
		from []*lnrpc.Amount
	}{
		{&out.Local, []*lnrpc.Amount{b.LocalBalance}},
		{&out.Remote, []*lnrpc.Amount{b.RemoteBalance}},
		{&out.Unsettled, []*lnrpc.Amount{b.UnsettledLocalBalance, b.UnsettledRemoteBalance}},
		{&out.Opening, []*lnrpc.Amount{b.PendingOpenLocalBalance}},
	} {
		for _, a := range part.from {
			more, err := amount.FromMsat(a.GetMsat())
			if err == nil {
				*part.to, err = part.to.Add(more)
			}
			if err != nil {
				return Balance{}, fmt.Errorf("read the node's channel balance: %w", err)
			}
		}
	}
	return out, nil
}
