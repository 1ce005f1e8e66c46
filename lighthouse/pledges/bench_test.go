package pledges

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/lighthouse/contract"
)

// Submissions with real signatures, durable when the call returns, by 32 visitors
// at a time. 1,000 to each campaign, as many as a claim may hold.
func BenchmarkSubmit(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		const each = 1_000
		w, l := newPaper(b, d)
		submissions := make([]Submission, b.N)
		for i := range submissions {
			c := newCampaign(b, fmt.Sprint("bench ", i/each), 10_000, 20_000_000)
			w.campaigns.set(c)
			name := fmt.Sprint(i)
			from := newBacker(b, name, contract.P2WPKH, 20_000, c)
			l.add(from, name)
			submissions[i] = w.submission(from, c)
		}
		var next atomic.Int64
		var wait sync.WaitGroup
		b.ResetTimer()
		for range 32 {
			wait.Go(func() {
				for {
					i := int(next.Add(1)) - 1
					if i >= len(submissions) {
						return
					}
					if _, _, err := w.Submit(b.Context(), submissions[i]); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wait.Wait()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pledges/s")
	})
}

// What a page asks for of a campaign with 1,700 pledges: nothing has changed
// since the last visitor, and something has.
func BenchmarkProgress(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		c := newCampaign(b, "bench", 10_000, 17_000_000)
		w, l := newPaper(b, d, c)
		for i := range 1_700 {
			name := fmt.Sprint(i)
			from := newBacker(b, name, contract.P2TR, 12_000, c)
			l.add(from, name)
			w.submit(from, c)
		}
		b.Run("known", func(b *testing.B) {
			for b.Loop() {
				w.progressOf(c)
			}
		})
		b.Run("changed", func(b *testing.B) {
			for b.Loop() {
				clear(w.reached.of)
				w.progressOf(c)
			}
		})
	})
}
