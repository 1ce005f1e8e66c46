// Package buy pays for what a Cairn sells to programs: it reads the 402 of an
// API, asks, pays over Lightning from the user's own lnd, and comes back with
// the credential (L402).
//
// What is being paid is on disk before anything is sent, so that a payment whose
// outcome is unknown is looked after by the next run, and never made twice.
package buy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/l402"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
)

// ErrorKind names why nothing was bought; match it with errors.Is. What went
// wrong with a payment is said by ln.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrServer: the server does not answer, or not as a Cairn does.
	ErrServer = ErrorKind("the server's answer cannot be used")
	// ErrRefused: the server says no, and why.
	ErrRefused = ErrorKind("the server does not sell this now")
	// ErrNoLightning: the price cannot be paid over Lightning now.
	ErrNoLightning = ErrorKind("the price cannot be paid over Lightning now")
	// ErrInvoice: the invoice does not ask for the price that was told.
	ErrInvoice = ErrorKind("the invoice and the price differ")
	// ErrDear: it costs more than was allowed.
	ErrDear = ErrorKind("it costs more than --max-fee allows")
	// ErrDeclined: the user said no.
	ErrDeclined = ErrorKind("nothing was bought")
	// ErrUnderWay: a payment of an earlier run has no outcome yet.
	ErrUnderWay = ErrorKind("a payment is still under way; run it again to go on, nothing is paid twice")
)

// Wallet pays invoices; channels/lightning.Node behind it is one.
type Wallet interface {
	// Price is what an invoice asks for, and its payment hash. Errors: those of
	// ln for invoices.
	Price(bolt11 string) (amount.MilliSatoshi, invoice.Hash, error)
	// Pay pays one, with at most so much for routing on top. Errors: those of
	// ln; ln.ErrUnknownOutcome when it may still be paid.
	Pay(ctx context.Context, bolt11 string, routing amount.MilliSatoshi) (Paid, error)
	// Track waits for the outcome of a payment. Errors: as Pay;
	// ln.ErrUnknownPayment when it was never begun.
	Track(ctx context.Context, hash invoice.Hash) (Paid, error)
}

// Paid is a payment that was made.
type Paid struct {
	Preimage invoice.Preimage
	Routing  amount.MilliSatoshi
}

// Shop buys from one server.
type Shop struct {
	// Server is its address, without a slash at the end.
	Server string
	HTTP   *http.Client
	Wallet Wallet
	// Folder holds purchases under way; it is made when needed.
	Folder string
	// Approve says whether a price is right; what it returns otherwise ends the
	// purchase.
	Approve func(price btcutil.Amount) error
	// Routing is the most that paying a price may cost on top.
	Routing func(price btcutil.Amount) amount.MilliSatoshi
	Now     func() time.Time
	// Say tells the user how it goes.
	Say func(format string, args ...any)
}

// Express has a digest carried by a transaction of its own. Purchases of earlier
// runs are brought to their end first. It returns once the server has taken the
// order. Errors: the kinds above, and those of ln.
func (s *Shop) Express(ctx context.Context, digest [32]byte) error {
	if err := s.Resume(ctx); err != nil {
		return err
	}
	p, err := s.price(ctx, digest)
	if err != nil {
		return err
	}
	if p == nil {
		s.Say("%s carries it already", s.Server)
		return nil
	}
	if err := s.Approve(p.price()); err != nil {
		return err
	}
	if err := s.store(p); err != nil {
		return fmt.Errorf("nothing was paid: %w", err)
	}
	paid, err := s.Wallet.Pay(ctx, p.Invoice, s.Routing(p.price()))
	return s.conclude(ctx, p, paid, err)
}

// Resume brings purchases of earlier runs to their end: what was paid is
// claimed, and what never was is forgotten. Error: ErrUnderWay.
func (s *Shop) Resume(ctx context.Context) error {
	purchases, err := s.stored()
	if err != nil {
		return err
	}
	for _, p := range purchases {
		s.Say("going on with the payment of %s to %s, of %s", sat(p.price()), p.Server, p.MadeAt.Local().Format(time.DateTime))
		hash, err := invoice.ParseHash(p.PaymentHash)
		if err != nil {
			return err
		}
		paid, err := s.Wallet.Track(ctx, hash)
		if errors.Is(err, ln.ErrUnknownPayment) {
			if err := s.forget(p); err != nil {
				return err
			}
			continue
		}
		if err := s.conclude(ctx, p, paid, err); err != nil && !nothingPaid(err) {
			return err
		}
	}
	return nil
}

// conclude does what follows a payment: claims what was bought, forgets what was
// not paid, and keeps what nobody knows.
func (s *Shop) conclude(ctx context.Context, p *purchase, paid Paid, err error) error {
	switch {
	case err != nil && nothingPaid(err):
		return errors.Join(fmt.Errorf("nothing was paid: %w", err), s.forget(p))
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnderWay, err)
	}
	s.Say("paid %s, and %s for the way", sat(p.price()), paid.Routing)
	credential := l402.Credential{Token: p.Token, Preimage: paid.Preimage}
	err = s.claim(ctx, p, credential)
	switch {
	case errors.Is(err, errFinal):
		return errors.Join(fmt.Errorf("it is paid, and not given: %w (%s says more)", err, p.Checkout), s.forget(p))
	case err != nil:
		return fmt.Errorf("it is paid, and was not confirmed; run it again: %w", err)
	}
	return s.forget(p)
}

// nothingPaid reports an error after which no money will move.
func nothingPaid(err error) bool {
	for _, kind := range []error{
		ln.ErrInvoice, ln.ErrWrongNetwork, ln.ErrExpired, ln.ErrAmount, ln.ErrNoRoute, ln.ErrNoBalance, ln.ErrRefused, ln.ErrTimedOut, ln.ErrUnknownPayment,
	} {
		if errors.Is(err, kind) {
			return !errors.Is(err, ln.ErrUnknownOutcome)
		}
	}
	return false
}

// sat writes an amount as a person says it.
func sat(a btcutil.Amount) string { return fmt.Sprintf("%d sat", int64(a)) }
