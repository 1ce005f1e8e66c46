package lightning

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxMemo is what a description field of BOLT 11 holds, in bytes.
const maxMemo = 639

// lnd formats the causes of these away; its words are all there is to go by
// (lnd, invoices/errors.go).
const (
	saysDuplicate = "invoice with payment hash already exists"
	saysSettled   = "invoice already settled"
	saysCanceled  = "invoice already canceled"
	saysNotFound  = "unable to locate invoice"
	saysNone      = "there are no existing invoices"
)

// Create makes an invoice, unless no channel could receive it now: nobody is
// shown an invoice that cannot be paid. Asking again with the same preimage
// gives the same invoice. It implements fees.Invoices.
//
// Errors: invoice.ErrRequest, also when another amount was asked for under the
// preimage or its invoice is over; invoice.ErrUnpayable; chain.ErrEngineDown.
func (n *Node) Create(ctx context.Context, req invoice.Request) (invoice.Invoice, error) {
	if req.Amount < 1 || req.Amount > amount.Max || len(req.Memo) > maxMemo || req.Expiry < time.Second {
		return invoice.Invoice{}, fmt.Errorf("%w: %s, a memo of %d bytes, for %v", invoice.ErrRequest, req.Amount, len(req.Memo), req.Expiry)
	}
	most, err := n.Receivable(ctx)
	if err != nil {
		return invoice.Invoice{}, err
	}
	if req.Amount > most {
		return invoice.Invoice{}, fmt.Errorf("%w: %s of at most %s", invoice.ErrUnpayable, req.Amount, most)
	}
	ask := &lnrpc.Invoice{
		RPreimage: req.Preimage[:], ValueMsat: int64(req.Amount), Memo: req.Memo, Expiry: int64(req.Expiry / time.Second),
		Private: true, // with hints to channels that are not announced
	}
	if req.MemoHash != [32]byte{} {
		ask.Memo, ask.DescriptionHash = "", req.MemoHash[:]
	}
	_, err = n.lnd.AddInvoice(ctx, ask)
	if err != nil && !strings.Contains(err.Error(), saysDuplicate) {
		return invoice.Invoice{}, fmt.Errorf("ask the node for an invoice: %w", err)
	}
	hash := req.Preimage.Hash()
	made, err := n.lookup(ctx, hash)
	if err != nil {
		return invoice.Invoice{}, err
	}
	if made.ValueMsat != int64(req.Amount) || made.State != lnrpc.Invoice_OPEN {
		return invoice.Invoice{}, fmt.Errorf("%w: %s exists for %d msat and is %s", invoice.ErrRequest, hash, made.ValueMsat, made.State)
	}
	return invoice.Invoice{
		Hash: hash, Text: made.PaymentRequest, ExpiresAt: time.Unix(made.CreationDate+made.Expiry, 0).UTC(),
	}, nil
}

func (n *Node) lookup(ctx context.Context, hash invoice.Hash) (*lnrpc.Invoice, error) {
	found, err := n.invoices.LookupInvoiceV2(ctx, &invoicesrpc.LookupInvoiceMsg{
		InvoiceRef: &invoicesrpc.LookupInvoiceMsg_PaymentHash{PaymentHash: hash[:]},
	})
	if unknownInvoice(err) {
		return nil, fmt.Errorf("%w: %s", invoice.ErrUnknown, hash)
	}
	if err != nil {
		return nil, fmt.Errorf("look up invoice %s: %w", hash, err)
	}
	return found, nil
}

func unknownInvoice(err error) bool {
	return err != nil && (status.Code(err) == codes.NotFound || strings.Contains(err.Error(), saysNotFound) || strings.Contains(err.Error(), saysNone))
}

// Status says how far one of the node's invoices has come. It implements
// fees.Invoices. Errors: invoice.ErrUnknown, also for one that was cancelled or
// expired, as our nodes forget those; chain.ErrEngineDown.
func (n *Node) Status(ctx context.Context, hash invoice.Hash) (invoice.Status, error) {
	found, err := n.lookup(ctx, hash)
	if err != nil {
		return invoice.Status{}, err
	}
	switch found.State {
	case lnrpc.Invoice_SETTLED:
		st, err := settlement(found)
		return invoice.Status{State: invoice.Settled, Settlement: st}, err
	case lnrpc.Invoice_CANCELED:
		return invoice.Status{State: invoice.Closed}, nil
	}
	return invoice.Status{State: invoice.Open}, nil
}

