package lab

import (
	"context"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
)

// Move is what happened to a conditional payment (HTLC) at one node.
type Move struct {
	Kind MoveKind
	// In and Out are the short ids of the channels it came and goes by; 0 for
	// the payer's and the payee's own end.
	In, Out uint64
	// Amount is what was put into Out, until block Until; for MoveOffered.
	Amount btcutil.Amount
	Until  int32
}

// MoveKind says what happened.
type MoveKind int

// The moves: put into the channel Out; taken by the other side of Out with the
// secret; given back by the other side of Out, or by the chain.
const (
	MoveOffered MoveKind = iota + 1
	MoveSettled
	MoveReturned
)

// follow tells the moves of a node's conditional payments until ctx ends or
// the node stops. It calls begun once it listens.
func (p *Party) follow(ctx context.Context, begun func(), tell func(Move)) {
	c, err := p.use()
	if err != nil {
		return
	}
	stream, err := c.router.SubscribeHtlcEvents(ctx, &routerrpc.SubscribeHtlcEventsRequest{})
	if err != nil {
		return
	}
	for {
		e, err := stream.Recv()
		if err != nil {
			return
		}
		if e.GetSubscribedEvent() != nil {
			begun()
		}
		if m, ok := move(e); ok {
			tell(m)
		}
	}
}

// move reads one event; payments that only end here are told by whoever offers
// them.
func move(e *routerrpc.HtlcEvent) (Move, bool) {
	m := Move{In: e.IncomingChannelId, Out: e.OutgoingChannelId}
	if e.EventType == routerrpc.HtlcEvent_RECEIVE {
		return m, false
	}
	switch {
	case e.GetForwardEvent() != nil:
		info := e.GetForwardEvent().GetInfo()
		m.Kind, m.Amount, m.Until = MoveOffered, btcutil.Amount(info.GetOutgoingAmtMsat()/1000), int32(info.GetOutgoingTimelock())
	case e.GetSettleEvent() != nil:
		m.Kind = MoveSettled
	case e.GetForwardFailEvent() != nil:
		m.Kind = MoveReturned
	default:
		return m, false
	}
	return m, true
}

// View is all that a node in between sees of a payment it is asked to forward:
// its own layer of the onion.
type View struct {
	// In and Out are the channels with its two neighbours.
	In, Out uint64
	// Incoming is what it was promised, until block InUntil; Outgoing what it
	// is to promise, until OutUntil.
	Incoming, Outgoing btcutil.Amount
	InUntil, OutUntil  int32
	Hash               []byte
	// Onion is what it passes on: opaque to it, and as long as what it got.
	Onion []byte
}

// peel tells what a node is asked to forward and lets it go on after hold,
// until ctx ends or the node stops.
func (p *Party) peel(ctx context.Context, hold time.Duration, tell func(View)) {
	c, err := p.use()
	if err != nil {
		return
	}
	stream, err := c.router.HtlcInterceptor(ctx)
	if err != nil {
		return
	}
	for {
		asked, err := stream.Recv()
		if err != nil {
			return
		}
		tell(View{
			In: asked.IncomingCircuitKey.GetChanId(), Out: asked.OutgoingRequestedChanId,
			Incoming: btcutil.Amount(asked.IncomingAmountMsat / 1000), Outgoing: btcutil.Amount(asked.OutgoingAmountMsat / 1000),
			InUntil: int32(asked.IncomingExpiry), OutUntil: int32(asked.OutgoingExpiry),
			Hash: asked.PaymentHash, Onion: asked.OnionBlob,
		})
		if pause(ctx, hold) != nil {
			return
		}
		err = stream.Send(&routerrpc.ForwardHtlcInterceptResponse{
			IncomingCircuitKey: asked.IncomingCircuitKey, Action: routerrpc.ResolveHoldForwardAction_RESUME,
		})
		if err != nil {
			return
		}
	}
}
