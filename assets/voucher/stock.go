package voucher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// shortage is how many coins are missing, and how large they have to be.
type shortage struct {
	coins int
	size  btcutil.Amount
}

func (n *shortage) add(size btcutil.Amount) { n.coins, n.size = n.coins+1, max(n.size, size) }

type feeCoinsRecord struct {
	Number  int64 `gorm:"primaryKey"`
	Script  []byte
	Coins   int64
	CoinSat int64
	RateKw  int64
	CostSat int64
	Sent    bool
	MadeAt  int64
}

func (feeCoinsRecord) TableName() string { return "voucher_fee_coins" }

func (r feeCoinsRecord) key() string { return fmt.Sprintf("voucher-coins/%d", r.Number) }

// stock has the wallet pay itself coins of the right size, for those who wait for
// one and a few who come next. Their script is noted first, so that the wallet is
// asked for the same after a crash.
func (s *Service) stock(ctx context.Context, need shortage, rate chain.FeeRate) error {
	if s.cfg.Wallet == nil {
		return nil
	}
	last, err := s.lastStock(ctx)
	if err != nil {
		return err
	}
	switch {
	case last != nil && !last.Sent:
		return s.makeCoins(ctx, *last)
	case need.coins == 0:
		return nil
	case last != nil:
		waits, err := s.stockWaits(ctx, *last)
		if err != nil || waits {
			return err
		}
	}
	script, err := s.cfg.Wallet.Script(ctx)
	if err != nil {
		return fmt.Errorf("ask the node for an address: %w", err)
	}
	row := feeCoinsRecord{
		Script: script, Coins: int64(min(need.coins+spareCoins, mostCoins)), CoinSat: int64(need.size + need.size/10),
		RateKw: int64(rate), MadeAt: s.now().Unix(),
	}
	if err := s.transact(ctx, func(tx *gorm.DB) error { return tx.Create(&row).Error }); err != nil {
		return fmt.Errorf("note that coins are made: %w", err)
	}
	if err := s.crash("coins noted"); err != nil {
		return err
	}
	return s.makeCoins(ctx, row)
}

func (s *Service) lastStock(ctx context.Context) (*feeCoinsRecord, error) {
	r, err := take[feeCoinsRecord](s.db.Read(ctx).Order("number DESC"), ErrUnknown)
	if errors.Is(err, ErrUnknown) {
		return nil, nil
	}
	return &r, err
}

// stockWaits says that coins that were made wait for their block, or for the
// wallet to see them.
func (s *Service) stockWaits(ctx context.Context, r feeCoinsRecord) (bool, error) {
	e, err := outbox.Get(s.db.Read(ctx), r.key())
	if err != nil {
		return false, err
	}
	switch e.State {
	case outbox.Stored, outbox.Broadcast:
		return true, nil
	case outbox.Confirmed:
		tip, err := follow.Cursor(s.db.Read(ctx))
		return tip.Height < e.Height+walletLag && s.now().Unix() < r.MadeAt+int64(time.Hour/time.Second), err
	}
	return false, nil
}

// makeCoins has the wallet sign, and stores it.
func (s *Service) makeCoins(ctx context.Context, r feeCoinsRecord) error {
	outs := make([]*wire.TxOut, r.Coins)
	for i := range outs {
		outs[i] = wire.NewTxOut(r.CoinSat, r.Script)
	}
	raw, fee, err := s.cfg.Wallet.Pay(ctx, r.key(), outs, chain.FeeRate(r.RateKw))
	if err != nil {
		return fmt.Errorf("make coins to pay fees with: %w", err)
	}
	if err := s.crash("coins signed"); err != nil {
		return err
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		err := outbox.Put(tx, outbox.Entry{Key: r.key(), Raw: raw, Fee: fee, Epoch: epoch, CreatedAt: s.now().UTC()})
		if err != nil {
			return err
		}
		return tx.Model(&feeCoinsRecord{}).Where("number = ?", r.Number).Updates(map[string]any{"sent": true, "cost_sat": int64(fee)}).Error
	})
	if err != nil {
		return fmt.Errorf("store coins to pay fees with: %w", err)
	}
	s.cfg.Sent()
	return s.crash("coins stored")
}
