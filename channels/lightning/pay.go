package lightning

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/invoice"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxInvoice bounds the text of an invoice, in bytes (lnd's own bound).
const maxInvoice = 7089

// Decode reads an invoice (BOLT 11), in upper or lower case, with or without
// "lightning:" before it. Errors: ErrInvoice, ErrWrongNetwork.
func (n *Node) Decode(text string) (Decoded, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	text = strings.TrimPrefix(text, "lightning:")
	if len(text) > maxInvoice {
		return Decoded{}, kindf(ErrInvoice, "it has %d characters", len(text))
	}
	in, err := zpay32.Decode(text, n.params, zpay32.WithErrorOnUnknownFeatureBit())
	switch {
	case err != nil && strings.Contains(err.Error(), "invoice not for current active network"):
		return Decoded{}, ErrWrongNetwork
	case err != nil:
		return Decoded{}, fmt.Errorf("%w: %w", ErrInvoice, err)
	case in.PaymentHash == nil || in.Destination == nil:
		return Decoded{}, kindf(ErrInvoice, "it has no payment hash")
	}
	out := Decoded{
		Hash: *in.PaymentHash, Payee: in.Destination.SerializeCompressed(), ExpiresAt: in.Timestamp.Add(in.Expiry()).UTC(),
	}
	if in.MilliSat != nil {
		if out.Amount, err = amount.FromMsat(uint64(*in.MilliSat)); err != nil {
			return Decoded{}, fmt.Errorf("%w: %w", ErrInvoice, err)
		}
	}
	if in.Description != nil {
		out.Memo = *in.Description
	}
	if in.DescriptionHash != nil {
		out.MemoHash = *in.DescriptionHash
	}
	return out, nil
}

