package fees

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cairn/channels/amount"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// AccountKind is what an account counts. Assets and expenses grow by debits,
// liabilities and income by credits.
type AccountKind string

// The kinds.
const (
	Asset     AccountKind = "asset"
	Liability AccountKind = "liability"
	Income    AccountKind = "income"
	Expense   AccountKind = "expense"
)

// Account is one side of a transfer.
type Account struct {
	Name string
	Kind AccountKind
}

// The accounts there is one of.
var (
	// Lightning is what settled invoices have brought into the node's channels,
	// with what was advanced, less what was paid out.
	Lightning = Account{"lightning", Asset}
	// OnChain is what confirmed coins have brought into the node's wallet.
	OnChain = Account{"chain", Asset}
	// Reorged is what was confirmed deep enough to count and then undone.
	Reorged = Account{"reorged", Expense}
)

const (
	quotePrefix  = "quote/"
	creditPrefix = "credit/"
	incomePrefix = "income/"
)

// heldFor is what came in for a quote and was neither used nor returned.
func heldFor(id ID) Account { return Account{quotePrefix + id.String(), Liability} }

// creditOf is what is owed to somebody: a client, or whoever has a quote's id.
func creditOf(owner string) Account { return Account{creditPrefix + owner, Liability} }

// incomeFrom is what was earned by one kind of thing.
func incomeFrom(what string) Account { return Account{incomePrefix + what, Income} }

// transfer is one entry of the ledger.
type transfer struct {
	// key says what caused it; the same key is posted once.
	key           string
	debit, credit Account
	amount        amount.MilliSatoshi
	at            time.Time
}

type accountRecord struct {
	Name string `gorm:"primaryKey"`
	Kind AccountKind
}

func (accountRecord) TableName() string { return "ledger_accounts" }

type transferRecord struct {
	ID         int64
	Key        string
	Debit      string
	Credit     string
	AmountMsat int64
	MadeAt     int64
}

func (transferRecord) TableName() string { return "ledger_transfers" }

// post adds a transfer. The same one again is no error and adds nothing.
// Errors: ErrBooks for another one under the same key, and for one that would
// make a liability or an asset negative.
func post(tx *gorm.DB, t transfer) error {
	if t.amount <= 0 || t.amount > amount.Max {
		return fmt.Errorf("%w: %s moves %d msat", ErrBooks, t.key, int64(t.amount))
	}
	accounts := []accountRecord{{t.debit.Name, t.debit.Kind}, {t.credit.Name, t.credit.Kind}}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&accounts).Error; err != nil {
		return fmt.Errorf("open the accounts of %s: %w", t.key, err)
	}
	r := transferRecord{
		Key: t.key, Debit: t.debit.Name, Credit: t.credit.Name, AmountMsat: int64(t.amount), MadeAt: t.at.Unix(),
	}
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).Omit("ID").Create(&r)
	if made.Error != nil {
		return fmt.Errorf("write the transfer %s: %w", t.key, made.Error)
	}
	if made.RowsAffected == 0 {
		return sameTransfer(tx, r)
	}
	for _, account := range []Account{t.debit, t.credit} {
		if err := notNegative(tx, t, account); err != nil {
			return err
		}
	}
	return nil
}

func sameTransfer(tx *gorm.DB, want transferRecord) error {
	var stored transferRecord
	if err := tx.Where(map[string]any{"key": want.Key}).Take(&stored).Error; err != nil {
		return fmt.Errorf("read the transfer %s: %w", want.Key, err)
	}
	if stored.Debit != want.Debit || stored.Credit != want.Credit || stored.AmountMsat != want.AmountMsat {
		return fmt.Errorf("%w: %s was another transfer", ErrBooks, want.Key)
	}
	return nil
}

// notNegative checks the account that a transfer has made smaller.
func notNegative(tx *gorm.DB, t transfer, a Account) error {
	smaller := a == t.debit && a.Kind == Liability || a == t.credit && a.Kind == Asset
	if !smaller {
		return nil
	}
	left, err := balance(tx, a)
	if err != nil {
		return err
	}
	if left < 0 {
		return fmt.Errorf("%w: %s leaves %s with %s", ErrBooks, t.key, a.Name, left)
	}
	return nil
}

