package claim

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// bumpState is how a raise stands.
type bumpState string

const (
	ordered   bumpState = "ordered"   // a coin is looked for, or made
	lent      bumpState = "lent"      // it is set aside
	done      bumpState = "done"      // the claim that spends it is sent
	returning bumpState = "returning" // the money goes back
	returned  bumpState = "returned"
)

type bumpRecord struct {
	ID         []byte `gorm:"primaryKey"`
	Campaign   []byte
	CoinSat    int64
	RateKw     int64
	State      bumpState
	Script     []byte
	Made       int64
	Tries      int64
	Lent       []byte
	LentSat    *int64
	LentScript []byte
	Attempt    *int64
	Trouble    string
	OrderedAt  int64
}

func (bumpRecord) TableName() string { return "claim_bumps" }

func (r bumpRecord) payment() Payment  { return Payment(r.ID) }
func (r bumpRecord) id() lighthouse.ID { return lighthouse.ID(r.Campaign) }

// purpose names one loan to the wallet, makes the transaction that makes a coin.
func (r bumpRecord) purpose() string {
	return fmt.Sprintf("claim-bump/%s/%d", hex.EncodeToString(r.ID), r.Tries)
}

func (r bumpRecord) makes() string {
	return fmt.Sprintf("claim-bump/%s/coin/%d", hex.EncodeToString(r.ID), r.Made)
}

// coin is the one that was lent. Errors: db.ErrCorrupt.
func (r bumpRecord) coin() (chain.Coin, error) {
	hash, index, ok := db.ParseOutpointKey(r.Lent)
	if !ok || r.LentSat == nil {
		return chain.Coin{}, fmt.Errorf("%w: the coin of raise %x", db.ErrCorrupt, r.ID)
	}
	return chain.Coin{OutPoint: wire.OutPoint{Hash: hash, Index: index}, Value: btcutil.Amount(*r.LentSat), Script: r.LentScript}, nil
}

// bumpsAtOnce bounds how many raises are worked on between two looks.
const bumpsAtOnce = 100

