package voucher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

const (
	// raiseAfter is how long a redemption waits for its block before its fee is
	// looked at again, unless Config says otherwise.
	raiseAfter = 10 * time.Minute
	// maxRaises is how often the fee of one is raised.
	maxRaises = 8
	// relayStep is what a replacement pays for itself beside the fees that it
	// replaces (BIP-0125, rule 4): 1 sat/vB.
	relayStep = chain.FeeRate(250)
)

// dear says that blocks ask for a quarter more than is paid.
func dear(paid, asked btcutil.Amount) bool { return asked > paid+paid/4 }

// version is a redemption as it was sent last.
type version struct {
	spendRecord
	entry outbox.Entry
	msg   *wire.MsgTx
}

// waiting reads the redemptions whose fee may have to be raised: those that were
// sent a while ago and have no block.
func (s *Service) waiting(ctx context.Context) ([]int64, error) {
	after := s.cfg.RaiseAfter
	return ids(s.db.Read(ctx).
		Where("state = 'sent' AND sent_at <= ? AND raises < ?", s.now().Add(-after).Unix(), maxRaises).
		Where("NOT EXISTS (SELECT 1 FROM voucher_raises r WHERE r.spend = voucher_spends.id AND r.state = 'lent')").
		Order("sent_at, id"))
}

// raise looks whether a redemption pays enough for the blocks of now, and if not
// lends a coin for more. What the bearer has signed stays as it is: outputs, and
// with them the booking, are the same, and one input is added.
func (s *Service) raise(ctx context.Context, sp spendRecord, rate chain.FeeRate, need *shortage) error {
	v, ok, err := s.sentVersion(s.db.Read(ctx), sp)
	if err != nil || !ok {
		return err
	}
	size, err := s.missing(s.db.Read(ctx), v, rate)
	if err != nil || size == 0 {
		return err
	}
	if ok, err := s.covered(ctx, sp, cost{coin: size}); err != nil || !ok {
		return err // the desk says that the allowance is low
	}
	var last int64
	if err := s.db.Read(ctx).Model(&raiseRecord{}).Where("spend = ?", sp.ID).Select("coalesce(max(number), 0)").Scan(&last).Error; err != nil {
		return fmt.Errorf("count the raises of redemption %d: %w", sp.ID, err)
	}
	r := raiseRecord{Spend: sp.ID, Number: last + 1, State: raiseLent, At: s.now().Unix()}
	coin, err := s.lend(ctx, r.key(), size, rate)
	if err != nil {
		return err
	}
	if coin == nil {
		need.add(size)
		return nil
	}
	r.Lent, r.LentSat, r.LentScript = db.OutpointKey(coin.Hash, coin.Index), int64(coin.Value), coin.Script
	if err := s.transact(ctx, func(tx *gorm.DB) error { return tx.Create(&r).Error }); err != nil {
		return fmt.Errorf("note what was lent for a raise: %w", err)
	}
	if err := s.crash("raise lent"); err != nil {
		return err
	}
	return s.bringRaise(ctx, r)
}

// sentVersion is what was sent last of a redemption; false when it must stay as it
// is: a block has it, or units of its rest are booked, whose bearer has signed for
// its name. What is booked of the rest pays for both, then.
func (s *Service) sentVersion(tx *gorm.DB, sp spendRecord) (v version, ok bool, err error) {
	if sp.State != sent || sp.OutboxKey == nil {
		return v, false, nil
	}
	v.spendRecord = sp
	if v.entry, err = outbox.Get(tx, *sp.OutboxKey); err != nil {
		return v, false, err
	}
	if v.entry.State != outbox.Stored && v.entry.State != outbox.Broadcast {
		return v, false, nil
	}
	if v.msg, err = v.entry.Tx(); err != nil {
		return v, false, err
	}
	var children int64
	err = tx.Raw(`SELECT count(*) FROM voucher_coins c JOIN voucher_spends s ON s.outpoint = c.outpoint
		WHERE c.spend = ? AND s.state <> 'undone'`, sp.ID).Scan(&children).Error
	if err != nil {
		return v, false, fmt.Errorf("look whether the rest of redemption %d is booked: %w", sp.ID, err)
	}
	return v, children == 0, nil
}

