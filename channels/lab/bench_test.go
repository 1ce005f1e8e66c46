package lab

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/channels/lab/line"

	"github.com/btcsuite/btcd/btcutil"
)

// Payments between real nodes, each in a process of its own, over one channel
// and over four: one after another (ms/op is a payment's time), and 20 at a time
// (payments/s). Run it on a quiet machine:
//
//	go test ./channels/lab -run xxx -bench Payments -benchtime 5s
func BenchmarkPayments(b *testing.B) {
	f := openFive(b, FiveConfig{Config: testConfig(b), Plain: true})
	for _, way := range []struct {
		name string
		to   line.Who
	}{{"1 hop", line.Bob}, {"4 hops", line.Eric}} {
		b.Run(way.name+" one by one", func(b *testing.B) {
			for b.Loop() {
				benchPay(b.Context(), b, f, way.to)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/payment")
		})
		b.Run(way.name+" 20 at a time", func(b *testing.B) {
			began := time.Now()
			var left atomic.Int64
			left.Store(int64(b.N))
			var payers sync.WaitGroup
			for range 20 {
				payers.Go(func() {
					for left.Add(-1) >= 0 {
						benchPay(b.Context(), b, f, way.to)
					}
				})
			}
			payers.Wait()
			b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "payments/s")
		})
	}
}

// benchPay pays 1,000 sat from Alice.
func benchPay(ctx context.Context, b *testing.B, f *Five, to line.Who) {
	const each btcutil.Amount = 1000
	invoice, err := f.parties[to].Invoice(ctx, each)
	if err != nil {
		b.Error(err)
		return
	}
	if _, err := f.parties[line.Alice].Pay(ctx, invoice, 3*line.HopFee); err != nil {
		b.Error(err)
	}
}