// Pay pays an invoice and waits for the outcome. The same invoice is never paid
// twice: paying again tells how it ended, or waits with the first.
//
// Errors: ErrInvoice, ErrWrongNetwork, ErrExpired, ErrAmount, ErrNoRoute,
// ErrNoBalance, ErrRefused, ErrTimedOut: nothing was paid. ErrUnknownOutcome:
// look again with Track. chain.ErrEngineDown alone: nothing was begun.
func (n *Node) Pay(ctx context.Context, o Order) (Payment, error) {
	in, err := n.Decode(o.Invoice)
	if err != nil {
		return Payment{}, err
	}
	req, err := n.order(o, in)
	if err != nil {
		return Payment{}, err
	}
	ctx, cancel := context.WithCancel(ctx) // or lnd keeps a goroutine for the stream for ever
	defer cancel()
	stream, err := n.router.SendPaymentV2(ctx, req)
	if err != nil {
		return Payment{}, fmt.Errorf("have the node pay: %w", err)
	}
	begun := false
	for {
		update, err := stream.Recv()
		switch {
		case alreadyPaying(err):
			return n.Track(ctx, in.Hash)
		case err != nil && !begun && errors.Is(received(err), chain.ErrEngineDown):
			// The request may have reached the node all the same.
			return Payment{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, received(err))
		case err != nil && !begun && status.Code(err) == codes.Unknown:
			return Payment{}, fmt.Errorf("%w: %w", ErrInvoice, err) // lnd's refusal before it begins
		case err != nil:
			return Payment{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
		}
		begun = true
		if done, out, err := outcome(update); done {
			return out, err
		}
	}
}

// order checks what can be checked before anything is sent.
func (n *Node) order(o Order, in Decoded) (*routerrpc.SendPaymentRequest, error) {
	switch {
	case !n.now().Before(in.ExpiresAt):
		return nil, ErrExpired
	case in.Amount == 0 && (o.Amount <= 0 || o.Amount > amount.Max):
		return nil, kindf(ErrAmount, "the invoice leaves it to the payer")
	case in.Amount != 0 && o.Amount != 0 && o.Amount != in.Amount:
		return nil, kindf(ErrAmount, "%s instead of %s", o.Amount, in.Amount)
	case o.FeeLimit < 0 || o.FeeLimit > amount.Max:
		return nil, kindf(ErrAmount, "a fee limit of %s", o.FeeLimit)
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	req := &routerrpc.SendPaymentRequest{
		PaymentRequest: strings.TrimPrefix(strings.ToLower(strings.TrimSpace(o.Invoice)), "lightning:"),
		FeeLimitMsat:   int64(o.FeeLimit), TimeoutSeconds: int32(max(timeout/time.Second, 1)), NoInflightUpdates: false,
		MaxParts: 16,
	}
	if in.Amount == 0 {
		req.AmtMsat = int64(o.Amount)
	}
	return req, nil
}

// alreadyPaying reports that lnd is paying this invoice, or has paid it.
func alreadyPaying(err error) bool {
	return err != nil && (status.Code(err) == codes.AlreadyExists ||
		strings.Contains(err.Error(), "payment is in transition") || strings.Contains(err.Error(), "invoice is already paid"))
}

// received gives an error that came through a stream its kind; the connection
// does so for the others.
func received(err error) error {
	if err == nil {
		return nil
	}
	down := status.Code(err) == codes.Unavailable
	for _, words := range comingOrGoing {
		down = down || strings.Contains(err.Error(), words)
	}
	if down {
		return fmt.Errorf("%w: %w", chain.ErrEngineDown, err)
	}
	return err
}

// comingOrGoing are lnd's words while it starts or stops, told with the code of
// a refusal: whatever was asked for may have begun all the same.
var comingOrGoing = []string{
	"shutting down", "macaroon store is locked", "database not open", "in the process of starting",
}

// Track waits for the outcome of a payment that was begun; that of one which
// never left the node is known when it could not be under way any more. Errors:
// as Pay, and ErrUnknownPayment.
func (n *Node) Track(ctx context.Context, hash invoice.Hash) (Payment, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := n.router.TrackPaymentV2(ctx, &routerrpc.TrackPaymentRequest{PaymentHash: hash[:]})
	if err != nil {
		return Payment{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	for {
		update, err := stream.Recv()
		if status.Code(err) == codes.NotFound {
			return Payment{}, fmt.Errorf("%w: %s", ErrUnknownPayment, hash)
		}
		if err != nil {
			return Payment{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, received(err))
		}
		if done, out, err := outcome(update); done {
			return out, err
		}
		switch lost, err := n.neverLeft(ctx, update); {
		case err != nil:
			return Payment{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, received(err))
		case lost:
			return Payment{}, kindf(ErrTimedOut, "the node died before it sent anything")
		}
	}
}

// outcome reads one of lnd's updates.
func outcome(p *lnrpc.Payment) (done bool, out Payment, err error) {
	switch p.Status {
	case lnrpc.Payment_SUCCEEDED:
		out, err = succeeded(p)
		return true, out, err
	case lnrpc.Payment_FAILED:
		return true, Payment{}, failure(p.FailureReason)
	}
	return false, Payment{}, nil
}

func succeeded(p *lnrpc.Payment) (Payment, error) {
	var out Payment
	var err error
	if out.Preimage, err = invoice.ParsePreimage(p.PaymentPreimage); err != nil {
		return Payment{}, fmt.Errorf("%w: the node told of no preimage", ErrUnknownOutcome)
	}
	out.Hash = out.Preimage.Hash()
	if out.Amount, err = amount.FromMsat(uint64(lnwire.MilliSatoshi(p.ValueMsat))); err != nil {
		return Payment{}, err
	}
	if out.Fee, err = amount.FromMsat(uint64(p.FeeMsat)); err != nil {
		return Payment{}, err
	}
	return out, nil
}

// failure is the kind of lnd's reason.
func failure(reason lnrpc.PaymentFailureReason) error {
	switch reason {
	case lnrpc.PaymentFailureReason_FAILURE_REASON_NO_ROUTE:
		return ErrNoRoute
	case lnrpc.PaymentFailureReason_FAILURE_REASON_INSUFFICIENT_BALANCE:
		return ErrNoBalance
	case lnrpc.PaymentFailureReason_FAILURE_REASON_INCORRECT_PAYMENT_DETAILS:
		return ErrRefused
	case lnrpc.PaymentFailureReason_FAILURE_REASON_TIMEOUT:
		return ErrTimedOut
	}
	return kindf(ErrTimedOut, "lnd says %s", reason)
}
