package sponsoring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/sponsor"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Get is how a proposal stands. Errors: ErrUnknown.
func (s *Service) Get(ctx context.Context, id ID) (Proposal, error) {
	r, err := s.store(ctx).get(id)
	if err != nil {
		return Proposal{}, err
	}
	deal, err := r.deal()
	if err != nil {
		return Proposal{}, err
	}
	return s.proposal(ctx, r, deal)
}

// proposal is what others see.
func (s *Service) proposal(ctx context.Context, r record, deal *sponsor.Deal) (Proposal, error) {
	psbt, err := deal.PSBT()
	if err != nil {
		return Proposal{}, err
	}
	out := Proposal{
		ID: r.id(), State: r.State, PSBT: psbt, Fee: deal.Fee, Pays: deal.Pays, Weight: deal.Weight,
		Price: amount.MilliSatoshi(r.PriceMsat), Signed: r.Accepted != nil, ExpiresAt: time.Unix(r.ExpiresAt, 0).UTC(),
	}
	if quote, ok := r.quote(); ok && s.cfg.Till != nil {
		if out.Quote, err = s.cfg.Till.Get(ctx, quote); err != nil {
			return Proposal{}, err
		}
	}
	if r.State != Sent {
		return out, nil
	}
	out.Txid = chainhash.Hash(r.Txid)
	entry, err := outbox.Get(s.db.Read(ctx), r.id().purpose())
	if err != nil {
		return Proposal{}, err
	}
	switch entry.State {
	case outbox.Confirmed:
		out.State = Confirmed
	case outbox.Conflicted, outbox.Abandoned:
		out.State = Conflicted
	}
	return out, nil
}

// Accept takes the PSBT that the visitor has signed, has the node sign, and puts
// the transaction into the outbox. Doing so again is no error; of several
// signed PSBTs the first that was good counts.
//
// Errors: those of sponsor.Accept; ErrUnknown, ErrExpired; ErrUnpaid when all is
// well but the price, after which the payment alone sets it going;
// chain.ErrProtected, chain.ErrFeeCap, chain.ErrEngineDown.
func (s *Service) Accept(ctx context.Context, id ID, signed []byte) (Proposal, error) {
	r, err := s.store(ctx).get(id)
	if err != nil {
		return Proposal{}, err
	}
	deal, err := r.deal()
	if err != nil {
		return Proposal{}, err
	}
	if r.State == Sent {
		return s.proposal(ctx, r, deal)
	}
	if r.State == Ended || s.now().Unix() >= r.ExpiresAt {
		return Proposal{}, fmt.Errorf("%w: %s", ErrExpired, id)
	}
	accepted, err := deal.Accept(signed)
	if err != nil {
		return Proposal{}, err
	}
	if r, err = s.store(ctx).take(id, accepted); err != nil {
		return Proposal{}, err
	}
	s.reach("taken")
	if r, err = s.finish(ctx, r, deal); err != nil {
		return Proposal{}, err
	}
	return s.proposal(ctx, r, deal)
}

// finish signs and stores a proposal that has the visitor's signatures and,
// where it has a price, is paid. Errors: ErrUnpaid, ErrExpired when its coins
// are gone.
func (s *Service) finish(ctx context.Context, r record, deal *sponsor.Deal) (record, error) {
	if r.State != Open {
		return r, nil
	}
	charge := deal.Pays
	quote, priced := r.quote()
	if priced {
		if s.cfg.Till == nil {
			return r, ErrNotForSale
		}
		charge = 0 // it was paid for
		q, err := s.cfg.Till.Get(ctx, quote)
		if err != nil {
			return r, err
		}
		if q.State != fees.Settled && q.State != fees.Overpaid && q.State != fees.Used {
			return r, fmt.Errorf("%w: the quote is %s", ErrUnpaid, q.State)
		}
	}
	epoch := int64(0)
	if s.cfg.Epoch != nil {
		var err error
		if epoch, err = s.cfg.Epoch(); err != nil {
			return r, err
		}
	}
	raw, err := s.cfg.Wallet.Cosign(ctx, chain.CosignRequest{
		Purpose: r.id().purpose(), PSBT: r.Accepted, Prevouts: deal.Prevouts(), Change: deal.Change,
		Fee: deal.Fee, Charge: charge, Check: deal.Finish,
	})
	if errors.Is(err, chain.ErrLoanOver) {
		err = fmt.Errorf("%w: %w", ErrExpired, err)
	}
	if err != nil {
		return r, err
	}
	s.reach("signed")
	done, err := s.send(ctx, r, raw, deal.Fee, epoch)
	if err != nil {
		return r, err
	}
	s.reach("stored")
	s.cfg.Sent()
	return done, nil
}

