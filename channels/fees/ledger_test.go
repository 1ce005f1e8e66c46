package fees

import (
	"testing"
	"time"

	"cairn/channels/amount"

	"gorm.io/gorm"
)

func TestLedgerKeepsItsRules(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		at := time.Unix(1_800_000_000, 0)
		put := func(tr transfer) error {
			tr.at = at
			return w.db.Transact(t.Context(), func(tx *gorm.DB) error { return post(tx, tr) })
		}
		id := ID{1}
		good := transfer{key: "k", debit: Lightning, credit: heldFor(id), amount: 1000}
		for range 3 {
			if err := put(good); err != nil {
				t.Fatal(err)
			}
		}
		other := good
		other.amount = 999
		isKind(t, "another amount under the key", put(other), ErrBooks)
		isKind(t, "nothing", put(transfer{key: "n", debit: Lightning, credit: heldFor(id)}), ErrBooks)
		isKind(t, "less than nothing", put(transfer{key: "m", debit: Lightning, credit: heldFor(id), amount: -1}), ErrBooks)
		isKind(t, "more than there is", put(transfer{key: "t", debit: Lightning, credit: heldFor(id), amount: amount.Max + 1}), ErrBooks)
		isKind(t, "more than is owed", put(transfer{key: "o", debit: heldFor(id), credit: incomeFrom("x"), amount: 1001}), ErrBooks)
		isKind(t, "more than the node has", put(transfer{key: "a", debit: Reorged, credit: OnChain, amount: 1}), ErrBooks)
		if b := w.balanced(); b.Lightning != 1000 || b.Held != 1000 {
			t.Errorf("books: %+v", b)
		}
		for _, statement := range []string{
			"UPDATE ledger_transfers SET amount_msat = 1", "DELETE FROM ledger_transfers",
			"UPDATE ledger_accounts SET kind = 'income'", "DELETE FROM ledger_accounts",
		} {
			if err := w.db.Transact(t.Context(), func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err == nil {
				t.Errorf("the database allowed: %s", statement)
			}
		}
		if b := w.balanced(); b.Lightning != 1000 {
			t.Errorf("books after that: %+v", b)
		}
		// Rows that come in around post are noticed.
		err := w.db.Transact(t.Context(), func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO ledger_transfers (\"key\", debit, credit, amount_msat, made_at) VALUES ('z', ?, 'lightning', 5000, 0)", heldFor(id).Name).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Books(t.Context())
		isKind(t, "negative accounts", err, ErrBooks)
	})
}
