package payment

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"cairn/app/audit"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// Choice is the fee the operator agrees to. Amount is looked at for all there is
// only.
type Choice struct {
	Rate        chain.FeeRate
	Fee, Amount btcutil.Amount
	// By is what the audit log calls him.
	By string
}

// Confirm signs a payment at the fee agreed to and puts it into the outbox. It
// is safe to repeat, also after a crash at any point, and while another does it:
// there is one transaction for a payment.
//
// Errors: ErrUnknown; ErrChosen when it was confirmed at another fee; ErrMoved
// when it would cost more by now; ErrReserve; ErrAmount; chain.ErrNoFunds,
// chain.ErrFeeCap, chain.ErrEngineDown. After ErrChosen and chain.ErrEngineDown
// it may have been signed: confirm it again. After the others nothing was.
func (s *Payments) Confirm(ctx context.Context, id ID, c Choice) (Payment, error) {
	p, err := s.roomFor(ctx, id, c)
	if err != nil {
		return p, err
	}
	p, err = s.choose(ctx, id, c)
	if err != nil || p.State == Sent {
		return p, err
	}
	s.reach("chosen")
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return p, err
	}
	signed, err := s.sign(ctx, p)
	if err != nil {
		return p, err
	}
	s.reach("signed")
	if err := s.put(ctx, p, signed, epoch, c.By); err != nil {
		return p, err
	}
	s.reach("stored")
	s.cfg.Sent()
	return s.Get(ctx, id)
}

// choose pins the fee: from here on the payment has this one.
func (s *Payments) choose(ctx context.Context, id ID, c Choice) (Payment, error) {
	var p Payment
	err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		var err error
		if p, err = get(tx, id); err != nil || p.State == Sent {
			return err
		}
		if p.State == Chosen {
			if p.rate != c.Rate || p.Fee != c.Fee || p.Whole && p.Amount != c.Amount {
				return ErrChosen
			}
			return nil
		}
		if p.Whole {
			if c.Amount < leastFor(p.script) || c.Amount > btcutil.MaxSatoshi {
				return ErrAmount
			}
			p.Amount = c.Amount
		}
		if c.Rate <= 0 || c.Fee <= 0 || c.Fee > btcutil.MaxSatoshi {
			return ErrRate
		}
		p.State, p.rate, p.Fee = Chosen, c.Rate, c.Fee
		return tx.Model(&record{}).Where("id = ?", id[:]).Updates(map[string]any{
			"state": Chosen, "rate_kw": int64(c.Rate), "fee_sat": int64(c.Fee), "amount_sat": int64(p.Amount),
		}).Error
	})
	return p, err
}

// sign has the wallet sign a payment that is chosen. What it refuses, and what
// would cost more, becomes a draft again.
func (s *Payments) sign(ctx context.Context, p Payment) (Signed, error) {
	signed, err := s.cfg.Wallet.Prepare(ctx, Order{Purpose: p.ID.purpose(), Script: p.script, Amount: p.Amount, Rate: p.rate})
	if err != nil {
		return Signed{}, s.unchoose(ctx, p, err)
	}
	if signed.Fee > p.Fee {
		if err := s.cfg.Wallet.Abandon(ctx, p.ID.purpose()); err != nil {
			return Signed{}, err
		}
		return Signed{}, s.unchoose(ctx, p, fmt.Errorf("%w: %d satoshi, not %d", ErrMoved, int64(signed.Fee), int64(p.Fee)))
	}
	return signed, nil
}

// roomFor looks once more that the reserve stays, while nothing is signed. What
// else is wrong, signing says.
func (s *Payments) roomFor(ctx context.Context, id ID, c Choice) (Payment, error) {
	p, err := s.Get(ctx, id)
	if err != nil || p.State != Draft {
		return p, err
	}
	asked := p
	if p.Whole {
		asked.Whole, asked.Amount = false, c.Amount
	}
	if _, err := s.at(ctx, asked, c.Rate); errors.Is(err, ErrReserve) {
		return p, err
	}
	return p, nil
}

// unchoose makes a payment a draft again when it is certain that nothing was
// signed, and returns why.
func (s *Payments) unchoose(ctx context.Context, p Payment, why error) error {
	if errors.Is(why, chain.ErrEngineDown) || ctx.Err() != nil {
		return why
	}
	amount := int64(p.Amount)
	if p.Whole {
		amount = 0
	}
	err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&record{}).Where("id = ? AND state = ?", p.ID[:], Chosen).
			Updates(map[string]any{"state": Draft, "rate_kw": nil, "fee_sat": nil, "amount_sat": amount}).Error
	})
	return errors.Join(why, err)
}

