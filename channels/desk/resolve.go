package desk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"cairn/channels/ln"
)

// Pauses and limits of looking after orders whose end nobody has seen.
const (
	lookEvery = 5 * time.Second
	// callLimit is longer than any call to the node lasts: an order younger
	// than that is being carried out by somebody.
	callLimit = 90 * time.Second
	// giveUp is when an order that has left no trace at the node counts as
	// never carried out.
	giveUp = 15 * time.Minute
	// trackLimit is how long the outcome of one payment is waited for.
	trackLimit = 3 * time.Second
	// lookClosed is how many closed channels are looked through.
	lookClosed = 1000
	maxOpen    = 200
)

// Run looks at the node how orders ended that were cut off, until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	for {
		if err := d.Resolve(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Log.Debug("orders not looked up", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

// Resolve looks once at each order that is under way for longer than a call
// lasts.
func (d *Desk) Resolve(ctx context.Context) error {
	begun := Begun
	orders, err := d.list(ctx, maxOpen, &begun)
	if err != nil {
		return err
	}
	var errs []error
	for _, o := range orders {
		if d.cfg.Now().Sub(o.BegunAt) < callLimit {
			continue
		}
		errs = append(errs, d.resolve(ctx, o))
	}
	return errors.Join(errs...)
}

// resolve looks at what one order has left behind.
func (d *Desk) resolve(ctx context.Context, o Order) error {
	trace := d.opened
	switch o.Kind {
	case PayInvoice:
		return d.tracked(ctx, o)
	case CloseChannel, ForceClose:
		trace = d.closing
	case BumpClosing: // leaves none: the operator sees the fee, and may ask again
		trace = func(context.Context, *Order) (bool, error) { return false, nil }
	}
	found, err := trace(ctx, &o)
	switch {
	case err != nil:
		return err
	case found:
		return d.finish(ctx, &o, nil)
	case d.cfg.Now().Sub(o.BegunAt) > giveUp:
		return d.finish(ctx, &o, ln.ErrNode)
	}
	return nil
}

// tracked asks the node how a payment ended.
func (d *Desk) tracked(ctx context.Context, o Order) error {
	hash, err := hashOf(o)
	if err != nil {
		return d.finish(ctx, &o, ln.ErrInvoice)
	}
	short, cancel := context.WithTimeout(ctx, trackLimit)
	defer cancel()
	paid, err := d.cfg.Node.Track(short, hash)
	switch {
	case errors.Is(err, ln.ErrUnknownOutcome):
		return nil // still under way, or the node is
	case errors.Is(err, ln.ErrUnknownPayment):
		return d.finish(ctx, &o, ln.ErrNode)
	case err == nil:
		o.paid(paid)
	}
	return d.finish(ctx, &o, err)
}

// opened looks for a channel with the peer, of the size that was ordered, that
// was not there before.
func (d *Desk) opened(ctx context.Context, o *Order) (bool, error) {
	size := o.Amount.SatoshiFloor()
	pending, err := d.cfg.Node.Pending(ctx)
	if err != nil {
		return false, err
	}
	channels, err := d.cfg.Node.Channels(ctx)
	if err != nil {
		return false, err
	}
	fits := func(peer []byte, point string) bool {
		return hex.EncodeToString(peer) == o.Subject && !slices.Contains(o.Had, point)
	}
	for _, p := range pending {
		if p.Initiator && p.Capacity == size && fits(p.Peer, p.Point) {
			o.Outcome = p.Point
			return true, nil
		}
	}
	for _, c := range channels {
		if c.Initiator && c.Capacity == size && fits(c.Peer, c.Point) {
			o.Outcome = c.Point
			return true, nil
		}
	}
	return false, nil
}

// closing looks whether a channel is on its way out, or gone.
func (d *Desk) closing(ctx context.Context, o *Order) (bool, error) {
	pending, err := d.cfg.Node.Pending(ctx)
	if err != nil {
		return false, err
	}
	for _, p := range pending {
		if p.Point == o.Subject && p.Stage != ln.StageOpening {
			o.Outcome = p.Txid
			return true, nil
		}
	}
	closed, err := d.cfg.Node.Closed(ctx, lookClosed)
	if err != nil {
		return false, err
	}
	for _, c := range closed {
		if c.Point == o.Subject {
			o.Outcome = c.Txid
			return true, nil
		}
	}
	return false, nil
}

// channelsWith lists the channels with a peer, open or not.
func (d *Desk) channelsWith(ctx context.Context, peer string) ([]string, error) {
	var points []string
	channels, err := d.cfg.Node.Channels(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at the channels there are: %w", err)
	}
	for _, c := range channels {
		if hex.EncodeToString(c.Peer) == peer {
			points = append(points, c.Point)
		}
	}
	pending, err := d.cfg.Node.Pending(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at the channels there are: %w", err)
	}
	for _, p := range pending {
		if hex.EncodeToString(p.Peer) == peer {
			points = append(points, p.Point)
		}
	}
	return points, nil
}