// balance is what an account holds: for liabilities and income credits less
// debits, for assets and expenses debits less credits.
func balance(tx *gorm.DB, a Account) (amount.MilliSatoshi, error) {
	var credits, debits int64
	err := tx.Raw("SELECT CAST(coalesce(sum(amount_msat), 0) AS BIGINT) FROM ledger_transfers WHERE credit = ?", a.Name).Scan(&credits).Error
	if err == nil {
		err = tx.Raw("SELECT CAST(coalesce(sum(amount_msat), 0) AS BIGINT) FROM ledger_transfers WHERE debit = ?", a.Name).Scan(&debits).Error
	}
	if err != nil {
		return 0, fmt.Errorf("add up the account %s: %w", a.Name, err)
	}
	if a.Kind == Liability || a.Kind == Income {
		return amount.MilliSatoshi(credits - debits), nil
	}
	return amount.MilliSatoshi(debits - credits), nil
}

// Books is the state of the ledger.
type Books struct {
	Lightning amount.MilliSatoshi
	OnChain   amount.MilliSatoshi
	// Held came in for quotes and was neither used nor returned.
	Held amount.MilliSatoshi
	// Credit is owed to clients.
	Credit amount.MilliSatoshi
	// Income is by what was sold.
	Income map[string]amount.MilliSatoshi
	// PayingOut is credit on its way out over Lightning.
	PayingOut amount.MilliSatoshi
	// Advanced is what the operator has put in from his own channels, and Routing
	// what getting payments through the network cost.
	Advanced, Routing amount.MilliSatoshi
	// Lost was undone by reorganisations of the chain.
	Lost amount.MilliSatoshi
}

// Books adds everything up and checks that it balances: what the node has and
// what was lost or spent equals what is owed and what was earned. Errors: ErrBooks.
func (s *Service) Books(ctx context.Context) (Books, error) {
	var rows []struct {
		Name string
		Kind AccountKind
		Net  int64 // credits less debits
	}
	err := s.db.Read(ctx).Raw(`SELECT a.name AS name, a.kind AS kind, CAST(sum(t.net) AS BIGINT) AS net
		FROM ledger_accounts a JOIN (
			SELECT credit AS account, amount_msat AS net FROM ledger_transfers
			UNION ALL SELECT debit, -amount_msat FROM ledger_transfers
		) t ON t.account = a.name
		GROUP BY a.name, a.kind`).Scan(&rows).Error
	if err != nil {
		return Books{}, fmt.Errorf("add up the books: %w", err)
	}
	b := Books{Income: make(map[string]amount.MilliSatoshi)}
	all := amount.MilliSatoshi(0)
	for _, r := range rows {
		net := amount.MilliSatoshi(r.Net)
		all += net
		if (r.Kind == Liability && net < 0) || (r.Kind == Asset && net > 0) {
			return Books{}, fmt.Errorf("%w: the account %s is negative", ErrBooks, r.Name)
		}
		switch {
		case r.Name == Lightning.Name:
			b.Lightning = -net
		case r.Name == OnChain.Name:
			b.OnChain = -net
		case r.Name == Reorged.Name:
			b.Lost = -net
		case r.Name == Advanced.Name:
			b.Advanced = net
		case r.Name == Routing.Name:
			b.Routing = -net
		case strings.HasPrefix(r.Name, payoutPrefix):
			b.PayingOut += net
		case strings.HasPrefix(r.Name, quotePrefix):
			b.Held += net
		case strings.HasPrefix(r.Name, creditPrefix):
			b.Credit += net
		case strings.HasPrefix(r.Name, incomePrefix):
			b.Income[strings.TrimPrefix(r.Name, incomePrefix)] = net
		default:
			return Books{}, fmt.Errorf("%w: nobody knows the account %s", ErrBooks, r.Name)
		}
	}
	if all != 0 {
		return Books{}, fmt.Errorf("%w: debits and credits differ by %d msat", ErrBooks, int64(all))
	}
	return b, nil
}
