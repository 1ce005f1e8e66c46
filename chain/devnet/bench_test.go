package devnet

import (
	"testing"

	"github.com/btcsuite/btcd/wire"
)

// BenchmarkOpenNew is the very first start, premine included.
func BenchmarkOpenNew(b *testing.B) {
	for b.Loop() {
		c, err := Open(Config{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkReopen is every later start, at 1,000 blocks.
func BenchmarkReopen(b *testing.B) {
	dir := b.TempDir()
	c, err := Open(Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	mine(b, c, 850)
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c, err := Open(Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkMine is one empty block, on disk.
func BenchmarkMine(b *testing.B) {
	c := openTest(b)
	for b.Loop() {
		mine(b, c, 1)
	}
}

// BenchmarkFaucet is one payment, in the mempool; a block every 500.
func BenchmarkFaucet(b *testing.B) {
	c := openTest(b)
	script := newTestKey(b).p2tr
	for i := 0; b.Loop(); i++ {
		if i%500 == 499 {
			mine(b, c, 1)
		}
		pay(b, c, script)
	}
}

// BenchmarkReorg replaces six blocks by seven.
func BenchmarkReorg(b *testing.B) {
	c := openTest(b)
	for b.Loop() {
		if _, err := c.Reorg(6); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFilters serves 1,000 filters to a light client.
func BenchmarkFilters(b *testing.B) {
	c := openTest(b)
	mine(b, c, 850)
	at := tip(b, c)
	p := connect(b, c)
	for b.Loop() {
		p.send(wire.NewMsgGetCFilters(wire.GCSFilterRegular, uint32(at.Height)-999, &at.Hash))
		for range 1_000 {
			expect[*wire.MsgCFilter](p)
		}
	}
}
