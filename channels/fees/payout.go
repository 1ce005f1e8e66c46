package fees

import (
	"fmt"
	"strings"

	"cairn/channels/amount"

	"gorm.io/gorm"
)

var (
	// Advanced is what the operator has put in from his own channels: credit may
	// come from coins, and is paid out over Lightning all the same.
	Advanced = Account{"advanced", Liability}
	// Routing is what getting payments through the network cost.
	Routing = Account{"routing", Expense}
)

const payoutPrefix = "payout/"

// payoutOf is what was set aside for a payout, and neither sent nor given back.
func payoutOf(name string) Account { return Account{payoutPrefix + name, Liability} }

// Payout is credit on its way out over Lightning.
type Payout struct {
	// Name is unique for all time, 1 to 100 bytes.
	Name string
	// Owner is whose credit it is (Quote.CreditOwner).
	Owner string
	// Amount goes to the payee, and FeeLimit at most is routing.
	Amount, FeeLimit amount.MilliSatoshi
}

func (p Payout) check() error {
	if p.Name == "" || len(p.Name) > maxClient || strings.ContainsRune(p.Name, '/') {
		return refuse("a payout has a name of 1 to %d bytes", maxClient)
	}
	if p.Amount <= 0 || p.FeeLimit < 0 || p.Amount > amount.Max || p.FeeLimit > amount.Max-p.Amount {
		return refuse("a payout of %s and at most %s for routing", p.Amount, p.FeeLimit)
	}
	return nil
}

// HoldIn sets credit aside within a transaction of the caller, before the node
// is asked to pay. Doing so again changes nothing. Errors: ErrRequest, ErrCredit.
func (s *Service) HoldIn(tx *gorm.DB, p Payout) error {
	if err := p.check(); err != nil {
		return err
	}
	var held int64
	if err := tx.Model(&transferRecord{}).Where(map[string]any{"key": payoutKey(p, "hold")}).Count(&held).Error; err != nil {
		return fmt.Errorf("look for payout %s: %w", p.Name, err)
	}
	total := p.Amount + p.FeeLimit
	if held == 0 {
		has, err := balance(tx, creditOf(p.Owner))
		if err != nil {
			return err
		}
		if has < total {
			return fmt.Errorf("%w: %s of %s", ErrCredit, has, total)
		}
	}
	return s.move(tx, p, "hold", creditOf(p.Owner), payoutOf(p.Name), total)
}

// PaidOutIn writes down that a payout arrived and what routing it cost; what was
// set aside beyond that is credit again. Doing so again changes nothing.
func (s *Service) PaidOutIn(tx *gorm.DB, p Payout, fee amount.MilliSatoshi) error {
	if fee < 0 || fee > p.FeeLimit {
		return fmt.Errorf("%w: payout %s cost %s of at most %s", ErrBooks, p.Name, fee, p.FeeLimit)
	}
	if err := s.advance(tx, p, p.Amount+fee); err != nil {
		return err
	}
	// The owner pays for routing: what it cost, and that he was charged for it.
	for _, m := range []struct {
		step          string
		debit, credit Account
		amount        amount.MilliSatoshi
	}{
		{"paid", payoutOf(p.Name), Lightning, p.Amount},
		{"routing", Routing, Lightning, fee},
		{"charge", payoutOf(p.Name), incomeFrom("routing"), fee},
		{"rest", payoutOf(p.Name), creditOf(p.Owner), p.FeeLimit - fee},
	} {
		if err := s.move(tx, p, m.step, m.debit, m.credit, m.amount); err != nil {
			return err
		}
	}
	return nil
}

// advance has the operator put in what the payments received over Lightning do
// not cover.
func (s *Service) advance(tx *gorm.DB, p Payout, sent amount.MilliSatoshi) error {
	var done int64
	if err := tx.Model(&transferRecord{}).Where(map[string]any{"key": payoutKey(p, "paid")}).Count(&done).Error; err != nil {
		return fmt.Errorf("look for payout %s: %w", p.Name, err)
	}
	has, err := balance(tx, Lightning)
	if err != nil || done > 0 {
		return err
	}
	return s.move(tx, p, "advance", Lightning, Advanced, max(sent-has, 0))
}

// NotPaidOutIn gives back what was set aside for a payout that failed. Doing so
// again changes nothing.
func (s *Service) NotPaidOutIn(tx *gorm.DB, p Payout) error {
	return s.move(tx, p, "back", payoutOf(p.Name), creditOf(p.Owner), p.Amount+p.FeeLimit)
}

func payoutKey(p Payout, step string) string { return payoutPrefix + p.Name + "/" + step }

// move posts one step of a payout; of nothing it posts nothing.
func (s *Service) move(tx *gorm.DB, p Payout, step string, debit, credit Account, a amount.MilliSatoshi) error {
	if a == 0 {
		return nil
	}
	return post(tx, transfer{key: payoutKey(p, step), debit: debit, credit: credit, amount: a, at: s.now().UTC()})
}
