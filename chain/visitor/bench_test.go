package visitor_test

import (
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/chain/visitor"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// BenchmarkFeed is what an open wallet asks for after each block: 100 addresses with
// three coins each, two of them spent.
func BenchmarkFeed(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		s := visitor.New(visitor.Config{DB: d})
		var scripts [][]byte
		var coins []follow.Coin
		for i := range byte(100) {
			hash := chainhash.HashH([]byte{i})
			script := append([]byte{0x51, 0x20}, hash[:]...)
			scripts = append(scripts, script)
			for n := range uint32(3) {
				coin := follow.Coin{
					Outpoint: wire.OutPoint{Hash: hash, Index: n}, Value: 50_000, Script: script,
					Created: chain.BlockRef{Height: int32(i), Hash: hash},
				}
				if n > 0 {
					coin.Spent = &follow.Spend{Txid: hash, Block: coin.Created}
				}
				coins = append(coins, coin)
			}
		}
		if err := s.Watch(b.Context(), one, scripts, false); err != nil {
			b.Fatal(err)
		}
		if err := d.Transact(b.Context(), func(tx *gorm.DB) error { return follow.Found(tx, coins) }); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			feed, err := s.Feed(b.Context(), one)
			if err != nil || len(feed.Coins) != 300 {
				b.Fatal(len(feed.Coins), err)
			}
		}
	})
}
