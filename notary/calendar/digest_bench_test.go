package calendar_test

import (
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/calendar"
	"cairn/notary/calendar/calendartest"
)

const benchConnections = 256

// listen serves a calendar on loopback until the benchmark ends.
func listen(b *testing.B, d *db.DB) (addr string) {
	b.Helper()
	c, journal := open(b, d)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: calendar.NewHandler(c, journal, &fixedAnchors{})}
	go server.Serve(listener)
	b.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

// BenchmarkDigestHTTP posts digests over loopback on 256 connections and
// counts those answered, which are those on disk. The load generator runs in
// the same process. Target on 2 cores: ≥ 20,000 digests/s, p99 ≤ 50 ms.
func BenchmarkDigestHTTP(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		addr := listen(b, d)
		var left atomic.Int64
		left.Store(int64(b.N))
		b.ReportAllocs()
		cpu := calendartest.CPU()
		b.ResetTimer()
		times, err := calendartest.Load(addr, benchConnections, func(c *calendartest.Client, random *rand.Rand) (bool, error) {
			if left.Add(-1) < 0 {
				return false, nil
			}
			digest := calendartest.RandomDigest(random)
			_, err := c.Post("/digest", &digest)
			return true, err
		})
		b.StopTimer()
		cpu = calendartest.CPU() - cpu
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "digests/s")
		b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/digest")
		b.ReportMetric(calendartest.Percentile(times, 50), "p50-ms")
		b.ReportMetric(calendartest.Percentile(times, 99), "p99-ms")
		reportCommits(b, d)
	})
}

// reportCommits says how many bytes of journal one digest costs.
func reportCommits(b *testing.B, d *db.DB) {
	b.Helper()
	head, digests, err := calendar.Head(d.Read(b.Context()))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(digests)/float64(head), "digests/commit")
}

// BenchmarkMemoryFlat posts 2,000,000 digests and reports the heap after a
// collection at the begin, half way and at the end, and the resident memory of
// the whole process with the load generator. The heap must not grow with the
// digests. It runs once whatever -benchtime says; about two minutes.
func BenchmarkMemoryFlat(b *testing.B) {
	const half = 1_000_000
	d := dbtest.Open(b, db.SQLite)
	addr := listen(b, d)
	run := func(n int64) {
		var left atomic.Int64
		left.Store(n)
		_, err := calendartest.Load(addr, benchConnections, func(c *calendartest.Client, random *rand.Rand) (bool, error) {
			digest := calendartest.RandomDigest(random)
			_, err := c.Post("/digest", &digest)
			return left.Add(-1) > 0, err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	run(20_000) // warm up
	begin := heap()
	run(half)
	middle := heap()
	run(half)
	end := heap()
	b.ReportMetric(begin, "heap-begin-MB")
	b.ReportMetric(middle, "heap-1M-MB")
	b.ReportMetric(end, "heap-2M-MB")
	b.ReportMetric(resident(b), "rss-MB")
	if end > begin+8 {
		b.Errorf("the heap grew from %.1f MB to %.1f MB", begin, end)
	}
}

// heap is what lives after a collection, in MB.
func heap() float64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// resident is VmRSS of this process in MB.
func resident(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // no /proc on this system
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1000
		}
	}
	return 0
}
