package light

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/btcutil/gcs"
	"github.com/btcsuite/btcd/btcutil/gcs/builder"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// The number of elements, which is not sent, is counted right for filters of all
// sizes, and so every script in a filter is found.
func TestElements(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 7, 8, 9, 100, 1_000, 5_000} {
		for range 20 {
			var block chainhash.Hash
			binary.LittleEndian.PutUint64(block[:], random.Uint64())
			scripts := make([][]byte, n)
			for i := range scripts {
				scripts[i] = binary.LittleEndian.AppendUint64([]byte{0, 20}, random.Uint64())
			}
			filter, err := gcs.BuildGCSFilter(builder.DefaultP, builder.DefaultM, builder.DeriveKey(&block), scripts)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := filter.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if got := elements(raw); got != uint32(n) {
				t.Fatalf("%d elements are counted as %d", n, got)
			}
			if may, err := matches(raw, block, scripts[random.IntN(n)]); err != nil || !may {
				t.Fatalf("a script of %d is not found: %v", n, err)
			}
			if n > 1_000 {
				break
			}
		}
	}
	if got := elements(nil); got != 0 {
		t.Errorf("an empty filter has %d elements", got)
	}
}

func FuzzMatches(f *testing.F) {
	f.Add([]byte{}, []byte{1})
	f.Add([]byte{0x12, 0x34, 0x56, 0x78}, []byte{0, 20, 1})
	f.Fuzz(func(t *testing.T, raw, script []byte) {
		if len(raw) > 100_000 {
			return
		}
		_, _ = matches(raw, chainhash.Hash{1}, script) // it returns
	})
}
