package ledger_test

import (
	"errors"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/ledger"
)

func TestCompare(t *testing.T) {
	for first := int32(3); first <= 21; first++ {
		asked := 0
		height, differs, err := ledger.Compare(3, 20, func(h int32) (bool, error) { asked++; return h < first, nil })
		if err != nil || differs != (first <= 20) || differs && height != first || asked > 6 {
			t.Errorf("different from %d on: %d, %t, %v after %d questions", first, height, differs, err, asked)
		}
	}
	if _, differs, err := ledger.Compare(5, 4, nil); differs || err != nil {
		t.Errorf("nothing to compare: %t, %v", differs, err)
	}
	down := errors.New("down")
	if _, _, err := ledger.Compare(1, 9, func(int32) (bool, error) { return false, down }); !errors.Is(err, down) {
		t.Errorf("one that does not answer: %v", err)
	}
}

// Two ledgers that part at a block are told apart there, by any protocol that it
// changed.
func TestCompareLedgers(t *testing.T) {
	w := newWorld(5)
	for range 40 {
		w.mine(6)
	}
	a, b := dbtest.Open(t, db.SQLite), dbtest.Open(t, db.SQLite)
	one, two := w.open(a), w.open(b)
	connect(t, a, one, w.blocks...)
	w.blocks = w.blocks[:23:23]
	for range 17 {
		w.mine(6)
	}
	connect(t, b, two, w.blocks...)
	first := int32(40)
	for _, p := range assets.Protocols {
		height, differs, err := ledger.Compare(0, 39, func(h int32) (bool, error) {
			x, err := one.Hash(t.Context(), p, h)
			if err != nil {
				return false, err
			}
			y, err := two.Hash(t.Context(), p, h)
			return x == y, err
		})
		if err != nil || !differs || height < 23 {
			t.Errorf("%s: %d, %t, %v", p, height, differs, err)
		}
		first = min(first, height)
	}
	if first != 23 {
		t.Errorf("they part at 23, and the first difference is at %d", first)
	}
}
