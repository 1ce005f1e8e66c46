package ledger_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// What a block costs in the database: one with 100 transactions of which most
// move units, and a full one of mainnet (481815, without what it does to assets)
// of which none does.
func BenchmarkConnect(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		b.Run("coloured", func(b *testing.B) {
			w := newWorld(9)
			for range 30 {
				w.mine(6) // something to spend
			}
			l := w.open(d)
			connect(b, d, l, w.blocks...)
			for b.Loop() {
				b.StopTimer()
				next := w.mine(100)
				b.StartTimer()
				connect(b, d, l, next)
			}
		})
		b.Run("plain", func(b *testing.B) {
			fresh := dbtest.Open(b, d.Dialect())
			l := newWorld(9).open(fresh)
			raw, err := os.ReadFile(filepath.Join("..", "blockfile", "testdata", "blocks", "block481815.raw"))
			if err != nil {
				b.Fatal(err)
			}
			var full wire.MsgBlock
			if err := full.Deserialize(bytes.NewReader(raw)); err != nil {
				b.Fatal(err)
			}
			plain := full.Transactions[:0]
			for _, tx := range full.Transactions {
				if found, err := l.Preview(b.Context(), tx); err == nil && len(found) == 0 {
					plain = append(plain, tx)
				}
			}
			full.Transactions = plain
			height := int32(0)
			for b.Loop() {
				block := &chain.Block{BlockRef: chain.BlockRef{Height: height, Hash: full.BlockHash()}, Msg: &full}
				err := fresh.Transact(b.Context(), func(tx *gorm.DB) error { return l.Projection().Connect(b.Context(), tx, block) })
				if err != nil {
					b.Fatal(err)
				}
				height, full.Header.PrevBlock = height+1, block.Hash
			}
			b.ReportMetric(float64(len(plain)), "txs/block")
		})
	})
}
