package calendar_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/calendar/calendartest"
)

// numbered is a digest that is made from a number again.
func numbered(n uint64) (d notary.Digest) {
	source := rand.NewPCG(n, 7)
	for i := 0; i < len(d); i += 8 {
		binary.LittleEndian.PutUint64(d[i:], source.Uint64())
	}
	return d
}

// fill keeps digests numbered first to first+n-1 in whole batches, a few at a
// time, and returns how long each took.
func fill(b *testing.B, c *calendar.Calendar, first, n uint64) []time.Duration {
	b.Helper()
	var next atomic.Uint64
	next.Store(first)
	var mu sync.Mutex
	var times []time.Duration
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for {
				at := next.Add(notary.MaxBatch) - notary.MaxBatch
				if at >= first+n {
					return
				}
				digests := make([]notary.Digest, notary.MaxBatch)
				for i := range digests {
					digests[i] = numbered(at + uint64(i))
				}
				began := time.Now()
				if _, err := c.KeepMany(context.Background(), notary.BatchID{}, digests); err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				times = append(times, time.Since(began))
				mu.Unlock()
			}
		})
	}
	work.Wait()
	slices.Sort(times)
	return times
}

// BenchmarkKeepMany keeps batches of 10,000 digests, four callers at a time.
// Target on 2 cores: ≥ 50,000 digests/s.
func BenchmarkKeepMany(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		c, _ := open(b, d)
		cpu := calendartest.CPU()
		b.ResetTimer()
		times := fill(b, c, 0, uint64(b.N)*notary.MaxBatch)
		b.StopTimer()
		cpu = calendartest.CPU() - cpu
		digests := float64(b.N) * notary.MaxBatch
		b.ReportMetric(digests/b.Elapsed().Seconds(), "digests/s")
		b.ReportMetric(float64(cpu.Microseconds())/digests, "cpu-µs/digest")
		b.ReportMetric(calendartest.Percentile(times, 50), "p50-ms")
		b.ReportMetric(calendartest.Percentile(times, 99), "p99-ms")
	})
}

// BenchmarkLookup finds random digests among 10,000,000 (or what
// CAIRN_BENCH_DIGESTS says), kept by batches while the index is tidied. The
// kernel is asked to forget the files first, so that the first looks read the
// disk. It runs once whatever -benchtime says: some minutes. Target: ≤ 5 ms.
func BenchmarkLookup(b *testing.B) {
	total := uint64(10_000_000)
	if said := os.Getenv("CAIRN_BENCH_DIGESTS"); said != "" {
		n, err := strconv.ParseUint(said, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		total = n
	}
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) { benchmarkLookup(b, d, total) })
}

func benchmarkLookup(b *testing.B, d *db.DB, total uint64) {
	c, journal := open(b, d)
	ctx, cancel := context.WithCancel(b.Context())
	tidied := make(chan error, 1)
	go func() { tidied <- journal.Tidy(ctx) }()
	began := time.Now()
	fill(b, c, 0, total)
	filled := time.Since(began)
	b.ReportMetric(float64(total)/filled.Seconds(), "fill-digests/s")
	b.ReportMetric(heap(), "heap-MB")
	b.ReportMetric(resident(b), "rss-MB")

	dropCache(b)
	for _, name := range []string{"cold", "warm"} {
		cpu := calendartest.CPU()
		times := lookUp(b, journal, 0, total, true)
		cpu = calendartest.CPU() - cpu
		b.ReportMetric(float64(cpu.Microseconds())/float64(len(times)), name+"-cpu-µs/look")
		slices.Sort(times)
		b.ReportMetric(calendartest.Percentile(times, 50), name+"-p50-ms")
		b.ReportMetric(calendartest.Percentile(times, 99), name+"-p99-ms")
	}
	unknown := lookUp(b, journal, total, total, false)
	slices.Sort(unknown)
	b.ReportMetric(calendartest.Percentile(unknown, 99), "unknown-p99-ms")
	var runs int64
	if err := d.Read(b.Context()).Raw("SELECT count(*) FROM index_runs WHERE state = 1").Scan(&runs).Error; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(runs), "runs")
	cancel()
	if err := <-tidied; err != nil {
		b.Fatal(err)
	}
}

// lookUp times looks at random digests numbered first to first+n-1.
func lookUp(b *testing.B, journal *calendar.Journal, first, n uint64, known bool) []time.Duration {
	b.Helper()
	const looks = 10_000
	times := make([]time.Duration, 0, looks)
	for range looks {
		digest := numbered(first + rand.Uint64N(n))
		began := time.Now()
		_, err := journal.Receipt(context.Background(), digest)
		times = append(times, time.Since(began))
		if (err == nil) != known {
			b.Fatalf("%s: %v", digest, err)
		}
	}
	return times
}

// dropCache asks the kernel to forget files, where it may be asked.
func dropCache(b *testing.B) {
	b.Helper()
	if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
		b.Log("the kernel's cache stays:", err)
	}
}
