package anchor

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/calendar"
	"cairn/notary/calendar/calendartest"
)

// BenchmarkTimestampHTTP asks for complete proofs of random commitments, of
// 20,000 in an anchor, over loopback on 64 connections. The load generator
// runs in the same process. Target on 2 cores: ≥ 10,000/s.
func BenchmarkTimestampHTTP(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(string(dialect), func(b *testing.B) { benchmarkTimestamps(b, dbtest.Open(b, dialect)) })
	}
}

func benchmarkTimestamps(b *testing.B, d *db.DB) {
	const commitments = 20_000
	w := newWorld(b, d, 1)
	fillJournal(b, d, commitments)
	w.step()
	w.send()
	w.mine(1)
	entries, err := calendar.Range(d.Read(b.Context()), 1, commitments, commitments)
	if err != nil || len(entries) != commitments {
		b.Fatalf("%d entries, %v", len(entries), err)
	}
	paths := make([]string, len(entries))
	for i, e := range entries {
		paths[i] = "/timestamp/" + e.Commitment.String()
	}
	server := httptest.NewServer(http.Handler(calendar.NewHandler(w.calendar, w.journal, w.ledger)))
	defer server.Close()

	var left, size atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	cpu := calendartest.CPU()
	b.ResetTimer()
	times, err := calendartest.Load(server.Listener.Addr().String(), 64, func(c *calendartest.Client, random *rand.Rand) (bool, error) {
		if left.Add(-1) < 0 {
			return false, nil
		}
		body, err := c.Get(paths[random.IntN(len(paths))])
		size.Store(int64(len(body)))
		return true, err
	})
	b.StopTimer()
	cpu = calendartest.CPU() - cpu
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "proofs/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/proof")
	b.ReportMetric(calendartest.Percentile(times, 50), "p50-ms")
	b.ReportMetric(calendartest.Percentile(times, 99), "p99-ms")
	b.ReportMetric(float64(size.Load()), "bytes/proof")
}
