package fees

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Settle takes in that the node was paid. It may be told any number of times;
// invoices that belong to no quote are none of our business.
func (s *Service) Settle(ctx context.Context, st invoice.Settlement) error {
	// Old news is the rule after a restart; it need not wait for a turn to
	// write. Those who watch here may not have heard of it: another process may
	// have taken it in.
	var told [][]byte
	if err := s.db.Read(ctx).Model(&paymentRecord{}).Where("ref = ?", st.Hash[:]).Pluck("quote_id", &told).Error; err != nil {
		return fmt.Errorf("look for the payment of invoice %s: %w", st.Hash, err)
	}
	if len(told) > 0 {
		s.hub.publish(ID(told[0]))
		return nil
	}
	var changed ID
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		changed = ID{}
		var ids [][]byte
		if err := tx.Model(&quoteRecord{}).Where("invoice_hash = ?", st.Hash[:]).Pluck("id", &ids).Error; err != nil {
			return fmt.Errorf("look for the quote of invoice %s: %w", st.Hash, err)
		}
		if len(ids) == 0 {
			return nil
		}
		id := ID(ids[0])
		fresh, err := addPayment(tx, paymentRecord{
			Ref: st.Hash[:], Kind: byInvoice, QuoteID: id[:], AmountMsat: int64(st.Paid), SeenAt: st.At.Unix(),
		})
		if err != nil || !fresh {
			return err
		}
		if err := setInvoice(tx, id, invoice.Settled); err != nil {
			return err
		}
		if err := s.book(tx, id, st.Hash[:]); err != nil {
			return err
		}
		changed = id
		_, err = s.refresh(tx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("take in the payment of invoice %s: %w", st.Hash, err)
	}
	if changed != (ID{}) {
		s.hub.publish(changed)
	}
	return nil
}

// addPayment writes down what was seen. fresh is false when it is there.
func addPayment(tx *gorm.DB, p paymentRecord) (fresh bool, err error) {
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&p)
	if made.Error != nil {
		return false, fmt.Errorf("write down a payment: %w", made.Error)
	}
	return made.RowsAffected == 1, nil
}

func setInvoice(tx *gorm.DB, id ID, to invoice.State) error {
	err := tx.Model(&quoteRecord{}).Where("id = ? AND invoice_state = ?", id[:], invoice.Open).Update("invoice_state", to).Error
	if err != nil {
		return fmt.Errorf("mark the invoice of quote %s: %w", id, err)
	}
	return nil
}

// book counts a payment for good: into the ledger, and on to credit when its
// quote wants nothing any more. A payment that a reorg had undone comes back
// out of the account of losses.
func (s *Service) book(tx *gorm.DB, id ID, ref []byte) error {
	h, err := load(tx, id)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(h.payments, func(p paymentRecord) bool { return slices.Equal(p.Ref, ref) })
	if at < 0 {
		return fmt.Errorf("%w: a payment of quote %s is gone", ErrBooks, id)
	}
	p := h.payments[at]
	if p.Booked {
		return nil
	}
	now := s.now().UTC()
	first := p.SettledAt == nil
	t := transfer{
		key: p.key(), debit: p.source(h), credit: heldFor(id), amount: amount.MilliSatoshi(p.AmountMsat), at: now,
	}
	if !first {
		t.key, t.credit = fmt.Sprintf("%s/again/%d", p.key(), p.Undone), Reorged
	}
	if err := post(tx, t); err != nil {
		return err
	}
	changes := map[string]any{"booked": true}
	if first {
		changes["settled_at"] = now.Unix()
	}
	if err := tx.Model(&paymentRecord{}).Where("ref = ?", ref).Updates(changes).Error; err != nil {
		return fmt.Errorf("settle a payment of quote %s: %w", id, err)
	}
	if !first || !h.State.Final() {
		return nil
	}
	return post(tx, transfer{
		key: p.key() + "/credit", debit: heldFor(id), credit: creditOf(h.owner()), amount: t.amount, at: now,
	})
}

// key names the payment in the ledger.
func (p paymentRecord) key() string { return fmt.Sprintf("%s/%x", p.Kind, p.Ref) }

