package paywall

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/channels/fees"
	"cairn/channels/l402"
	"cairn/channels/mpp"
	"cairn/channels/tickets"
)

// Pass is what a good credential stands for.
type Pass struct {
	Quote fees.Quote
	// most is how many units its holder may see spent; 0 for all.
	most int64
	// once is of a credential that is good for one request.
	once bool
	// paid is set for the "Payment" scheme.
	paid *mpp.Paid
	// tickets stand in the place of a quote.
	tickets []tickets.Ticket
}

// Receipt is the value of the Payment-Receipt header, or empty for credentials
// that have none.
func (p Pass) Receipt(at time.Time) string {
	if p.paid == nil {
		return ""
	}
	return p.paid.Receipt(at).Header()
}

// maxCredential bounds an Authorization header, in bytes.
const maxCredential = 16 << 10

// Admit reads an Authorization header for a kind of thing. The payment is there
// for good; whether it is used up is another question. Errors: ErrScheme,
// ErrUnknown, ErrOther; those of l402 and mpp; fees.ErrUnpaid, fees.ErrArriving,
// fees.ErrReturned; those of the node and the database.
func (w *Wall) Admit(ctx context.Context, authorization, what string) (Pass, error) {
	if w.cfg.Tickets != nil && tickets.IsCredential(authorization) {
		return w.admitTickets(ctx, authorization, what)
	}
	pass, err := w.read(ctx, authorization, what)
	if errors.Is(err, fees.ErrUnknownQuote) {
		return Pass{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	if err != nil {
		return Pass{}, err
	}
	if pass.Quote.What != what {
		return Pass{}, fmt.Errorf("%w: %s", ErrOther, pass.Quote.What)
	}
	if pass.Quote, err = w.received(ctx, pass.Quote); err != nil {
		return Pass{}, err
	}
	return pass, nil
}

// read finds the quote that a credential stands for.
func (w *Wall) read(ctx context.Context, authorization, what string) (Pass, error) {
	if len(authorization) > maxCredential {
		return Pass{}, fmt.Errorf("%w: %d bytes", ErrScheme, len(authorization))
	}
	scheme, value, _ := strings.Cut(authorization, " ")
	switch {
	case l402.IsCredential(authorization):
		c, err := l402.ParseCredential(authorization)
		if err != nil {
			return Pass{}, err
		}
		grant, err := w.mint.Verify(c, what, w.cfg.Now())
		if err != nil {
			return Pass{}, err
		}
		q, err := w.cfg.Till.ByInvoice(ctx, grant.Payment)
		return Pass{Quote: q, most: grant.Count}, err
	case mpp.IsCredential(authorization):
		c, err := mpp.ParseCredential(authorization)
		if err != nil {
			return Pass{}, err
		}
		paid, err := w.till.Verify(c, w.cfg.Now())
		if err != nil {
			return Pass{}, err
		}
		q, err := w.cfg.Till.ByInvoice(ctx, paid.Payment)
		return Pass{Quote: q, once: true, paid: &paid}, err
	case strings.EqualFold(scheme, "Bearer"):
		id, err := fees.ParseID(strings.TrimSpace(value))
		if err != nil {
			return Pass{}, err
		}
		q, err := w.cfg.Till.Get(ctx, id)
		return Pass{Quote: q}, err
	}
	return Pass{}, ErrScheme
}

// received makes sure that the money is there. Whoever brings the preimage may
// be quicker than the node's own word of it.
func (w *Wall) received(ctx context.Context, q fees.Quote) (fees.Quote, error) {
	var err error
	if q.InvoiceOpen && (q.State.Payable() || q.State == fees.Expired) {
		if q, err = w.cfg.Till.Look(ctx, q.ID); err != nil {
			return fees.Quote{}, err
		}
	}
	switch q.State {
	case fees.Settled, fees.Overpaid, fees.Late, fees.Used:
		return q, nil
	case fees.Processing:
		return fees.Quote{}, fmt.Errorf("%w: %s", fees.ErrArriving, q.ID)
	case fees.Returned:
		return fees.Quote{}, fmt.Errorf("%w: %s", fees.ErrReturned, q.ID)
	}
	return fees.Quote{}, &Unpaid{Quote: q}
}

// Unpaid is the error of a credential whose quote is not paid, or not in full.
// It matches fees.ErrUnpaid.
type Unpaid struct{ Quote fees.Quote }

// Error says which.
func (u *Unpaid) Error() string {
	return fmt.Sprintf("%s: %s is %s", fees.ErrUnpaid, u.Quote.ID, u.Quote.State)
}

// Is makes it match fees.ErrUnpaid.
func (u *Unpaid) Is(target error) bool { return target == fees.ErrUnpaid }