// put stores the transaction, that it was sent, and who sent it, together.
func (s *Payments) put(ctx context.Context, p Payment, signed Signed, epoch int64, by string) error {
	now := s.cfg.Now().UTC()
	return s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		entry := outbox.Entry{Key: p.ID.purpose(), Raw: signed.Raw, Fee: signed.Fee, Epoch: epoch, CreatedAt: now}
		if err := outbox.Put(tx, entry); err != nil {
			return err
		}
		moved := tx.Model(&record{}).Where("id = ? AND state = ?", p.ID[:], Chosen).
			Updates(map[string]any{"state": Sent, "sent_at": now.Unix()})
		if moved.Error != nil {
			return moved.Error
		}
		if moved.RowsAffected == 0 {
			again, err := get(tx, p.ID)
			if err == nil && again.State != Sent {
				err = ErrChosen // somebody took the choice back meanwhile
			}
			return err
		}
		return s.cfg.Audit.RecordIn(tx, audit.Event{Who: by, What: "wallet.sent", Detail: map[string]string{
			"payment": p.ID.String(), "to": p.Address, "amount-sat": strconv.FormatInt(int64(p.Amount), 10),
			"fee-sat": strconv.FormatInt(int64(signed.Fee), 10), "txid": signed.Txid.String(),
		}})
	})
}

// BumpRate is what a payment that waits would be sent again at, and about what
// it would cost then in all. Errors: ErrUnknown, ErrNotWaiting,
// chain.ErrEngineDown.
func (s *Payments) BumpRate(ctx context.Context, id ID) (chain.FeeRate, btcutil.Amount, error) {
	p, err := s.Get(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	if !p.Waiting() {
		return 0, 0, ErrNotWaiting
	}
	rate, err := s.cfg.Wallet.EstimateRate(ctx, targets[0])
	if err != nil {
		return 0, 0, err
	}
	// A quarter more, and a satoshi for each virtual byte, is a replacement
	// everywhere (BIP-0125).
	rate = max(rate, p.Rate*5/4, p.Rate+chain.SatPerVByte(1)+1)
	return rate, btcutil.Amount(int64(p.Fee) * int64(rate) / max(int64(p.Rate), 1)), nil
}

// ChosenRate is the fee rate that was agreed to; 0 for a draft.
func (p Payment) ChosenRate() chain.FeeRate { return p.rate }

// Waiting reports whether it was sent and no block has decided about it.
func (p Payment) Waiting() bool {
	return p.State == Sent && (p.Chain == outbox.Stored || p.Chain == outbox.Broadcast)
}

// Bump sends a payment that waits once more, dearer, in the place of what was
// sent (BIP-0125). Doing so again at the same rate changes nothing. Errors:
// ErrUnknown, ErrNotWaiting, chain.ErrNoFunds, chain.ErrFeeCap,
// chain.ErrEngineDown.
func (s *Payments) Bump(ctx context.Context, id ID, rate chain.FeeRate, by string) (Payment, error) {
	p, err := s.Get(ctx, id)
	if err != nil {
		return p, err
	}
	if !p.Waiting() {
		return p, ErrNotWaiting
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return p, err
	}
	if p.Rate >= rate {
		return p, nil
	}
	signed, err := s.cfg.Wallet.Replace(ctx, p.Txid, rate)
	if err != nil {
		return p, err
	}
	now := s.cfg.Now().UTC()
	err = s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if _, err := outbox.ByTxid(tx, signed.Txid); err == nil {
			return nil // another was faster
		}
		line, err := outbox.Line(tx, id.purpose())
		if err != nil {
			return err
		}
		entry := outbox.Entry{
			Key: fmt.Sprintf("%s/%d", id.purpose(), signed.Generation), Raw: signed.Raw, Fee: signed.Fee, Epoch: epoch,
			ReplacesKey: line[len(line)-1].Key, CreatedAt: now,
		}
		if err := outbox.Put(tx, entry); err != nil {
			return err
		}
		return s.cfg.Audit.RecordIn(tx, audit.Event{Who: by, What: "wallet.bumped", Detail: map[string]string{
			"payment": id.String(), "fee-sat": strconv.FormatInt(int64(signed.Fee), 10), "txid": signed.Txid.String(),
		}})
	})
	if err != nil {
		return p, err
	}
	s.cfg.Sent()
	return s.Get(ctx, id)
}
