package merkle_test

import (
	"encoding/binary"
	"runtime"
	"testing"

	"cairn/notary/merkle"
)

// BenchmarkMerkleMillion builds a tree over 1,000,000 leaves, whole and by
// tiles. Target: ≤ 2 s and ≤ 500 MB; heap-MB is what one build allocates.
func BenchmarkMerkleMillion(b *testing.B) {
	const n = 1_000_000
	leaf := func(i int) (h merkle.Hash) {
		binary.BigEndian.PutUint64(h[:], uint64(i))
		return h
	}
	b.Run("whole", func(b *testing.B) {
		measureHeap(b, func() {
			leaves := make([]merkle.Hash, n)
			for i := range leaves {
				leaves[i] = leaf(i)
			}
			merkle.New(leaves).Root()
		})
	})
	b.Run("tiles", func(b *testing.B) {
		measureHeap(b, func() {
			var tiles merkle.Builder
			for i := range n {
				tiles.Add(leaf(i))
			}
			tiles.Tops().Root()
		})
	})
}

func measureHeap(b *testing.B, build func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		build()
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/1e6, "heap-MB")
}
