package tsa_test

import (
	"context"
	"crypto"
	"encoding/binary"
	"sync/atomic"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar/calendartest"

	"github.com/digitorus/timestamp"
)

// BenchmarkTokens answers queries about new digests, 64 at once: each token is
// signed, stored, and kept in the calendar with its imprint.
func BenchmarkTokens(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		a := open(b, d)
		var next atomic.Uint64
		parallel(b, "tokens/s", func() error {
			query, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: numbered(next.Add(1)), Certificates: true}).Marshal()
			if err != nil {
				return err
			}
			_, err = a.Answer(context.Background(), query)
			return err
		})
	})
}

// BenchmarkStamp stamps digests one at a time, 64 at once, with and without an
// authority beside the calendar: the difference is what tokens cost.
func BenchmarkStamp(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		a := open(b, d)
		for name, witness := range map[string]notary.Witness{"alone": nil, "with-token": a.Authority} {
			service := notary.New(notary.Config{Calendar: a.calendar, Anchors: ledger(d), Witness: witness})
			var next atomic.Uint64
			next.Store(uint64(len(name)) << 40)
			b.Run(name, func(b *testing.B) {
				parallel(b, "stamps/s", func() error {
					_, err := service.Stamp(context.Background(), notary.Digest(numbered(next.Add(1))))
					return err
				})
			})
		}
	})
}

// BenchmarkSign makes tokens alone.
func BenchmarkSign(b *testing.B) {
	a := open(b, dbtest.Open(b, db.SQLite))
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Sign(numbered(1)); err != nil {
			b.Fatal(err)
		}
	}
}

func numbered(n uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 24, 32), n)
}

func parallel(b *testing.B, unit string, work func() error) {
	b.ReportAllocs()
	b.SetParallelism(32)
	cpu := calendartest.CPU()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := work(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	cpu = calendartest.CPU() - cpu
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), unit)
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/op")
}