// bumps brings every open raise on by one step.
func (s *Service) bumps(ctx context.Context) error {
	if s.cfg.Bumps.Wallet == nil || s.cfg.Bumps.Till == nil {
		return nil
	}
	var rows []bumpRecord
	err := s.db.Read(ctx).Where("state IN ('ordered', 'lent', 'returning')").Order("ordered_at, id").Limit(bumpsAtOnce).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read the raises of claims: %w", db.Classify(err))
	}
	var errs []error
	for _, r := range rows {
		err := s.bump(ctx, r)
		if err != nil && !errors.Is(err, db.ErrFenced) && !errors.Is(err, errCrash) && ctx.Err() == nil {
			err = fmt.Errorf("raise %x: %w", r.ID, err)
			if late := s.now().Sub(time.Unix(r.OrderedAt, 0)) >= s.cfg.Bumps.GiveUpAfter; late && r.State != returning {
				err = errors.Join(err, s.moveBump(ctx, r, map[string]any{"state": returning, "trouble": "it could not be made in time"}))
			}
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// bump brings one raise on by one step.
func (s *Service) bump(ctx context.Context, r bumpRecord) error {
	if r.State == returning {
		return s.giveBack(ctx, r)
	}
	tx := s.db.Read(ctx)
	now, err := loadClaim(tx, r.id())
	if errors.Is(err, ErrNone) || err == nil && (now.State == lighthouse.InBlock || now.State == lighthouse.Failed) {
		return s.moveBump(ctx, r, map[string]any{"state": returning, "trouble": "the claim needs it no more"})
	}
	if err != nil {
		return err
	}
	if now.State != lighthouse.Claiming {
		return s.inTimeOnly(r)
	}
	base, err := loadAttempt(tx, r.id(), now.Current)
	if err != nil {
		return err
	}
	state, err := standing(tx, base)
	if err != nil {
		return err
	}
	if state != outbox.Stored && state != outbox.Broadcast {
		return s.inTimeOnly(r)
	}
	c, err := s.cfg.Campaigns.GetIn(tx, r.id())
	if err != nil {
		return err
	}
	if why := worth(r, c, base); why != "" {
		return s.moveBump(ctx, r, map[string]any{"state": returning, "trouble": why})
	}
	if r.State == ordered {
		return s.fund(ctx, r)
	}
	return s.cosign(ctx, r, c, now, base)
}

// errLate: a raise had to wait for too long.
var errLate = errors.New("it waits for too long")

// inTimeOnly is nil while a raise may wait.
func (s *Service) inTimeOnly(r bumpRecord) error {
	if s.now().Sub(time.Unix(r.OrderedAt, 0)) < s.cfg.Bumps.GiveUpAfter {
		return nil
	}
	return errLate
}

// worth says why a raise would be refused, or help nobody, with the claim as it
// is now; empty when it would not.
func worth(r bumpRecord, c lighthouse.Campaign, base attemptRecord) string {
	coin, fee := btcutil.Amount(r.CoinSat), btcutil.Amount(base.FeeSat)
	weight := base.Weight + coinWeight
	switch {
	case coin < relayStep.Fee(weight) || rateOf(fee+coin, weight) <= rateOf(fee, base.Weight):
		return "the claim has changed, and more would be needed"
	case weight > c.Terms.Levels[base.Level].Contract.Limit():
		return "the claim has no room"
	}
	return ""
}

// fund sets a coin aside, or makes one.
func (s *Service) fund(ctx context.Context, r bumpRecord) error {
	w, rate := s.cfg.Bumps.Wallet, chain.FeeRate(r.RateKw)
	fresh := false
	if r.Made > 0 {
		e, err := outbox.Get(s.db.Read(ctx), r.makes())
		if err != nil {
			return err
		}
		if e.State != outbox.Confirmed {
			return s.inTimeOnly(r) // it waits for its block
		}
		tip, err := tipOf(s.db.Read(ctx))
		if err != nil {
			return err
		}
		fresh = tip.Height < e.Height+walletLag
	}
	// What a crash may have left of an earlier try.
	if err := w.TakeBack(ctx, r.purpose()); err != nil {
		return err
	}
	coin := btcutil.Amount(r.CoinSat)
	loan, err := w.Lend(ctx, chain.LoanRequest{
		Purpose: r.purpose(), Need: max(coin-rate.Fee(coinWeight), 1), Rate: rate, Exact: true, Until: s.now().Add(loanTime),
	})
	if err := s.crash("lent"); err != nil {
		return err
	}
	if err != nil && !errors.Is(err, chain.ErrNoFunds) {
		return err
	}
	if err == nil && len(loan.Coins) == 1 && loan.Coins[0].Value >= coin && loan.Coins[0].Value <= coin+coin/4 {
		c := loan.Coins[0]
		return s.moveBump(ctx, r, map[string]any{
			"state": lent, "lent": db.OutpointKey(c.Hash, c.Index), "lent_sat": int64(c.Value), "lent_script": c.Script,
		})
	}
	if err := w.TakeBack(ctx, r.purpose()); err != nil {
		return err
	}
	if fresh {
		return s.inTimeOnly(r) // the wallet may not have seen its coin yet
	}
	if r.Made >= mostCoins {
		return s.moveBump(ctx, r, map[string]any{"state": returning, "trouble": "the coins that were made for it were spent otherwise"})
	}
	return s.makeCoin(ctx, r)
}

// makeCoin has the wallet pay itself a coin of the right size: the script is
// noted first, so that the wallet is asked for the same after a crash.
func (s *Service) makeCoin(ctx context.Context, r bumpRecord) error {
	if r.Script == nil {
		script, err := s.cfg.Bumps.Wallet.Script(ctx)
		if err != nil {
			return err
		}
		if err := s.moveBump(ctx, r, map[string]any{"script": script}); err != nil {
			return err
		}
		r.Script = script
	}
	r.Made++
	raw, fee, err := s.cfg.Bumps.Wallet.Pay(ctx, r.makes(), wire.NewTxOut(r.CoinSat, r.Script), chain.FeeRate(r.RateKw))
	if err != nil {
		return err
	}
	if err := s.crash("coin signed"); err != nil {
		return err
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		err := outbox.Put(tx, outbox.Entry{Key: r.makes(), Raw: raw, Fee: fee, Epoch: epoch, CreatedAt: s.now().UTC()})
		if err != nil {
			return err
		}
		return tx.Model(&bumpRecord{}).Where("id = ?", r.ID).Update("made", r.Made).Error
	})
	if err != nil {
		return fmt.Errorf("put the coin for a raise into the outbox: %w", err)
	}
	s.cfg.Sent()
	return s.crash("coin stored")
}

// moveBump changes a raise that is still as it was read.
func (s *Service) moveBump(ctx context.Context, r bumpRecord, set map[string]any) error {
	err := s.transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&bumpRecord{}).Where("id = ? AND state = ? AND tries = ?", r.ID, r.State, r.Tries).Updates(set).Error
	})
	if err != nil {
		return fmt.Errorf("note how raise %x stands: %w", r.ID, err)
	}
	return s.crash("raise moved")
}

// again begins a raise anew with another loan.
func (s *Service) again(ctx context.Context, r bumpRecord) error {
	w := s.cfg.Bumps.Wallet
	if err := errors.Join(w.TakeBack(ctx, r.purpose()), w.Abandon(ctx, r.purpose())); err != nil {
		return err
	}
	return s.moveBump(ctx, r, map[string]any{"state": ordered, "tries": r.Tries + 1, "lent": nil, "lent_sat": nil, "lent_script": nil})
}

// giveBack returns the money of a raise, and frees its coin.
func (s *Service) giveBack(ctx context.Context, r bumpRecord) error {
	w := s.cfg.Bumps.Wallet
	if err := s.cfg.Bumps.Till.GiveBack(ctx, r.payment()); err != nil {
		return fmt.Errorf("give the money back: %w", err)
	}
	if err := s.crash("gave back"); err != nil {
		return err
	}
	if err := errors.Join(w.TakeBack(ctx, r.purpose()), w.Abandon(ctx, r.purpose())); err != nil {
		// Its coin is free again when the loan, or what was signed, ends.
		s.log.Debug("the coin of a raise is not free yet", "error", err)
	}
	return s.moveBump(ctx, r, map[string]any{"state": returned})
}
