package lightning

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// maxScanned bounds how many of the node's invoices one page looks at: those
// that were not paid are not told.
const maxScanned = 20_000

// Incoming lists payments we got, the latest first, at most limit, below an
// index; 0 begins with the latest. Errors: chain.ErrEngineDown.
func (n *Node) Incoming(ctx context.Context, below uint64, limit int) ([]Movement, error) {
	var out []Movement
	for scanned := 0; scanned < maxScanned; {
		answer, err := n.lnd.ListInvoices(ctx, &lnrpc.ListInvoiceRequest{IndexOffset: below, NumMaxInvoices: page, Reversed: true})
		if err != nil {
			return nil, kindOf("list the node's invoices", err)
		}
		for i := len(answer.Invoices) - 1; i >= 0; i-- {
			in := answer.Invoices[i]
			if in.State != lnrpc.Invoice_SETTLED {
				continue
			}
			st, err := settlement(in)
			if err != nil {
				return nil, err
			}
			out = append(out, Movement{
				Index: in.AddIndex, State: ln.MovementDone, Hash: st.Hash, Amount: st.Paid, Memo: in.Memo, At: st.At,
			})
			if len(out) == limit {
				return out, nil
			}
		}
		if len(answer.Invoices) < page || answer.FirstIndexOffset <= 1 {
			break
		}
		below = answer.FirstIndexOffset
		scanned += len(answer.Invoices)
	}
	return out, nil
}

// Outgoing lists payments we made or tried, as Incoming does. Errors:
// chain.ErrEngineDown.
func (n *Node) Outgoing(ctx context.Context, below uint64, limit int) ([]Movement, error) {
	answer, err := n.lnd.ListPayments(ctx, &lnrpc.ListPaymentsRequest{
		IncludeIncomplete: true, IndexOffset: below, MaxPayments: uint64(limit), Reversed: true, OmitHops: true,
	})
	if err != nil {
		return nil, kindOf("list the node's payments", err)
	}
	out := make([]Movement, 0, len(answer.Payments))
	for i := len(answer.Payments) - 1; i >= 0; i-- {
		m, err := n.outgoing(answer.Payments[i])
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (n *Node) outgoing(p *lnrpc.Payment) (Movement, error) {
	hash, err := hex.DecodeString(p.PaymentHash)
	if err != nil || len(hash) != len(invoice.Hash{}) {
		return Movement{}, fmt.Errorf("the node told of a payment with the hash %.80q", p.PaymentHash)
	}
	m := Movement{Index: p.PaymentIndex, Out: true, Hash: invoice.Hash(hash), At: time.Unix(0, p.CreationTimeNs).UTC(), State: ln.MovementUnder}
	if m.Amount, err = amount.FromMsat(uint64(max(p.ValueMsat, 0))); err != nil {
		return Movement{}, fmt.Errorf("read a payment: %w", err)
	}
	if m.Fee, err = amount.FromMsat(uint64(max(p.FeeMsat, 0))); err != nil {
		return Movement{}, fmt.Errorf("read a payment: %w", err)
	}
	if in, err := n.Decode(p.PaymentRequest); err == nil {
		m.Memo = in.Memo
	}
	switch p.Status {
	case lnrpc.Payment_SUCCEEDED:
		m.State = ln.MovementDone
		for _, h := range p.Htlcs {
			if h.Status == lnrpc.HTLCAttempt_SUCCEEDED && h.ResolveTimeNs > 0 {
				m.At = time.Unix(0, h.ResolveTimeNs).UTC()
			}
		}
	case lnrpc.Payment_FAILED:
		m.State, m.Why = ln.MovementFailed, failure(p.FailureReason)
	}
	return m, nil
}