// missing is the coin that a redemption needs to pay what blocks ask for, by itself
// and together with those before it that wait too; 0 while it pays enough.
func (s *Service) missing(tx *gorm.DB, v version, rate chain.FeeRate) (btcutil.Amount, error) {
	weight, fee := weightOf(v.msg), v.entry.Fee
	all, paid, err := s.withParents(tx, v)
	if err != nil {
		return 0, err
	}
	if !dear(fee, rate.Fee(weight)) && !dear(paid, rate.Fee(all)) {
		return 0, nil
	}
	with := weight + coinWeight
	// A replacement pays a better rate than what it replaces, and for its own way.
	least := fee*btcutil.Amount(with)/btcutil.Amount(weight) - fee + relayStep.Fee(with)
	return max(rate.Fee(with)-fee, rate.Fee(all+coinWeight)-paid, least, leastCoin), nil
}

// withParents adds up a redemption and those of the same voucher before it that
// wait for a block too.
func (s *Service) withParents(tx *gorm.DB, v version) (weight int64, fee btcutil.Amount, err error) {
	weight, fee = weightOf(v.msg), v.entry.Fee
	for at := v.Outpoint; ; {
		c, err := take[coinRecord](tx.Where("outpoint = ?", at), ErrUnknown)
		if err != nil {
			return 0, 0, err
		}
		if c.Height != nil || c.Spend == nil {
			return weight, fee, nil
		}
		parent, err := take[spendRecord](tx.Where("id = ?", *c.Spend), ErrBooking)
		if err != nil {
			return 0, 0, err
		}
		if parent.OutboxKey == nil {
			return 0, 0, fmt.Errorf("%w: redemption %d was never sent, and its rest was", db.ErrCorrupt, parent.ID)
		}
		e, err := outbox.Get(tx, *parent.OutboxKey)
		if err != nil {
			return 0, 0, err
		}
		msg, err := e.Tx()
		if err != nil {
			return 0, 0, err
		}
		weight, fee, at = weight+weightOf(msg), fee+e.Fee, parent.Outpoint
	}
}

// lentRaises are those whose transaction is not stored yet.
func (s *Service) lentRaises(ctx context.Context) ([]raiseRecord, error) {
	return list[raiseRecord](s.db.Read(ctx).Where("state = 'lent'").Order("spend").Limit(atOnce))
}

// bringRaise has the node sign the coin that was lent, and stores what replaces the
// version before. It may be repeated after a crash.
func (s *Service) bringRaise(ctx context.Context, r raiseRecord) error {
	tx := s.db.Read(ctx)
	sp, err := take[spendRecord](tx.Where("id = ?", r.Spend), ErrBooking)
	if err != nil {
		return err
	}
	v, ok, err := s.sentVersion(tx, sp)
	if err != nil {
		return err
	}
	if !ok {
		return s.endRaise(ctx, r)
	}
	prevouts, err := s.prevouts(tx, v)
	if err != nil {
		return err
	}
	coin, err := r.loan()
	if err != nil {
		return err
	}
	raw, fee, err := s.cosign(ctx, r.key(), v.msg, prevouts, coin)
	if errors.Is(err, chain.ErrLoanOver) {
		return s.endRaise(ctx, r)
	}
	if err != nil {
		return err
	}
	if err := s.crash("raise signed"); err != nil {
		return err
	}
	return s.storeRaise(ctx, r, v, raw, fee)
}

// prevouts are the coins of a version's inputs: the voucher's, and the node's.
func (s *Service) prevouts(tx *gorm.DB, v version) ([]*wire.TxOut, error) {
	own, err := prevoutOf(tx, v.spendRecord)
	if err != nil {
		return nil, err
	}
	known := map[wire.OutPoint]*wire.TxOut{v.msg.TxIn[0].PreviousOutPoint: own}
	if v.Lent != nil {
		coin, err := v.loan()
		if err != nil {
			return nil, err
		}
		known[coin.OutPoint] = wire.NewTxOut(int64(coin.Value), coin.Script)
	}
	raises, err := list[raiseRecord](tx.Where("spend = ? AND state = 'sent'", v.ID))
	if err != nil {
		return nil, err
	}
	for _, r := range raises {
		coin, err := r.loan()
		if err != nil {
			return nil, err
		}
		known[coin.OutPoint] = wire.NewTxOut(int64(coin.Value), coin.Script)
	}
	out := make([]*wire.TxOut, len(v.msg.TxIn))
	for i, in := range v.msg.TxIn {
		if out[i] = known[in.PreviousOutPoint]; out[i] == nil {
			return nil, fmt.Errorf("%w: redemption %d spends %s", db.ErrCorrupt, v.ID, in.PreviousOutPoint)
		}
	}
	return out, nil
}

