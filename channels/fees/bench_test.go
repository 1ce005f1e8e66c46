package fees

import (
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

// What a quote costs beside the node's own time, and a settlement.
func BenchmarkQuoteAndSettle(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		w := newWorld(b, d, nil)
		b.Run("quote", func(b *testing.B) {
			for b.Loop() {
				w.ask("ann")
			}
		})
		b.Run("quote side by side", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := w.Quote(b.Context(), Request{What: "x", Price: price, Expiry: time.Hour}); err != nil {
						b.Error(err)
					}
				}
			})
		})
		b.Run("settle", func(b *testing.B) {
			var quotes []Quote
			for range b.N {
				quotes = append(quotes, w.ask("ann"))
			}
			var next atomic.Int64
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					st, ok := w.node.pay(quotes[next.Add(1)-1].InvoiceHash, price)
					if !ok {
						b.Error("not paid")
					}
					if err := w.Settle(b.Context(), st); err != nil {
						b.Error(err)
					}
				}
			})
		})
	})
}
