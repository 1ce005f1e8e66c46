package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets/definition"
	"cairn/assets/ledger/ledgertest"
	"cairn/chain"
	"cairn/templates/asset"
)

// explorerPages are paths of the explorer by kind.
type explorerPages struct {
	kind  string
	paths []string
}

// explorerPagesOf are the pages of a seeded ledger, what is large and what is busy
// among them.
func explorerPagesOf(s *Server, seeded ledgertest.Seeded) []explorerPages {
	list := []explorerPages{
		{"list", []string{asset.ListPath, asset.ListPath + "?order=holders", asset.ListPath + "?order=age"}},
		{"busy-address", []string{asset.AddressPath(s.scriptText(seeded.Busy))}},
		{"asset", nil}, {"largest-asset", nil}, {"largest-then", nil}, {"tx", nil}, {"address", nil}, {"block", nil}, {"search", nil},
	}
	add := func(kind, path string) {
		at := slices.IndexFunc(list, func(p explorerPages) bool { return p.kind == kind })
		list[at].paths = append(list[at].paths, path)
	}
	largest := asset.Path(seeded.Assets[0].Text(chain.Devnet))
	add("largest-asset", largest)
	for _, id := range seeded.Assets[:min(len(seeded.Assets), 20)] {
		add("asset", asset.Path(id.Text(chain.Devnet)))
	}
	for i := range int32(20) {
		add("largest-then", fmt.Sprintf("%s?at=%d", largest, 1+i*(seeded.Tip.Height-1)/20))
		add("block", fmt.Sprintf("/assets/block/%d", i*seeded.Tip.Height/20))
	}
	for i := 0; i < len(seeded.Txids); i += max(1, len(seeded.Txids)/40) {
		add("tx", asset.TxPath(seeded.Txids[i].String()))
	}
	for i := 1; i < len(seeded.Scripts); i += max(1, len(seeded.Scripts)/40) {
		add("address", asset.AddressPath(s.scriptText(seeded.Scripts[i])))
		add("search", asset.ListPath+"?q=name+"+strconv.Itoa(i))
	}
	return list
}

// BenchmarkExplorerHTTP asks for the pages of assets, transactions and addresses,
// each kind alone and all by turns, of a ledger of CAIRN_BENCH_COINS colored
// outputs (20,000 by default; the goal is meant for 1,000,000: 500 pages a second,
// 99 of 100 within 50 ms). As many visitors ask as there are cores.
func BenchmarkExplorerHTTP(b *testing.B) {
	coins := 20_000
	if text := os.Getenv("CAIRN_BENCH_COINS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		coins = n
	}
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		began := time.Now()
		seeded := ledgertest.Seed(b, d, ledgertest.Shape{Coins: coins})
		b.Logf("seeded %d coins in %s", coins, time.Since(began).Round(time.Millisecond))
		definitions, err := definition.New(definition.Config{
			DB: d, Network: chain.Devnet, URL: "http://cairn.test", Fetch: nowhere{},
			Picture: func(_ context.Context, raw []byte) ([]byte, error) { return raw, nil },
			Stamp:   func(context.Context, [32]byte) error { return nil },
		})
		if err != nil {
			b.Fatal(err)
		}
		n := newFakeNotary(time.Now, 6)
		s := New(Config{
			PublicURL: "http://cairn.test", Network: chain.Devnet, Version: "bench",
			Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		}, Deps{
			Notary: n, Calendar: fakeCalendar, Engine: &fakeEngine{}, Headers: n,
			Explorer: &Explorer{Ledger: seeded.Ledger, Definitions: definitions},
		})
		defer s.Close()
		var all []string
		for _, pages := range explorerPagesOf(s, seeded) {
			b.Run(pages.kind, func(b *testing.B) { askExplorer(b, s, pages.paths) })
			if pages.kind != "largest-then" {
				all = append(all, pages.paths...)
			}
		}
		b.Run("all", func(b *testing.B) { askExplorer(b, s, all) })
	})
}

// askExplorer asks for pages by turns, from every core.
func askExplorer(b *testing.B, handler http.Handler, paths []string) {
	var turn atomic.Int64
	var mu sync.Mutex
	var took []time.Duration // guarded by mu
	b.SetParallelism(1)
	b.RunParallel(func(pb *testing.PB) {
		var mine []time.Duration
		for pb.Next() {
			i := turn.Add(1)
			path := paths[int(i)%len(paths)]
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, path, nil)
			// Limits are by address, and are not what is measured.
			r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", i>>16&255, i>>8&255, i&255)
			began := time.Now()
			handler.ServeHTTP(w, r)
			mine = append(mine, time.Since(began))
			if w.Code != http.StatusOK && w.Code != http.StatusNotFound {
				b.Errorf("%s: %d", path, w.Code)
				return
			}
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, mine...)
	})
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "pages/s")
}