// Cancel makes sure that an open invoice cannot be paid any more; one that was
// paid or is over stays as it is. It implements fees.Invoices. Errors:
// invoice.ErrUnknown, chain.ErrEngineDown.
func (n *Node) Cancel(ctx context.Context, hash invoice.Hash) error {
	_, err := n.invoices.CancelInvoice(ctx, &invoicesrpc.CancelInvoiceMsg{PaymentHash: hash[:]})
	switch {
	case err == nil, strings.Contains(err.Error(), saysSettled), strings.Contains(err.Error(), saysCanceled):
		return nil
	case unknownInvoice(err):
		return fmt.Errorf("%w: %s", invoice.ErrUnknown, hash)
	}
	return fmt.Errorf("cancel invoice %s: %w", hash, err)
}

// Settled calls fn for each settlement numbered above after, in order, and goes
// on with new ones until ctx ends, fn fails or the node goes away. lnd tells no
// old ones when after is 0, so they are listed first then. It implements
// fees.Invoices.
func (n *Node) Settled(ctx context.Context, after uint64, fn func(invoice.Settlement) error) error {
	ctx, cancel := context.WithCancel(ctx) // ends the stream in lnd
	defer cancel()
	stream, err := n.lnd.SubscribeInvoices(ctx, &lnrpc.InvoiceSubscription{SettleIndex: after})
	if err != nil {
		return fmt.Errorf("listen for paid invoices: %w", err)
	}
	if after == 0 {
		old, err := n.allSettled(ctx)
		if err != nil {
			return err
		}
		for _, st := range old {
			if err := fn(st); err != nil {
				return err
			}
			after = max(after, st.Index)
		}
	}
	for {
		update, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("listen for paid invoices: %w", err)
		}
		if update.State != lnrpc.Invoice_SETTLED || update.SettleIndex <= after {
			continue
		}
		st, err := settlement(update)
		if err != nil {
			return err
		}
		if err := fn(st); err != nil {
			return err
		}
		after = st.Index
	}
}

// page is how many invoices are listed at a time.
const page = 1000

// allSettled lists every settlement of the node, in order.
func (n *Node) allSettled(ctx context.Context) ([]invoice.Settlement, error) {
	var out []invoice.Settlement
	for offset := uint64(0); ; {
		answer, err := n.lnd.ListInvoices(ctx, &lnrpc.ListInvoiceRequest{IndexOffset: offset, NumMaxInvoices: page})
		if err != nil {
			return nil, fmt.Errorf("list the node's invoices: %w", err)
		}
		for _, in := range answer.Invoices {
			if in.State != lnrpc.Invoice_SETTLED {
				continue
			}
			st, err := settlement(in)
			if err != nil {
				return nil, err
			}
			out = append(out, st)
		}
		if len(answer.Invoices) < page {
			break
		}
		offset = answer.LastIndexOffset
	}
	slices.SortFunc(out, func(a, b invoice.Settlement) int { return int(int64(a.Index) - int64(b.Index)) })
	return out, nil
}

// settlement reads lnd's words.
func settlement(in *lnrpc.Invoice) (invoice.Settlement, error) {
	if len(in.RHash) != len(invoice.Hash{}) || in.AmtPaidMsat < 0 {
		return invoice.Settlement{}, errors.New("the node told of a payment without a hash or of less than nothing")
	}
	paid, err := amount.FromMsat(uint64(in.AmtPaidMsat))
	if err != nil {
		return invoice.Settlement{}, fmt.Errorf("the node told of a payment: %w", err)
	}
	return invoice.Settlement{
		Hash: invoice.Hash(in.RHash), Paid: paid, At: time.Unix(in.SettleDate, 0).UTC(), Index: in.SettleIndex,
	}, nil
}
