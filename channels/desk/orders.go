package desk

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"cairn/channels/amount"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
)

// Open opens a channel. Errors: those of a node's Open, ErrID, ErrOther,
// ErrUnderWay.
func (d *Desk) Open(ctx context.Context, id ID, who string, o ln.Opening) (Order, error) {
	if err := o.Check(); err != nil {
		return Order{}, err
	}
	size, err := amount.FromSatoshi(o.Amount)
	if err != nil {
		return Order{}, fmt.Errorf("%w: %w", ln.ErrTooLarge, err)
	}
	order := Order{ID: id, Kind: OpenChannel, Who: who, Subject: ln.PeerAddress{Key: o.Peer.Key}.String(),
		Details: Details{Amount: size, FeeRate: o.FeeRate, Private: o.Private}}
	if order.Had, err = d.channelsWith(ctx, order.Subject); err != nil {
		return Order{}, err
	}
	return d.carryOut(ctx, order, func(ctx context.Context, order *Order) (err error) {
		order.Outcome, err = d.cfg.Node.Open(ctx, o)
		return err
	})
}

// Close closes a channel together with the other side. Errors: those of a
// node's Close, ErrID, ErrOther, ErrUnderWay.
func (d *Desk) Close(ctx context.Context, id ID, who, point string, feeRate int64) (Order, error) {
	if err := ln.CheckFeeRate(feeRate); err != nil {
		return Order{}, err
	}
	order := Order{ID: id, Kind: CloseChannel, Who: who, Subject: point, Details: Details{FeeRate: feeRate}}
	return d.carryOut(ctx, order, func(ctx context.Context, order *Order) (err error) {
		order.Outcome, err = d.cfg.Node.Close(ctx, point, feeRate)
		return err
	})
}

// Force closes a channel without the other side. Errors: those of a node's
// Force, ErrID, ErrOther, ErrUnderWay.
func (d *Desk) Force(ctx context.Context, id ID, who, point string) (Order, error) {
	order := Order{ID: id, Kind: ForceClose, Who: who, Subject: point}
	return d.carryOut(ctx, order, func(ctx context.Context, order *Order) (err error) {
		order.Outcome, err = d.cfg.Node.Force(ctx, point)
		return err
	})
}

// Bump has a closing pay more, at most budget satoshi. Errors: those of a
// node's Bump, ErrID, ErrOther, ErrUnderWay.
func (d *Desk) Bump(ctx context.Context, id ID, who, point string, feeRate int64, budget btcutil.Amount) (Order, error) {
	most, err := amount.FromSatoshi(budget)
	if err != nil {
		return Order{}, fmt.Errorf("%w: %w", ln.ErrAmount, err)
	}
	order := Order{ID: id, Kind: BumpClosing, Who: who, Subject: point, Details: Details{FeeRate: feeRate, Amount: most}}
	return d.carryOut(ctx, order, func(ctx context.Context, _ *Order) error {
		return d.cfg.Node.Bump(ctx, point, feeRate, budget)
	})
}

// payTimeout is how long the node looks for a way.
const payTimeout = 30 * time.Second

// Pay pays an invoice. The same invoice is never paid twice, whatever the
// order's number. Errors: those of a node's Pay, ErrID, ErrOther, ErrUnderWay.
func (d *Desk) Pay(ctx context.Context, id ID, who string, o ln.Order) (Order, error) {
	in, err := d.cfg.Node.Decode(o.Invoice)
	if err != nil {
		return Order{}, err
	}
	order := Order{ID: id, Kind: PayInvoice, Who: who, Subject: in.Hash.String(), Details: Details{Amount: in.Amount, Memo: short(in.Memo)}}
	if in.Amount == 0 {
		order.Amount = o.Amount
	}
	o.Timeout = payTimeout
	return d.carryOut(ctx, order, func(ctx context.Context, order *Order) error {
		paid, err := d.cfg.Node.Pay(ctx, o)
		order.paid(paid)
		return err
	})
}

func (o *Order) paid(p ln.Payment) {
	if p.Amount > 0 {
		o.Amount, o.Fee = p.Amount, p.Fee
	}
}

// short keeps the first 200 bytes of somebody's words, at a character's end.
func short(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	end := 0
	for i := range text {
		if i > most {
			break
		}
		end = i
	}
	return text[:end]
}

// facts are what the audit log is told of an order.
func (o Order) facts() map[string]string {
	f := map[string]string{"order": o.ID.String(), "subject": o.Subject}
	if o.Amount > 0 {
		f["amount-msat"] = strconv.FormatInt(int64(o.Amount), 10)
	}
	if o.Fee > 0 {
		f["fee-msat"] = strconv.FormatInt(int64(o.Fee), 10)
	}
	if o.FeeRate > 0 {
		f["sat-per-vbyte"] = strconv.FormatInt(o.FeeRate, 10)
	}
	if o.Outcome != "" {
		f["outcome"] = o.Outcome
	}
	if o.Problem != "" {
		f["problem"] = o.Problem
	}
	return f
}