// endRaise gives a raise up that is not needed any more, or whose loan is over.
// Nothing of it was sent.
func (s *Service) endRaise(ctx context.Context, r raiseRecord) error {
	if err := errors.Join(s.cfg.Wallet.TakeBack(ctx, r.key()), s.cfg.Wallet.Abandon(ctx, r.key())); err != nil {
		return err
	}
	return s.transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&raiseRecord{}).Where("spend = ? AND number = ? AND state = 'lent'", r.Spend, r.Number).Update("state", raiseOver).Error
	})
}

// storeRaise puts the version with the higher fee into the outbox in the place of
// the one before, and takes its cost off the shop's allowance: all of it, or
// nothing, when more was booked or a block came in between. Which of the two a
// block will have is open, so that the rest has to wait for it.
func (s *Service) storeRaise(ctx context.Context, r raiseRecord, v version, raw []byte, fee btcutil.Amount) error {
	msg := wire.NewMsgTx(0)
	if err := msg.Deserialize(bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("redemption %d with a higher fee: %w", v.ID, err)
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return err
	}
	txid, stored := msg.TxHash(), false
	err = s.transact(ctx, func(tx *gorm.DB) error {
		stored = false
		now, err := take[spendRecord](tx.Where("id = ?", v.ID), ErrBooking)
		if err != nil {
			return err
		}
		if _, ok, err := s.sentVersion(tx, now); err != nil || !ok || now.Version != v.Version {
			return err // looked at again, and ended
		}
		paid, err := s.paidFor(tx, &r.LentSat)
		if err != nil {
			return err
		}
		err = outbox.Put(tx, outbox.Entry{Key: r.key(), Raw: raw, Fee: fee, Epoch: epoch, ReplacesKey: v.entry.Key, CreatedAt: s.now().UTC()})
		if err != nil {
			return fmt.Errorf("put a redemption with a higher fee into the outbox: %w", err)
		}
		err = move(tx, now, sent, map[string]any{
			"txid": txid[:], "outbox_key": r.key(), "raises": now.Raises + 1, "sent_at": s.now().Unix(), "cost_sat": now.CostSat + paid,
		})
		if err != nil {
			return err
		}
		if err := tx.Model(&raiseRecord{}).Where("spend = ? AND number = ?", r.Spend, r.Number).Update("state", raiseSent).Error; err != nil {
			return fmt.Errorf("note that a raise is sent: %w", err)
		}
		if err := renameRest(tx, v, msg); err != nil {
			return err
		}
		if err := s.charge(tx, now, paid); err != nil {
			return err
		}
		stored = true
		return s.tellOnce(tx, now, EventRaised, "raised/"+r.key(), txid.String())
	})
	if err != nil || !stored {
		return err
	}
	if err := s.crash("raise stored"); err != nil {
		return err
	}
	s.log.Info("redemption sent with a higher fee", "spend", v.ID, "txid", txid.String(), "fee_sat", int64(fee))
	s.cfg.Sent()
	if err := s.cfg.Ledger.See(ctx, msg); err != nil {
		s.log.Debug("the ledger did not take a redemption that waits", "txid", txid.String(), "error", err)
	}
	s.hub.tell(ShopID(v.Shop))
	return nil
}

// renameRest notes where the rest of a redemption lies with the new version.
func renameRest(tx *gorm.DB, v version, msg *wire.MsgTx) error {
	before, after := v.msg.TxHash(), msg.TxHash()
	for i := range msg.TxOut {
		err := tx.Model(&coinRecord{}).Where("outpoint = ? AND spend = ? AND height IS NULL", db.OutpointKey(before, uint32(i)), v.ID).
			Update("outpoint", db.OutpointKey(after, uint32(i))).Error
		if err != nil {
			return fmt.Errorf("note where the rest of redemption %d lies: %w", v.ID, err)
		}
	}
	return nil
}

// abandon gives a transaction up with all versions of it. Those that a block has
// decided about stay as they are.
func abandon(tx *gorm.DB, key, why string) error {
	line, err := outbox.Line(tx, key)
	if err != nil {
		return err
	}
	for i := len(line) - 1; i >= 0; i-- {
		// The newest first: the one before it would be sent again.
		if err := outbox.Abandon(tx, line[i].Key, why); err != nil && !errors.Is(err, outbox.ErrState) {
			return err
		}
	}
	return nil
}
