package tlog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/calendar/calendartest"
	"cairn/notary/tlog/audit"
	"cairn/notary/tlog/format"

	"gorm.io/gorm"
)

// BenchmarkSequence puts 100,000 commitments that wait into the log.
func BenchmarkSequence(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		const n = 100_000
		w := newWorld(b, d)
		var cpu time.Duration
		for b.Loop() {
			b.StopTimer()
			w.fill(n)
			began := calendartest.CPU()
			b.StartTimer()
			w.sequence()
			cpu += calendartest.CPU() - began
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		b.ReportMetric(float64(cpu.Nanoseconds())/1000/n/float64(b.N), "cpu-µs/entry")
	})
}

// BenchmarkTileHTTP reads tiles that were asked for before over loopback on 64 connections; the load
// generator runs in the same process.
func BenchmarkTileHTTP(b *testing.B) {
	w := newWorld(b, dbtest.Open(b, db.SQLite))
	w.fill(70_000)
	w.sequence()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: w.service.Files()}
	go server.Serve(listener)
	b.Cleanup(func() { server.Close() })
	for _, t := range format.TilesAt(0, 70_000, 0) {
		if _, err := w.service.Tile(b.Context(), t); err != nil {
			b.Fatal(err)
		}
	}
	for _, test := range []struct {
		name string
		path func(i int64) string
	}{
		{"tiles", func(i int64) string { return format.Tile{N: i % 273, W: 256}.Path() }},
		{"checkpoint", func(int64) string { return "checkpoint" }},
	} {
		b.Run(test.name, func(b *testing.B) {
			cpu := calendartest.CPU()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					conn, err := net.Dial("tcp", listener.Addr().String())
					if err != nil {
						b.Error(err)
						return
					}
					defer conn.Close()
					reader := bufio.NewReaderSize(conn, 16<<10)
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						fmt.Fprintf(conn, "GET /log/%s HTTP/1.1\r\nHost: x\r\n\r\n", test.path(i))
						if err := skipAnswer(reader); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			cpu = calendartest.CPU() - cpu
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
			b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/answer")
		})
	}
}

// skipAnswer reads an answer of status 200 with a length.
func skipAnswer(r *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := r.ReadString('\n')
		switch {
		case err != nil:
			return err
		case first && !strings.HasPrefix(line, "HTTP/1.1 200"):
			return errors.New(line)
		case line == "\r\n":
			_, err := io.CopyN(io.Discard, r, int64(length))
			return err
		}
		if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
	}
}

// BenchmarkVerify audits a log of 1,000,000 entries over loopback, everything
// and then what is new of it; the server runs in the same process. peak-MB is
// the most memory that the process has had resident.
func BenchmarkVerify(b *testing.B) {
	const n = 1_000_000
	w := newWorld(b, dbtest.Open(b, db.SQLite))
	err := w.db.Transact(b.Context(), func(tx *gorm.DB) error {
		return errors.Join(
			tx.Exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)
				INSERT INTO commitments SELECT i, 1700000000 + i / 8, randomblob(32), randomblob(8), 1 FROM c`, n).Error,
			tx.Exec("UPDATE calendar_head SET seq = ?, digests = ?", n, n).Error)
	})
	if err != nil {
		b.Fatal(err)
	}
	w.sequence()
	dir := b.TempDir()
	server := http.Server{Handler: w.service.Files()}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go server.Serve(listener)
	b.Cleanup(func() { server.Close() })
	source, err := audit.NewServer("http://"+listener.Addr().String(), time.Minute, 8)
	if err != nil {
		b.Fatal(err)
	}
	// The copy is a log without the server's work.
	mirrored, err := audit.Mirror(b.Context(), audit.Config{Source: source}, dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name string
		cfg  audit.Config
	}{
		{"server", audit.Config{Source: source}},
		{"copy", audit.Config{Source: audit.Folder(dir)}},
		{"again", audit.Config{Source: source, State: mirrored.State}},
	} {
		b.Run(test.name, func(b *testing.B) {
			runtime.GC()
			cpu := calendartest.CPU()
			for b.Loop() {
				// Without anchors all entries since the last one are read again,
				// so the second look pretends that all have theirs.
				if test.cfg.State != nil {
					test.cfg.State.Anchored = n
				}
				result, err := audit.Verify(b.Context(), test.cfg)
				if err != nil || result.Checkpoint.Size != n {
					b.Fatal(err)
				}
			}
			cpu = calendartest.CPU() - cpu
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
			b.ReportMetric(peakMB(b), "peak-MB")
		})
	}
}

// peakMB is the process's own account (Linux).
func peakMB(b *testing.B) float64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(value)[0])
			return float64(kb) / 1000
		}
	}
	return 0
}
