package web

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	randv2 "math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/notary"
	"cairn/notary/calendar/calendartest"
)

// BenchmarkBulkHTTP posts batches of 10,000 digests as NDJSON over loopback,
// four connections at a time, to a whole site over a real notary; an answer
// means that they are on disk. The load generator runs in the same process.
// Target on 2 cores: ≥ 50,000 digests/s.
func BenchmarkBulkHTTP(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		n := newFakeNotary(time.Now, 6)
		s := New(Config{
			PublicURL: "http://cairn.test", Network: chain.Devnet, Version: "bench", Now: time.Now, Rand: rand.Reader,
			Log: slog.New(slog.DiscardHandler),
		}, Deps{Notary: n, Calendar: fakeCalendar, Engine: &fakeEngine{}, Headers: n, API: realAPI(b, d)})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		server := s.HTTP()
		go server.Serve(listener)
		b.Cleanup(func() { server.Close() })

		var left atomic.Int64
		left.Store(int64(b.N))
		var mu sync.Mutex
		var times []time.Duration
		cpu := calendartest.CPU()
		b.ResetTimer()
		var work sync.WaitGroup
		for i := range 4 {
			work.Go(func() {
				source := randv2.New(randv2.NewPCG(uint64(i), uint64(time.Now().UnixNano())))
				body := randomLines(source)
				for left.Add(-1) >= 0 {
					renew(body, source)
					began := time.Now()
					response, err := http.Post("http://"+listener.Addr().String()+"/api/v1/stamps", asNDJSON, bytes.NewReader(body))
					if err != nil {
						b.Error(err)
						return
					}
					_, err = io.Copy(io.Discard, response.Body)
					response.Body.Close()
					if err != nil || response.StatusCode != http.StatusCreated {
						b.Errorf("answered %d, %v", response.StatusCode, err)
						return
					}
					mu.Lock()
					times = append(times, time.Since(began))
					mu.Unlock()
				}
			})
		}
		work.Wait()
		b.StopTimer()
		cpu = calendartest.CPU() - cpu
		digests := float64(b.N) * notary.MaxBatch
		b.ReportMetric(digests/b.Elapsed().Seconds(), "digests/s")
		b.ReportMetric(float64(cpu.Microseconds())/digests, "cpu-µs/digest")
		b.ReportMetric(calendartest.Percentile(sorted(times), 50), "p50-ms")
		b.ReportMetric(calendartest.Percentile(times, 99), "p99-ms")
	})
}

const lineLength = len(`{"digest":""}`) + 64 + 1

// randomLines is the body of a batch, to be renewed.
func randomLines(source *randv2.Rand) []byte {
	body := bytes.Repeat([]byte(`{"digest":"`+string(bytes.Repeat([]byte{'0'}, 64))+"\"}\n"), notary.MaxBatch)
	renew(body, source)
	return body
}

// renew writes other digests into a body.
func renew(body []byte, source *randv2.Rand) {
	for at := len(`{"digest":"`); at < len(body); at += lineLength {
		d := calendartest.RandomDigest(source)
		hex.Encode(body[at:at+64], d[:])
	}
}

func sorted(times []time.Duration) []time.Duration {
	slices.Sort(times)
	return times
}