// send uses the price and puts the transaction into the outbox, both or
// neither.
func (s *Service) send(ctx context.Context, r record, raw []byte, fee btcutil.Amount, epoch int64) (record, error) {
	var msg wire.MsgTx
	if err := msg.Deserialize(bytes.NewReader(raw)); err != nil {
		return r, fmt.Errorf("%w: the transaction of proposal %s: %w", db.ErrCorrupt, r.id(), err)
	}
	txid := msg.TxHash()
	var out record
	err := s.db.Transact(ctx, func(tx *gorm.DB) (err error) {
		if s.cfg.Fence != nil {
			if err := s.cfg.Fence(tx); err != nil {
				return err
			}
		}
		if out, err = load(tx, "id = ?", r.ID); err != nil || out.State == Sent {
			return err
		}
		if out.State != Open {
			return fmt.Errorf("%w: %s", ErrExpired, r.id())
		}
		if quote, ok := r.quote(); ok {
			if _, err := s.cfg.Till.UseIn(tx, fees.Use{ID: quote, For: r.id().purpose()}); err != nil {
				return err
			}
		}
		err = outbox.Put(tx, outbox.Entry{Key: r.id().purpose(), Raw: raw, Fee: fee, Epoch: epoch, CreatedAt: s.now()})
		if err != nil {
			return err
		}
		out.State, out.Txid = Sent, txid[:]
		return tx.Model(&record{}).Where("id = ?", r.ID).Updates(map[string]any{"state": Sent, "txid": out.Txid}).Error
	})
	if err != nil {
		return r, fmt.Errorf("send proposal %s: %w", r.id(), err)
	}
	return out, nil
}

// Paid goes on with a proposal whose quote was paid: one that has its signatures
// is sent; one that waits for them waits on; of one that is over the money is
// given back. waits says that there is nothing to do yet. Errors: ErrUnknown
// when the quote belongs to none.
func (s *Service) Paid(ctx context.Context, quote fees.ID) (waits bool, err error) {
	r, err := load(s.db.Read(ctx), "quote_id = ?", quote[:])
	if err != nil {
		return false, err
	}
	if r.State == Ended {
		return false, s.giveBack(ctx, r)
	}
	if r.Accepted == nil {
		return true, nil
	}
	deal, err := r.deal()
	if err != nil {
		return false, err
	}
	_, err = s.finish(ctx, r, deal)
	return errors.Is(err, ErrUnpaid), err
}

// giveBack makes what was paid for an ended proposal credit.
func (s *Service) giveBack(ctx context.Context, r record) error {
	quote, ok := r.quote()
	if !ok || s.cfg.Till == nil {
		return nil
	}
	_, err := s.cfg.Till.Return(ctx, quote)
	if errors.Is(err, fees.ErrUnpaid) || errors.Is(err, fees.ErrArriving) {
		return nil // nothing came in, or the till gives it back when it has
	}
	return err
}

// sweepBatch bounds what one Sweep does.
const sweepBatch = 100

// forgetAfter is how long ended proposals are remembered.
const forgetAfter = 7 * 24 * time.Hour

// Sweep ends proposals whose time is over. One that was signed and paid for in
// time, and then cut off by a crash, is sent instead.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	over, err := s.store(ctx).over(now, sweepBatch)
	if err != nil {
		return err
	}
	var failed []error
	for _, r := range over {
		failed = append(failed, s.settleOver(ctx, r))
	}
	return errors.Join(errors.Join(failed...), s.store(ctx).forget(now.Add(-forgetAfter)))
}

// settleOver sends or ends one proposal whose time is over.
func (s *Service) settleOver(ctx context.Context, r record) error {
	if r.Accepted != nil && s.now().Before(time.Unix(r.ExpiresAt, 0).Add(grace)) {
		deal, err := r.deal()
		if err != nil {
			return err
		}
		if _, err = s.finish(ctx, r, deal); err == nil || errors.Is(err, chain.ErrEngineDown) || errors.Is(err, db.ErrFenced) {
			return err
		}
		s.log.Debug("proposal not sent in its last moment", "proposal", r.id(), "error", err)
	}
	ended, err := s.store(ctx).end(r.id())
	if err != nil || !ended {
		return err
	}
	s.reach("ended")
	s.takeBack(ctx, r.id())
	return errors.Join(s.cfg.Wallet.Abandon(ctx, r.id().purpose()), s.giveBack(ctx, r))
}

// Run sweeps every few seconds until ctx ends.
func (s *Service) Run(ctx context.Context) {
	const every = 5 * time.Second
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("proposals not swept", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}
