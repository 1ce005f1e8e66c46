package voucher

import (
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

// BenchmarkRedeem is what a till waits for: a voucher is looked at, planned,
// signed by its bearer and booked, durably.
func BenchmarkRedeem(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		units := make([]int64, 20)
		for i := range units {
			units[i] = 2_000_000
		}
		w := newWorld(b, d)
		_, list := w.issued(plain(), units...)
		w.mine(1)
		for i := 0; b.Loop(); i++ {
			v := list[i%len(list)]
			if _, err := w.service.Look(b.Context(), v.Name); err != nil {
				b.Fatal(err)
			}
			if _, err := w.tryRedeem(w.till, v, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
}
