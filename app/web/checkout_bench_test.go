package web

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/channels/fees"
	"cairn/notary"
	"cairn/notary/calendar/calendartest"
)

const (
	benchQuotes  = 300
	benchBuyers  = 64 // connections
	benchWatched = 100
)

// benchTill is a till over a database, and the pages over it, until the
// benchmark ends.
func benchTill(b *testing.B, d *db.DB) (till *fakeTill, addr string) {
	b.Helper()
	till = newFakeTill(d, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { till.Run(ctx); close(ran) }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	n := newFakeNotary(time.Now, 6)
	s := New(Config{
		PublicURL: "http://" + listener.Addr().String(), Network: chain.Mainnet,
		Version: "bench", Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}, Deps{
		Notary: n, Calendar: fakeCalendar, Headers: n, Engine: &fakeEngine{chain.EngineStatus{Phase: chain.EngineReady}}, Till: till,
	})
	server := s.HTTP()
	go server.Serve(listener) //nolint:errcheck
	b.Cleanup(func() {
		server.Close()
		s.Close()
		cancel()
		<-ran
	})
	return till, listener.Addr().String()
}

// BenchmarkCheckoutHTTP asks for the pages of 300 quotes that wait for their
// payment, as browsers do, over loopback on 64 connections; the load generator
// runs in the same process. Target on 2 cores: ≥ 500/s.
func BenchmarkCheckoutHTTP(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		till, addr := benchTill(b, d)
		quotes := make([]fees.Quote, benchQuotes)
		for i := range quotes {
			q, err := till.sold(b.Context(), notary.Digest{byte(i), byte(i >> 8)}.String(), "")
			if err != nil {
				b.Fatal(err)
			}
			quotes[i] = q
		}
		var left, size atomic.Int64
		left.Store(int64(b.N))
		cpu := calendartest.CPU()
		b.ResetTimer()
		times, err := calendartest.Load(addr, benchBuyers, func(c *calendartest.Client, random *mathrand.Rand) (bool, error) {
			if left.Add(-1) < 0 {
				return false, nil
			}
			page, err := c.GetWith(payPath(quotes[random.IntN(len(quotes))].ID), "Accept-Encoding: gzip\r\n")
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
	})
}

// BenchmarkSettleToPage measures from the node's word that an invoice is
// settled to the receipt at the browser, while 100 other checkouts are open.
// Target: ≤ 300 ms.
func BenchmarkSettleToPage(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		till, addr := benchTill(b, d)
		open := func(source net.IP) (fees.Quote, *bufio.Scanner) {
			b.Helper()
			q, err := till.sold(b.Context(), notary.Digest{1}.String(), "")
			if err != nil {
				b.Fatal(err)
			}
			dial := net.Dialer{LocalAddr: &net.TCPAddr{IP: source}}
			client := &http.Client{Transport: &http.Transport{DialContext: dial.DialContext}}
			answer, err := client.Get("http://" + addr + payPath(q.ID) + "/events")
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				answer.Body.Close()
				client.CloseIdleConnections()
			})
			lines := bufio.NewScanner(answer.Body)
			lines.Buffer(nil, 1<<20)
			if _, _, data := event(lines); !strings.Contains(data, `class="qr"`) {
				b.Fatalf("first event: %s", data)
			}
			return q, lines
		}
		for i := range benchWatched { // an address takes twenty streams
			open(net.IPv4(127, 0, 1, byte(i/10)))
		}
		var times []time.Duration
		b.ResetTimer()
		for i := range b.N {
			b.StopTimer()
			q, lines := open(net.IPv4(127, 0, 2, byte(i%250)))
			b.StartTimer()
			began := time.Now()
			if err := till.Pay(b.Context(), q.Invoice); err != nil {
				b.Fatal(err)
			}
			for {
				if _, name, data := event(lines); strings.Contains(data, "Paid. Thank you.") {
					break
				} else if name == "end" {
					b.Fatal("the stream ended before the payment showed")
				}
			}
			times = append(times, time.Since(began))
			b.StopTimer()
			if _, err := till.Use(b.Context(), fees.Use{ID: q.ID, For: fmt.Sprint("bench/", q.ID)}); err != nil {
				b.Fatal(err) // its stream ends
			}
			b.StartTimer()
		}
		b.StopTimer()
		slices.Sort(times)
		b.ReportMetric(calendartest.Percentile(times, 50), "p50-ms")
		b.ReportMetric(calendartest.Percentile(times, 99), "p99-ms")
	})
}
