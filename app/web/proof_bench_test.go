package web

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/notary"
	"cairn/notary/calendar/calendartest"
)

const (
	benchProofs      = 12_000
	benchConnections = 64
)

// BenchmarkProofHTTP asks for random proof pages, of 12,000 in every stage,
// over loopback on 64 connections; the load generator runs in the same
// process. Target on 2 cores: ≥ 2,000/s, p99 ≤ 50 ms. "gzip" asks as browsers
// do.
func BenchmarkProofHTTP(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		world := newPaperWorld(b, d)
		digests := world.proofs(benchProofs)
		addr := serveBench(b, world)
		for _, encoding := range []string{"plain", "gzip"} {
			header := ""
			if encoding == "gzip" {
				header = "Accept-Encoding: gzip\r\n"
			}
			b.Run(encoding, func(b *testing.B) { benchmarkPages(b, addr, header, digests) })
		}
	})
}

// serveBench serves the pages over the paper world until the benchmark ends.
func serveBench(b *testing.B, w *paperWorld) (addr string) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := New(Config{
		PublicURL: "http://" + listener.Addr().String(), Network: chain.Mainnet,
		Version: "bench", Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}, Deps{
		Notary: w.service, Finder: w.service, Calendar: fakeCalendar, Headers: newFakeNotary(time.Now, 6),
		Engine: &fakeEngine{chain.EngineStatus{Phase: chain.EngineReady}},
	})
	server := s.HTTP()
	go server.Serve(listener) //nolint:errcheck
	b.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

func benchmarkPages(b *testing.B, addr, header string, digests []notary.Digest) {
	var left, size atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	cpu := calendartest.CPU()
	b.ResetTimer()
	times, err := calendartest.Load(addr, benchConnections, func(c *calendartest.Client, random *mathrand.Rand) (bool, error) {
		if left.Add(-1) < 0 {
			return false, nil
		}
		page, err := c.GetWith("/proof/"+digests[random.IntN(len(digests))].String(), header)
		size.Store(int64(len(page)))
		return true, err
	})
	b.StopTimer()
	cpu = calendartest.CPU() - cpu
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/page")
	b.ReportMetric(calendartest.Percentile(times, 50), "p50-ms")
	b.ReportMetric(calendartest.Percentile(times, 99), "p99-ms")
	b.ReportMetric(float64(size.Load()), "bytes/page")
}

// The paper world is what the benchmark says it is: proofs in every stage,
// each of which has a page.
func TestPaperWorld(t *testing.T) {
	w := newPaperWorld(t, dbtest.Open(t, db.SQLite))
	seen := map[notary.Stage]int{}
	for _, d := range w.proofs(120) {
		proof, err := w.service.Proof(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		seen[proof.Stage]++
	}
	want := map[notary.Stage]int{
		notary.StageComplete: 90, notary.StageConfirming: 10, notary.StageBroadcast: 10, notary.StageStored: 10,
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", seen, want)
	}
}
