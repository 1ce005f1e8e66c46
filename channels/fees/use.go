package fees

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/channels/amount"

	"gorm.io/gorm"
)

// Use says what a paid quote is spent on.
type Use struct {
	ID ID
	// For names the one thing that is had for it, as "anchor/express/17": 1 to
	// 200 bytes. Using again for the same thing is no error.
	For string
	// AcceptLate agrees to a payment that came after the quote's time.
	AcceptLate bool
}

// Use spends a paid quote, exactly once; what was paid above the price becomes
// credit. Errors: ErrUnknownQuote, ErrUnpaid, ErrArriving, ErrExpired, ErrLate,
// ErrReturned; ErrUsed when it was used for something else.
func (s *Service) Use(ctx context.Context, u Use) (Quote, error) {
	var q Quote
	err := s.db.Transact(ctx, func(tx *gorm.DB) (err error) {
		q, err = s.UseIn(tx, u)
		return err
	})
	if err != nil {
		return Quote{}, err
	}
	s.hub.publish(u.ID)
	return q, nil
}

// UseIn is Use within a transaction of the caller, who does in it what was paid
// for: both happen or neither.
func (s *Service) UseIn(tx *gorm.DB, u Use) (Quote, error) {
	if u.For == "" || len(u.For) > maxSubject || db.CleanText(u.For) != u.For {
		return Quote{}, refuse("a use has a name of 1 to %d bytes of UTF-8", maxSubject)
	}
	h, err := s.refresh(tx, u.ID)
	if err != nil {
		return Quote{}, err
	}
	switch {
	case h.State == Used && *h.UsedFor == u.For:
		return s.view(tx, h)
	case h.State == Late && !u.AcceptLate:
		return Quote{}, fmt.Errorf("%w: %s", ErrLate, u.ID)
	case h.State != Settled && h.State != Overpaid && h.State != Late:
		return Quote{}, fmt.Errorf("%w: %s", whyNot(h.State), u.ID)
	}
	now := s.now().UTC()
	err = post(tx, transfer{
		key: "use/" + u.ID.String(), debit: heldFor(u.ID), credit: incomeFrom(h.What), amount: h.price(), at: now,
	})
	if err != nil {
		return Quote{}, err
	}
	if err := s.giveBack(tx, h); err != nil {
		return Quote{}, err
	}
	if err := s.setState(tx, &h, Used, &u.For); err != nil {
		return Quote{}, err
	}
	return s.view(tx, h)
}

// whyNot is why a quote in a state cannot be used.
func whyNot(s State) ErrorKind {
	switch s {
	case Used:
		return ErrUsed
	case Returned:
		return ErrReturned
	case Expired:
		return ErrExpired
	case Processing:
		return ErrArriving
	}
	return ErrUnpaid
}

// giveBack turns what a quote holds into credit.
func (s *Service) giveBack(tx *gorm.DB, h held) error {
	rest, err := balance(tx, heldFor(h.id()))
	if err != nil || rest == 0 {
		return err
	}
	return post(tx, transfer{
		key: "return/" + h.id().String(), debit: heldFor(h.id()), credit: creditOf(h.owner()), amount: rest, at: s.now().UTC(),
	})
}

// Return gives all that came in for a quote back as credit; it can be used no
// more. Doing so again is no error. Errors: ErrUnknownQuote, ErrUsed;
// ErrArriving while a payment on chain is on its way; ErrUnpaid when nothing
// came in.
func (s *Service) Return(ctx context.Context, id ID) (Quote, error) {
	var q Quote
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		h, err := s.refresh(tx, id)
		if err != nil {
			return err
		}
		switch {
		case h.State == Returned:
		case h.State == Used:
			return fmt.Errorf("%w: %s", ErrUsed, id)
		case h.arriving() > 0:
			return fmt.Errorf("%w: %s", ErrArriving, id)
		case h.received() == 0:
			return fmt.Errorf("%w: %s", ErrUnpaid, id)
		default:
			if err := s.giveBack(tx, h); err != nil {
				return err
			}
			if err := s.setState(tx, &h, Returned, nil); err != nil {
				return err
			}
		}
		q, err = s.view(tx, h)
		return err
	})
	if err != nil {
		return Quote{}, err
	}
	s.hub.publish(id)
	return q, nil
}

// Credit is what is owed to an owner (Quote.CreditOwner).
func (s *Service) Credit(ctx context.Context, owner string) (amount.MilliSatoshi, error) {
	return balance(s.db.Read(ctx), creditOf(owner))
}

// PayFromCredit pays what is missing of a quote from its client's credit.
// Paying again is no error and takes nothing. Errors: ErrUnknownQuote,
// ErrCredit, ErrExpired, ErrUsed, ErrReturned; ErrArriving while a payment on
// chain is on its way; ErrRequest for a quote without a client, which has no
// credit to pay from.
func (s *Service) PayFromCredit(ctx context.Context, id ID) (Quote, error) {
	var q Quote
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		h, err := s.refresh(tx, id)
		if err != nil {
			return err
		}
		missing := h.price() - h.received()
		switch {
		case h.Client == "":
			return refuse("quote %s has no client", id)
		case h.State.Final(), h.State == Expired:
			return fmt.Errorf("%w: %s", whyNot(h.State), id)
		case missing <= 0:
			q, err = s.view(tx, h)
			return err
		case s.now().Unix() > h.ExpiresAt:
			return fmt.Errorf("%w: %s", ErrExpired, id)
		case h.arriving() > 0:
			return fmt.Errorf("%w: %s", ErrArriving, id)
		}
		has, err := balance(tx, creditOf(h.owner()))
		if err != nil {
			return err
		}
		if has < missing {
			return fmt.Errorf("%w: %s of %s", ErrCredit, has, missing)
		}
		_, err = addPayment(tx, paymentRecord{
			Ref: id[:], Kind: byCredit, QuoteID: id[:], AmountMsat: int64(missing), SeenAt: s.now().Unix(),
		})
		if err != nil {
			return err
		}
		if err := s.book(tx, id, id[:]); err != nil {
			return err
		}
		if h, err = s.refresh(tx, id); err != nil {
			return err
		}
		q, err = s.view(tx, h)
		return err
	})
	if err != nil {
		return Quote{}, err
	}
	s.hub.publish(id)
	return q, nil
}
