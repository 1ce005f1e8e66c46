package voucher

import (
	"context"
	"errors"
	"fmt"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// PaymentID names what paid for an allowance; it is counted once.
type PaymentID [16]byte

const (
	// lowLeft is how few redemptions may be left before it is said, and usualWeight
	// that of one whose rest goes back, with the node's coin.
	lowLeft     = 10
	usualWeight = 740
)

// Allowance is how much a shop has left for network fees. Errors: those of Enter;
// ErrRole for a cashier.
func (s *Service) Allowance(ctx context.Context, key Key) (Allowance, error) {
	tx := s.db.Read(ctx)
	who, err := allow(tx, key, Review)
	if err != nil {
		return Allowance{}, err
	}
	row, err := take[shopRecord](tx.Where("id = ?", who.Shop.ID[:]), ErrShop)
	if err != nil {
		return Allowance{}, err
	}
	a := Allowance{Free: s.cfg.Free, Paid: row.PaidSat, Used: row.UsedSat, Left: row.PaidSat - row.UsedSat}
	var waiting int64
	err = tx.Model(&spendRecord{}).Where("shop = ? AND state = 'open' AND trouble = ?", row.ID, troubleAllowance).Count(&waiting).Error
	if err != nil {
		return Allowance{}, fmt.Errorf("count what waits for an allowance: %w", err)
	}
	a.Waiting = int(waiting)
	if each, err := s.Each(ctx); err == nil {
		a.Each = int64(each)
		a.Low = !a.Free && a.Left < lowLeft*a.Each
	}
	return a, nil
}

// Each is what sending one redemption costs at present, with the making of the
// coin that pays for it. Errors: those of Config.Rate.
func (s *Service) Each(ctx context.Context) (btcutil.Amount, error) {
	rate, err := s.cfg.Rate(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask what blocks cost: %w", err)
	}
	return max(rate.Fee(usualWeight), leastCoin) + making(rate), nil
}

// making is what making one coin costs.
func making(rate chain.FeeRate) btcutil.Amount { return rate.Fee(makeWeight) }

// PayIn adds to a shop's allowance, once for a payment. It runs in the
// transaction that uses the payment. Errors: ErrShop.
func (s *Service) PayIn(tx *gorm.DB, id ShopID, p PaymentID, sat btcutil.Amount) error {
	var known int64
	if err := tx.Table("voucher_payments").Where("id = ?", p[:]).Count(&known).Error; err != nil || known > 0 {
		return err
	}
	row := map[string]any{"id": p[:], "shop": id[:], "sat": int64(sat), "at": s.now().Unix()}
	if err := tx.Table("voucher_payments").Create(row).Error; err != nil {
		return fmt.Errorf("note a payment for an allowance: %w", err)
	}
	res := tx.Model(&shopRecord{}).Where("id = ?", id[:]).Update("paid_sat", gorm.Expr("paid_sat + ?", int64(sat)))
	if res.Error != nil || res.RowsAffected != 1 {
		return errors.Join(ErrShop, res.Error)
	}
	err := tx.Model(&spendRecord{}).Where("shop = ? AND state = 'open' AND trouble = ?", id[:], troubleAllowance).Update("trouble", "").Error
	if err != nil {
		return fmt.Errorf("let wait what waited for an allowance: %w", err)
	}
	return s.write(tx, id, Entry{What: EventAllowance, Detail: fmt.Sprint(int64(sat))}, "")
}

// covered says whether a shop's allowance pays for a redemption.
func (s *Service) covered(ctx context.Context, sp spendRecord, c cost) (bool, error) {
	if s.cfg.Free {
		return true, nil
	}
	row, err := shopOf(s.db.Read(ctx), sp)
	return err == nil && row.PaidSat-row.UsedSat >= int64(c.coin), err
}

// price is what a shop needs to have paid ahead for what need not be done now: 0
// where fees are not charged. Errors: those of Each.
func (s *Service) price(ctx context.Context) (btcutil.Amount, error) {
	if s.cfg.Free {
		return 0, nil
	}
	return s.Each(ctx)
}

// paidFor is what the node loses by a coin that it adds, nil for none: the coin, and
// its share of what making it cost.
func (s *Service) paidFor(tx *gorm.DB, lentSat *int64) (int64, error) {
	if lentSat == nil {
		return 0, nil
	}
	last, err := list[feeCoinsRecord](tx.Order("number DESC").Limit(1))
	if err != nil || len(last) == 0 {
		return *lentSat, err
	}
	return *lentSat + last[0].CostSat/last[0].Coins, nil
}

// charge takes a cost off a shop's allowance.
func (s *Service) charge(tx *gorm.DB, sp spendRecord, sat int64) error {
	if s.cfg.Free || sat == 0 {
		return nil
	}
	err := tx.Model(&shopRecord{}).Where("id = ?", sp.Shop).Update("used_sat", gorm.Expr("used_sat + ?", sat)).Error
	if err != nil {
		return fmt.Errorf("take a fee off an allowance: %w", err)
	}
	return nil
}