// source is the account a payment came into, or from.
func (p paymentRecord) source(h held) Account {
	switch p.Kind {
	case byInvoice:
		return Lightning
	case byCoin:
		return OnChain
	}
	return creditOf(h.owner())
}

// refresh brings the state of a quote in line with what came in for it and
// with the time. Errors: ErrTransition.
func (s *Service) refresh(tx *gorm.DB, id ID) (held, error) {
	h, err := load(tx, id)
	if err != nil || h.State.Final() {
		return h, err
	}
	payments := make([]payment, len(h.payments))
	for i, p := range h.payments {
		payments[i] = payment{
			amount: amount.MilliSatoshi(p.AmountMsat), seen: time.Unix(p.SeenAt, 0), settled: p.SettledAt != nil,
		}
	}
	to := standing(h.price(), time.Unix(h.ExpiresAt, 0), s.now(), payments)
	if h.State == Expired && to == Active {
		return h, nil // the clock was set back; the quote stays ended
	}
	return h, s.setState(tx, &h, to, nil)
}

// setState changes the state of a quote that still is in the one it was read
// in.
func (s *Service) setState(tx *gorm.DB, h *held, to State, usedFor *string) error {
	if h.State == to {
		return nil
	}
	if err := move(h.State, to); err != nil {
		return fmt.Errorf("quote %s: %w", h.id(), err)
	}
	now := s.now().Unix()
	res := tx.Model(&quoteRecord{}).Where("id = ? AND state = ?", h.ID, h.State).
		Updates(map[string]any{"state": to, "used_for": usedFor, "changed_at": now})
	if res.Error != nil {
		return fmt.Errorf("change quote %s to %s: %w", h.id(), to, res.Error)
	}
	if res.RowsAffected != 1 {
		return fmt.Errorf("%w: quote %s is no longer %s", ErrTransition, h.id(), h.State)
	}
	h.State, h.UsedFor, h.ChangedAt = to, usedFor, now
	return nil
}

// Reconcile asks the node about every invoice that is open by our books, and
// cancels those nobody should pay any more. It finds what was settled while
// nobody listened.
func (s *Service) Reconcile(ctx context.Context) error {
	if s.cfg.Invoices == nil {
		return nil
	}
	for after := []byte{}; ; {
		var rows []quoteRecord
		err := s.db.Read(ctx).Select("id", "state", "expires_at", "invoice_hash").
			Where("invoice_state = 'open' AND id > ?", after).Order("id").Limit(200).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("list the open invoices: %w", err)
		}
		for _, r := range rows {
			if err := s.reconcile(ctx, r); err != nil {
				return err
			}
			after = r.ID
		}
		if len(rows) < 200 {
			return nil
		}
	}
}

// Look asks the node about one quote's invoice, for whoever brings the preimage
// before the node's own word came. Errors: ErrUnknownQuote, those of the node.
func (s *Service) Look(ctx context.Context, id ID) (Quote, error) {
	h, err := load(s.db.Read(ctx), id)
	if err != nil {
		return Quote{}, err
	}
	if s.cfg.Invoices != nil && h.InvoiceState != nil && *h.InvoiceState == invoice.Open {
		if err := s.reconcile(ctx, h.quoteRecord); err != nil {
			return Quote{}, err
		}
	}
	return s.Get(ctx, id)
}

func (s *Service) reconcile(ctx context.Context, r quoteRecord) error {
	hash := invoice.Hash(r.InvoiceHash)
	if !r.State.Payable() && r.State != Processing {
		if err := s.cfg.Invoices.Cancel(ctx, hash); err != nil && !errors.Is(err, invoice.ErrUnknown) {
			return fmt.Errorf("cancel invoice %s: %w", hash, err)
		}
	}
	status, err := s.cfg.Invoices.Status(ctx, hash)
	switch {
	case errors.Is(err, invoice.ErrUnknown):
		// Nodes forget invoices that expired or were cancelled.
		status.State = invoice.Closed
	case err != nil:
		return fmt.Errorf("look up invoice %s: %w", hash, err)
	}
	switch status.State {
	case invoice.Settled:
		return s.Settle(ctx, status.Settlement)
	case invoice.Closed:
		return s.db.Transact(ctx, func(tx *gorm.DB) error { return setInvoice(tx, ID(r.ID), invoice.Closed) })
	}
	return nil
}
