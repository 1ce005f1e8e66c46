package tree

import "testing"

// BenchmarkFull is the head of as many pledges as one claim can hold, and the
// path of one of them.
func BenchmarkFull(b *testing.B) {
	leaves := make([]Leaf, 1730)
	for i := range leaves {
		leaves[i].Value = 1
		leaves[i].Pledge[0], leaves[i].Pledge[1] = byte(i), byte(i>>8)
		leaves[i].Outpoint.Index = uint32(i)
	}
	for b.Loop() {
		h := Over(leaves, Head{})
		if err := CheckPath(leaves[99].Hash(), 99, h.Size, Path(Hashes(leaves), 99), h.Root); err != nil {
			b.Fatal(err)
		}
	}
}
