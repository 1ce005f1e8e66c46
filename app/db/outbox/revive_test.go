package outbox_test

import (
	"errors"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// What was given up is sent again as the same bytes, unless its coin is taken
// meanwhile.
func TestRevive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		abandon := func(key string) func(*gorm.DB) error {
			return func(tx *gorm.DB) error { return outbox.Abandon(tx, key, "a backer left") }
		}
		revive := func(key string) func(*gorm.DB) error {
			return func(tx *gorm.DB) error { return outbox.Revive(tx, key) }
		}
		do(t, d, put(entry("a", "xy", 1)), abandon("a"), put(entry("b", "yz", 1)))
		if err := d.Transact(t.Context(), revive("a")); !errors.Is(err, outbox.ErrInputTaken) {
			t.Fatalf("revived beside what took its coin: %v", err)
		}
		states(t, d, map[string]outbox.State{"a": outbox.Abandoned, "b": outbox.Stored})
		do(t, d, abandon("b"), revive("a"), revive("a"))
		states(t, d, map[string]outbox.State{"a": outbox.Stored, "b": outbox.Abandoned})
		if got := pending(t, d); len(got) != 1 || got[0] != "a" {
			t.Fatalf("pending are %v", got)
		}

		// A block, and its undoing, find it as any other.
		b := block(1, spend("xy", 1))
		do(t, d, func(tx *gorm.DB) error { return outbox.SpentInBlock(tx, b, 4) })
		states(t, d, map[string]outbox.State{"a": outbox.Confirmed, "b": outbox.Abandoned})
		do(t, d, func(tx *gorm.DB) error { return outbox.Unconfirm(tx, 4, b.BlockHash()) })
		states(t, d, map[string]outbox.State{"a": outbox.Stored, "b": outbox.Abandoned})
		if err := d.Transact(t.Context(), revive("none")); !errors.Is(err, outbox.ErrUnknownKey) {
			t.Errorf("revived nothing: %v", err)
		}
	})
}

func TestHolding(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		in := func(coins string) []wire.OutPoint {
			var out []wire.OutPoint
			for _, i := range spend(coins, 1).TxIn {
				out = append(out, i.PreviousOutPoint)
			}
			return out
		}
		do(t, d, put(entry("a", "xy", 1)), put(entry("b", "z", 1)), func(tx *gorm.DB) error { return outbox.Abandon(tx, "b", "no") })
		held, err := outbox.Holding(d.Read(t.Context()), in("wxyz"))
		if err != nil {
			t.Fatal(err)
		}
		if len(held) != 2 || held[in("x")[0]] != "a" || held[in("y")[0]] != "a" {
			t.Errorf("held are %v", held)
		}
	})
}
