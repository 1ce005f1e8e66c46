package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets/definition"
	"cairn/assets/ledger/ledgertest"
	"cairn/chain"
	"cairn/templates/asset"
)

// BenchmarkExplorerHTTP asks for the pages of assets, transactions and addresses by
// turns, of a ledger of CAIRN_BENCH_COINS colored outputs (20,000 by default; the
// goal is meant for 1,000,000: 500 pages a second, 99 of 100 within 50 ms).
func BenchmarkExplorerHTTP(b *testing.B) {
	coins := 20_000
	if text := os.Getenv("CAIRN_BENCH_COINS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		coins = n
	}
	d := dbtest.Open(b, db.SQLite)
	seeded := ledgertest.Seed(b, d, ledgertest.Shape{Coins: coins})
	definitions, err := definition.New(definition.Config{
		DB: d, Network: chain.Devnet, URL: "http://cairn.test", Fetch: nowhere{},
		Picture: func(_ context.Context, raw []byte) ([]byte, error) { return raw, nil },
		Stamp:   func(context.Context, [32]byte) error { return nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	n := newFakeNotary(time.Now, 6)
	s := New(Config{PublicURL: "http://cairn.test", Network: chain.Devnet, Now: time.Now}, Deps{
		Notary: n, Calendar: fakeCalendar, Engine: &fakeEngine{}, Headers: n,
		Explorer: &Explorer{Ledger: seeded.Ledger, Definitions: definitions},
	})
	defer s.Close()
	paths := []string{asset.ListPath, asset.AddressPath(s.scriptText(seeded.Busy))}
	for _, id := range seeded.Assets[:min(len(seeded.Assets), 20)] {
		paths = append(paths, asset.Path(id.Text(chain.Devnet)))
	}
	for i, txid := range seeded.Txids {
		if i < 40 {
			paths = append(paths, asset.TxPath(txid.String()))
		}
	}
	for i, script := range seeded.Scripts {
		if i < 40 {
			paths = append(paths, asset.AddressPath(s.scriptText(script)))
		}
	}
	handler := s.HTTP().Handler
	took := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		began := time.Now()
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, paths[i%len(paths)], nil)
		// Limits are by address, and are not what is measured.
		r.RemoteAddr = "10." + strconv.Itoa(i>>16&255) + "." + strconv.Itoa(i>>8&255) + "." + strconv.Itoa(i&255) + ":1"
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("%s: %d", paths[i%len(paths)], w.Code)
		}
		took = append(took, time.Since(began))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}
