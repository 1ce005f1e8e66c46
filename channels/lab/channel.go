package lab

import (
	"context"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// Terms of a channel to be opened.
type Terms struct {
	// Capacity is the funding output's value; of it Push is the other side's
	// from the start.
	Capacity, Push btcutil.Amount
	// RemoteDelay is how many blocks the other side waits for its own coins
	// when it closes by itself (CSV); 0 leaves it to lnd.
	RemoteDelay uint32
}

// Channel is an open channel as one side sees it.
type Channel struct {
	Point wire.OutPoint
	// ID is the short channel id.
	ID uint64
	// Local and Remote are what the sides have, Flight what is promised and not
	// yet anybody's, in satoshi; CommitFee is what the opener has set aside for
	// the commitment transaction.
	Local, Remote, Flight, CommitFee btcutil.Amount
	Capacity                         btcutil.Amount
	// Mine: this side opened it and pays the commitment fee and the anchors.
	Mine bool
	// Active: it can be used now.
	Active bool
	// LocalDelay and RemoteDelay are the CSV delays, in blocks.
	LocalDelay, RemoteDelay uint32
	// Updates counts the states so far (the commitment's number).
	Updates uint64
}

// Meet connects a to b.
func (l *Lab) Meet(ctx context.Context, a, b *Party) error {
	return until(ctx, fmt.Sprintf("%s and %s meeting", a.Name, b.Name), func() (bool, error) {
		c, err := a.use()
		if err != nil {
			return false, err
		}
		_, err = c.ln.ConnectPeer(ctx, &lnrpc.ConnectPeerRequest{
			Addr: &lnrpc.LightningAddress{Pubkey: b.Key(), Host: b.listen}, Timeout: 5,
		})
		if err != nil && strings.Contains(err.Error(), "already connected") {
			return true, nil
		}
		return err == nil, err
	})
}

// Begin starts opening a channel from a to b and returns its funding output
// once the transaction waits to be mined: lnd may report success for one that
// was refused.
func (l *Lab) Begin(ctx context.Context, a, b *Party, terms Terms) (wire.OutPoint, error) {
	c, err := a.use()
	if err != nil {
		return wire.OutPoint{}, err
	}
	key, err := b.keyBytes()
	if err != nil {
		return wire.OutPoint{}, err
	}
	answer, err := c.ln.OpenChannelSync(ctx, &lnrpc.OpenChannelRequest{
		NodePubkey: key, LocalFundingAmount: int64(terms.Capacity), PushSat: int64(terms.Push),
		RemoteCsvDelay: terms.RemoteDelay, SatPerVbyte: 2, CommitmentType: lnrpc.CommitmentType_ANCHORS,
	})
	if err != nil {
		return wire.OutPoint{}, fmt.Errorf("open a channel from %s to %s: %w", a.Name, b.Name, err)
	}
	txid, err := lnrpc.GetChanPointFundingTxid(answer)
	if err != nil {
		return wire.OutPoint{}, fmt.Errorf("open a channel from %s to %s: %w", a.Name, b.Name, err)
	}
	point := wire.OutPoint{Hash: *txid, Index: answer.OutputIndex}
	return point, until(ctx, "the funding transaction", func() (bool, error) { return l.chain.InMempool(*txid), nil })
}

// Channels lists a node's open channels.
func (p *Party) Channels(ctx context.Context) ([]Channel, error) {
	c, err := p.use()
	if err != nil {
		return nil, err
	}
	answer, err := c.ln.ListChannels(ctx, &lnrpc.ListChannelsRequest{})
	if err != nil {
		return nil, fmt.Errorf("list the channels of %s: %w", p.Name, err)
	}
	list := make([]Channel, 0, len(answer.Channels))
	for _, ch := range answer.Channels {
		point, err := wire.NewOutPointFromString(ch.ChannelPoint)
		if err != nil {
			return nil, fmt.Errorf("list the channels of %s: %w", p.Name, err)
		}
		list = append(list, Channel{
			Point: *point, ID: ch.ChanId, Active: ch.Active, Mine: ch.Initiator,
			Local: btcutil.Amount(ch.LocalBalance), Remote: btcutil.Amount(ch.RemoteBalance),
			Flight: btcutil.Amount(ch.UnsettledBalance), CommitFee: btcutil.Amount(ch.CommitFee), Capacity: btcutil.Amount(ch.Capacity),
			LocalDelay: ch.LocalConstraints.GetCsvDelay(), RemoteDelay: ch.RemoteConstraints.GetCsvDelay(),
			Updates: ch.NumUpdates,
		})
	}
	return list, nil
}

// Channel is the open channel at a funding output, and whether there is one.
func (p *Party) Channel(ctx context.Context, point wire.OutPoint) (Channel, bool, error) {
	list, err := p.Channels(ctx)
	if err != nil {
		return Channel{}, false, err
	}
	for _, c := range list {
		if c.Point == point {
			return c, true, nil
		}
	}
	return Channel{}, false, nil
}

// Usable waits until a channel is active on both sides with nothing in flight
// being renegotiated, and known to each of the nodes in all with both sides'
// terms, so that routes can be found over it.
func (l *Lab) Usable(ctx context.Context, point wire.OutPoint, sides [2]*Party, all ...*Party) (Channel, error) {
	var found Channel
	for _, p := range sides {
		err := until(ctx, "a channel of "+p.Name, func() (ok bool, err error) {
			found, ok, err = p.Channel(ctx, point)
			return ok && found.Active, err
		})
		if err != nil {
			return Channel{}, err
		}
	}
	for _, p := range all {
		err := until(ctx, "the channel's terms at "+p.Name, func() (bool, error) {
			c, err := p.use()
			if err != nil {
				return false, err
			}
			edge, err := c.ln.GetChanInfo(ctx, &lnrpc.ChanInfoRequest{ChanId: found.ID})
			if err != nil {
				return false, err
			}
			one, two := edge.Node1Policy, edge.Node2Policy
			return one != nil && two != nil && !one.Disabled && !two.Disabled, nil
		})
		if err != nil {
			return Channel{}, err
		}
	}
	return found, nil
}
