package voucher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

const (
	// coinWeight is that of the node's input, at most (P2WPKH), with a count of
	// inputs that may grow by it.
	coinWeight = 272 + 8
	// makeWeight is that of a taproot output, and its share of the transaction that
	// makes a few.
	makeWeight = 172 + 100
	// loanTime is how long a coin is set aside.
	loanTime = 10 * time.Minute
	// leastCoin is the smallest that is made: the node's wallet counts no smaller
	// ones as fee coins.
	leastCoin = btcutil.Amount(1_000)
	// spareCoins are made for those who redeem next, at most mostCoins at once.
	spareCoins, mostCoins = 4, 40
	// walletLag is how many blocks the node's wallet may take to see coins that
	// were made, before others are.
	walletLag = 3
)

// cost is what sending one redemption takes.
type cost struct {
	// own is what the transaction pays by itself, below 0 where its outputs are
	// more than the voucher's coin.
	own btcutil.Amount
	// coin is what the node has to add; 0 for nothing.
	coin btcutil.Amount
}

// costOf reckons at a rate. What a signature may weigh less is not taken off.
func (s *Service) costOf(sp spendRecord, c coinRecord, rate chain.FeeRate) (cost, error) {
	msg, err := sp.msg()
	if err != nil {
		return cost{}, err
	}
	own := btcutil.Amount(c.ValueSat)
	for _, out := range msg.TxOut {
		own -= btcutil.Amount(out.Value)
	}
	weight := weightOf(msg)
	if own >= rate.Fee(weight) {
		return cost{own: own}, nil
	}
	return cost{own: own, coin: max(rate.Fee(weight+coinWeight)-own, leastCoin)}, nil
}

func weightOf(tx *wire.MsgTx) int64 { return blockchain.GetTransactionWeight(btcutil.NewTx(tx)) }

// lend has the wallet set one coin of about the right size aside for a purpose; nil
// when it has none.
func (s *Service) lend(ctx context.Context, purpose string, size btcutil.Amount, rate chain.FeeRate) (*chain.Coin, error) {
	w := s.cfg.Wallet
	// What a crash may have left of an earlier try.
	if err := w.TakeBack(ctx, purpose); err != nil {
		return nil, err
	}
	loan, err := w.Lend(ctx, chain.LoanRequest{
		Purpose: purpose, Need: max(size-rate.Fee(coinWeight), 1), Rate: rate, Exact: true, Until: s.now().Add(loanTime),
	})
	if errors.Is(err, chain.ErrNoFunds) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("borrow the fee: %w", err)
	}
	if len(loan.Coins) != 1 || loan.Coins[0].Value < size || loan.Coins[0].Value > size+size/2+leastCoin {
		return nil, w.TakeBack(ctx, purpose) // what is more would be given away
	}
	return &loan.Coins[0], s.crash("lent")
}

// borrow lends the coin of a redemption, and notes it; false when there is none.
func (s *Service) borrow(ctx context.Context, sp *spendRecord, c cost, rate chain.FeeRate) (bool, error) {
	got, err := s.lend(ctx, sp.purpose(), c.coin, rate)
	if err != nil || got == nil {
		return false, err
	}
	value := int64(got.Value)
	sp.Lent, sp.LentSat, sp.LentScript = db.OutpointKey(got.Hash, got.Index), &value, got.Script
	err = s.transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&spendRecord{}).Where("id = ? AND state = 'open'", sp.ID).
			Updates(map[string]any{"lent": sp.Lent, "lent_sat": value, "lent_script": sp.LentScript}).Error
	})
	if err != nil {
		return false, fmt.Errorf("note what was lent: %w", err)
	}
	return true, s.crash("lent noted")
}

// unlend forgets a loan that is over, and begins with another.
func (s *Service) unlend(ctx context.Context, sp spendRecord) error {
	err := s.transact(ctx, func(tx *gorm.DB) error {
		set := map[string]any{"lent": nil, "lent_sat": nil, "lent_script": nil, "tries": sp.Tries + 1}
		if sp.State == closing {
			set["state"], set["version"] = open, sp.Version+1
		}
		return tx.Model(&spendRecord{}).Where("id = ? AND state = ? AND tries = ?", sp.ID, sp.State, sp.Tries).Updates(set).Error
	})
	if err != nil {
		return fmt.Errorf("forget what was lent: %w", err)
	}
	return nil
}

