package paywall

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"cairn/channels/fees"
	"cairn/channels/tickets"
)

// Tickets takes prepaid tickets; tickets.Service does.
type Tickets interface {
	Verify(ctx context.Context, list []tickets.Ticket) error
	Spend(ctx context.Context, list []tickets.Ticket, name [32]byte) error
	GiveBack(ctx context.Context, name [32]byte) error
}

// admitTickets reads tickets, each good for a packet of digests. Nothing is
// used yet. Errors: ErrOther; ErrUnknown with those of tickets.
func (w *Wall) admitTickets(ctx context.Context, authorization, what string) (Pass, error) {
	if what != Stamps {
		return Pass{}, fmt.Errorf("%w: tickets are for stamps", ErrOther)
	}
	list, err := tickets.ParseCredential(authorization)
	if err == nil {
		err = w.cfg.Tickets.Verify(ctx, list)
	}
	var kind tickets.ErrorKind
	if errors.As(err, &kind) {
		return Pass{}, fmt.Errorf("%w: %w", err, ErrUnknown)
	}
	if err != nil {
		return Pass{}, err
	}
	// The same tickets are the same payment, so that a request is repeated under
	// the same name.
	sum := sha256.New()
	for _, t := range list {
		sum.Write(t.Number[:])
	}
	return Pass{Quote: fees.Quote{ID: fees.ID(sum.Sum(nil)[:16]), What: Stamps}, tickets: list}, nil
}

// payTickets is Pay with tickets: as many as are needed are used, from the
// first.
func (w *Wall) payTickets(ctx context.Context, p Pass, name [32]byte, units int64, do func(context.Context) error, notDone func(error) bool) (fees.Purse, error) {
	needed := (units + tickets.Digests - 1) / tickets.Digests
	if needed > int64(len(p.tickets)) {
		return fees.Purse{}, fmt.Errorf("%w: %d tickets of %d", fees.ErrSpent, len(p.tickets), needed)
	}
	err := w.cfg.Tickets.Spend(ctx, p.tickets[:needed], name)
	if errors.Is(err, tickets.ErrSpent) {
		return fees.Purse{}, fmt.Errorf("%w: %w", err, fees.ErrSpent)
	}
	if err != nil {
		return fees.Purse{}, err
	}
	err = do(ctx)
	if err != nil && notDone(err) {
		settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer cancel()
		return fees.Purse{}, errors.Join(err, w.cfg.Tickets.GiveBack(settle, name))
	}
	if err != nil {
		return fees.Purse{}, err
	}
	left := int64(len(p.tickets)) - needed
	return fees.Purse{Units: left * tickets.Digests}, nil
}
