package ledger_test

import (
	"errors"
	"slices"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/ledger"
)

// pastIsRight compares who held each asset after each block by standings and by
// pages with what its coins add up to, and counts how often standings told it.
func pastIsRight(t *testing.T, d *db.DB, l *ledger.Ledger, tip int32) (told, asked int) {
	t.Helper()
	ctx := t.Context()
	for _, id := range ids(t, d) {
		for height := range tip + 1 {
			want, err := l.LargestHolders(ctx, id, height, 1000)
			if errors.Is(err, assets.ErrUnknown) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := everyHolder(t, l, id, height); !slices.EqualFunc(got, want, sameHolder) {
				t.Fatalf("%s at %d: holders %v by pages, %v by coins", id, height, got, want)
			}
			for _, limit := range []int{1, 3} {
				got, known, err := l.RankedThen(ctx, id, height, limit)
				if err != nil {
					t.Fatal(err)
				}
				if asked++; !known {
					continue
				}
				told++
				if !slices.EqualFunc(got, want[:min(limit, len(want))], sameHolder) {
					t.Fatalf("%s at %d: the first %d are %v by standings, %v by coins", id, height, limit, got, want)
				}
			}
		}
	}
	return told, asked
}

// Standings tell of every past block what its coins add up to, whatever was
// connected and undone on the way.
func TestStandingsTellThePast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(4)
		l := w.open(d)
		for range 14 {
			for range 1 + w.rnd.IntN(3) {
				connect(t, d, l, w.mine(w.rnd.IntN(9)))
			}
			w.reorg(t, d, l, min(len(w.blocks), w.rnd.IntN(3)))
		}
		told, asked := pastIsRight(t, d, l, int32(len(w.blocks)-1))
		if asked < 300 || told < asked*6/10 {
			t.Errorf("standings told %d of %d: nothing is shown", told, asked)
		}
		var standings, cut int
		row := d.Read(t.Context()).Raw("SELECT COUNT(*), COUNT(CASE WHEN left_out > 0 THEN 1 END) FROM asset_standings").Row()
		if err := row.Scan(&standings, &cut); err != nil || standings < 10 || cut < 3 {
			t.Errorf("%d standings, %d of them not whole, %v", standings, cut, err)
		}
	})
}

// A ledger that was there before standings goes on from what it has, also where
// blocks from before them are undone.
func TestAnOldLedgerLearnsStandings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(5)
		l := w.open(d)
		for range 10 {
			connect(t, d, l, w.mine(7))
		}
		const before = 41 // the version of the schema
		if err := d.MigrateTo(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		told, asked := pastIsRight(t, d, l, 9)
		if told == 0 || told > asked/2 {
			t.Errorf("%d of %d are told of the time before", told, asked)
		}
		for range 4 {
			connect(t, d, l, w.mine(7))
		}
		w.reorg(t, d, l, 7) // four of the new and three of the old
		for range 9 {
			connect(t, d, l, w.mine(7))
		}
		after, asked := pastIsRight(t, d, l, int32(len(w.blocks)-1))
		if after <= told || after > asked {
			t.Errorf("%d of %d are told later, %d before", after, asked, told)
		}
	})
}