// finish has the node sign its coin as one more input, and stores the whole. The
// node signs once for a purpose, so that this may be repeated after a crash.
func (s *Service) finish(ctx context.Context, sp spendRecord) error {
	coin, err := sp.loan()
	if err != nil {
		return err
	}
	own, err := prevoutOf(s.db.Read(ctx), sp)
	if err != nil {
		return err
	}
	without, err := sp.msg()
	if err != nil {
		return err
	}
	raw, fee, err := s.cosign(ctx, sp.purpose(), without, []*wire.TxOut{own}, coin)
	if errors.Is(err, chain.ErrLoanOver) {
		if err := errors.Join(s.cfg.Wallet.TakeBack(ctx, sp.purpose()), s.cfg.Wallet.Abandon(ctx, sp.purpose())); err != nil {
			return err
		}
		return s.unlend(ctx, sp)
	}
	if err != nil {
		return err
	}
	if err := s.crash("signed"); err != nil {
		return err
	}
	return s.store(ctx, sp, raw, fee)
}

// store puts a whole transaction into the outbox, notes what it makes, and takes
// its cost off the shop's allowance: all of it, or nothing.
func (s *Service) store(ctx context.Context, sp spendRecord, raw []byte, fee btcutil.Amount) error {
	msg := wire.NewMsgTx(0)
	if err := msg.Deserialize(bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("the whole of redemption %d: %w", sp.ID, err)
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return err
	}
	txid, key, stored := msg.TxHash(), fmt.Sprintf("voucher/%d/%d", sp.ID, sp.Tries), false
	err = s.transact(ctx, func(tx *gorm.DB) error {
		stored = false
		paid, err := s.paidFor(tx, sp.LentSat)
		if err != nil {
			return err
		}
		res := tx.Model(&spendRecord{}).Where("id = ? AND version = ? AND state = ?", sp.ID, sp.Version, sp.State).
			Updates(map[string]any{"state": sent, "version": sp.Version + 1, "txid": txid[:], "outbox_key": key, "cost_sat": paid, "trouble": "", "sent_at": s.now().Unix()})
		if res.Error != nil {
			return fmt.Errorf("note that a redemption is sent: %w", res.Error)
		}
		if res.RowsAffected != 1 {
			return nil // somebody booked or undid, or a block has decided
		}
		stored = true
		err = outbox.Put(tx, outbox.Entry{Key: key, Raw: raw, Fee: fee, Epoch: epoch, CreatedAt: s.now().UTC()})
		if err != nil {
			return fmt.Errorf("put a redemption into the outbox: %w", err)
		}
		if err := s.rest(tx, sp, msg); err != nil {
			return err
		}
		if err := s.charge(tx, sp, paid); err != nil {
			return err
		}
		return s.tellOnce(tx, sp, EventSent, fmt.Sprintf("sent/%d", sp.ID), txid.String())
	})
	if err != nil || !stored {
		return err
	}
	if err := s.crash("stored"); err != nil {
		return err
	}
	s.log.Info("redemption sent", "spend", sp.ID, "what", string(sp.What), "txid", txid.String(), "fee_sat", int64(fee))
	s.cfg.Sent()
	if err := s.cfg.Ledger.See(ctx, msg); err != nil {
		s.log.Debug("the ledger did not take a redemption that waits", "txid", txid.String(), "error", err)
	}
	s.hub.tell(ShopID(sp.Shop))
	return nil
}

// rest notes the coin that our transaction leaves on the voucher: it can be
// redeemed at once.
func (s *Service) rest(tx *gorm.DB, sp spendRecord, msg *wire.MsgTx) error {
	c, err := take[coinRecord](tx.Where("outpoint = ?", sp.Outpoint), ErrUnknown)
	if err != nil || c.Units == sp.Units {
		return err
	}
	v, err := take[voucherRecord](tx.Where("id = ?", sp.Voucher), ErrUnknown)
	if err != nil {
		return err
	}
	for i, out := range msg.TxOut {
		if !bytes.Equal(out.PkScript, v.Script) {
			continue
		}
		row := coinRecord{Outpoint: db.OutpointKey(msg.TxHash(), uint32(i)), Voucher: v.ID, ValueSat: out.Value, Units: c.Units - sp.Units, Spend: &sp.ID}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store the rest of voucher %d: %w", v.ID, err)
		}
		return nil
	}
	return fmt.Errorf("%w: redemption %d leaves nothing of voucher %d", assets.ErrDestroys, sp.ID, v.ID)
}
