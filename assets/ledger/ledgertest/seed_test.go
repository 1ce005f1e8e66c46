package ledgertest_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets/ledger"
	"cairn/assets/ledger/ledgertest"
)

func TestSeed(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := ledgertest.Seed(t, d, ledgertest.Shape{Coins: 12_000})
	ctx := t.Context()
	list, _, err := s.Ledger.Assets(ctx, ledger.Query{Order: ledger.ByHolders}, ledger.Page{})
	if err != nil || len(list) < 5 || list[0].ID != s.Assets[0] || list[0].Holders < 400 || list[0].Transfers < 50 {
		t.Fatalf("%d assets, %+v, %v", len(list), list[:min(1, len(list))], err)
	}
	if list[0].Supply != list[0].Issued || list[0].Supply < 4_000 || list[0].Burnt != 0 {
		t.Errorf("%+v", list[0])
	}
	held, _, err := s.Ledger.Holders(ctx, s.Assets[0], ledger.Newest, ledger.Page{Limit: 5})
	if err != nil || len(held) != 5 || string(held[0].Script) != string(s.Busy) || held[0].Units <= held[1].Units {
		t.Errorf("%+v, %v", held, err)
	}
	if _, err := s.Ledger.Transaction(ctx, s.Txids[7]); err != nil {
		t.Error(err)
	}
}

// The questions of the explorer's pages, on a hundred thousand coins or as many as
// CAIRN_SEED says.
func BenchmarkQueries(b *testing.B) {
	coins := 100_000
	if n, err := strconv.Atoi(os.Getenv("CAIRN_SEED")); err == nil {
		coins = n
	}
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		began := time.Now()
		s := ledgertest.Seed(b, d, ledgertest.Shape{Coins: coins})
		b.Logf("seeded %d coins in %s", coins, time.Since(began).Round(time.Millisecond))
		ctx, l, first := b.Context(), s.Ledger, s.Assets[0]
		for _, q := range []struct {
			name string
			ask  func(n int) error
		}{
			{"asset", func(int) error { _, err := l.Asset(ctx, first, ledger.Newest); return err }},
			{"asset-then", func(n int) error { _, err := l.Asset(ctx, first, 1+int32(n)%s.Tip.Height); return err }},
			{"assets", func(int) error { _, _, err := l.Assets(ctx, ledger.Query{}, ledger.Page{Limit: 20}); return err }},
			{"holders", func(int) error { _, _, err := l.Holders(ctx, first, ledger.Newest, ledger.Page{Limit: 20}); return err }},
			{"transfers", func(int) error {
				_, _, err := l.Transfers(ctx, first, ledger.Newest, ledger.Page{Limit: 20})
				return err
			}},
			{"supply", func(int) error { _, err := l.Supply(ctx, first, ledger.Newest, 60); return err }},
			{"tx", func(n int) error { _, err := l.Transaction(ctx, s.Txids[n%len(s.Txids)]); return err }},
			{"address", func(n int) error {
				script := s.Scripts[n%len(s.Scripts)]
				if _, err := l.Balances(ctx, script); err != nil {
					return err
				}
				_, _, err := l.AddressHistory(ctx, script, ledger.Page{Limit: 20})
				return err
			}},
			{"address-busy", func(int) error { _, _, err := l.AddressHistory(ctx, s.Busy, ledger.Page{Limit: 20}); return err }},
			{"coins", func(n int) error {
				_, err := l.Coins(ctx, [][]byte{s.Scripts[1+n%(len(s.Scripts)-1)]})
				return err
			}},
		} {
			b.Run(q.name, func(b *testing.B) {
				n := 0
				for b.Loop() {
					if err := q.ask(n); err != nil {
						b.Fatal(err)
					}
					n++
				}
			})
		}
	})
}
