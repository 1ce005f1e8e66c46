package merkle_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"cairn/notary/merkle"

	"pgregory.net/rapid"
)

type vectors struct {
	Trees []struct {
		N     int      `json:"n"`
		Tip   string   `json:"tip"`
		Paths []string `json:"leaf_timestamps"`
	} `json:"trees"`
	Plain []struct {
		N   int    `json:"n"`
		Tip string `json:"tip"`
	} `json:"trees_leaf_is_byte_i"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/merkle-and-calendar.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// hashedLeaves are sha256(byte i), as in the vectors.
func hashedLeaves(n int) []merkle.Hash {
	leaves := make([]merkle.Hash, n)
	for i := range leaves {
		leaves[i] = sha256.Sum256([]byte{byte(i)})
	}
	return leaves
}

// numbered are n distinct leaves of any number.
func numbered(n int) []merkle.Hash {
	leaves := make([]merkle.Hash, n)
	for i := range leaves {
		leaves[i] = sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16), 7})
	}
	return leaves
}

// pending is the attestation that ends every path of the vectors.
var pending, _ = hex.DecodeString("0083dfe30d2ef90c8e121168747470733a2f2f612e6578616d706c65")

func serialise(steps []merkle.Step) string {
	var b bytes.Buffer
	for _, s := range steps {
		if s.Left {
			b.Write([]byte{0xf1, 32})
		} else {
			b.Write([]byte{0xf0, 32})
		}
		b.Write(s.Sibling[:])
		b.WriteByte(0x08)
	}
	b.Write(pending)
	return hex.EncodeToString(b.Bytes())
}

func TestTreesOfTheReference(t *testing.T) {
	v := readVectors(t)
	if len(v.Trees) != 33 || len(v.Plain) != 7 {
		t.Fatalf("vectors hold %d and %d trees", len(v.Trees), len(v.Plain))
	}
	paths := 0
	for _, want := range v.Trees {
		tree := merkle.New(hashedLeaves(want.N))
		root := tree.Root()
		if got := hex.EncodeToString(root[:]); got != want.Tip {
			t.Errorf("root of %d leaves is %s, want %s", want.N, got, want.Tip)
		}
		if got := merkle.Root(hashedLeaves(want.N)); got != root {
			t.Errorf("Root and New differ for %d leaves", want.N)
		}
		for i, wantPath := range want.Paths {
			paths++
			if got := serialise(tree.Path(i)); got != wantPath {
				t.Errorf("path %d of %d is\n%s, want\n%s", i, want.N, got, wantPath)
			}
		}
	}
	if paths != 45 {
		t.Errorf("compared %d paths, want those of 1 to 9 leaves", paths)
	}
}

// The published unit test joins the single bytes 0, 1, 2, … as leaves, which
// are shorter than a hash; from two leaves on the first level is a hash of
// two bytes each.
func TestPublishedRootsOfSingleBytes(t *testing.T) {
	for _, want := range readVectors(t).Plain {
		if want.N < 2 || want.N%2 == 1 {
			continue // a lone byte carried up has no 32 bytes to be a Hash
		}
		level := make([]merkle.Hash, 0, want.N/2)
		for i := 0; i < want.N; i += 2 {
			level = append(level, sha256.Sum256([]byte{byte(i), byte(i + 1)}))
		}
		root := merkle.Root(level)
		if got := hex.EncodeToString(root[:]); got != want.Tip {
			t.Errorf("root of %d bytes is %s, want %s", want.N, got, want.Tip)
		}
	}
}

func TestPathsLeadToTheRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3000).Draw(t, "n")
		leaves := numbered(n)
		tree := merkle.New(leaves)
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		if merkle.Apply(leaves[i], tree.Path(i)) != tree.Root() {
			t.Fatalf("path %d of %d does not lead to the root", i, n)
		}
	})
}

func TestTilesMakeTheSameTree(t *testing.T) {
	sizes := []int{1, 2, 255, 256, 257, 511, 512, 513, 769, 1023, 1025, 65536, 65537, 70001}
	for _, n := range sizes {
		leaves := numbered(n)
		whole := merkle.New(leaves)
		var b merkle.Builder
		for _, leaf := range leaves {
			b.Add(leaf)
		}
		built := b.Tops()
		tops, err := merkle.ParseTops(merkle.MarshalTops(built))
		if err != nil {
			t.Fatal(err)
		}
		if tops.Root() != whole.Root() || b.Len() != int64(n) {
			t.Fatalf("%d leaves in tiles have another root", n)
		}
		for _, i := range []int{0, n / 3, n / 2, n - 1} {
			first := i / merkle.TileLeaves * merkle.TileLeaves
			tile := merkle.New(leaves[first:min(first+merkle.TileLeaves, n)])
			path := tops.AppendPath(tile.Path(i-first), i/merkle.TileLeaves)
			want := whole.Path(i)
			if len(path) != len(want) {
				t.Fatalf("path %d of %d has %d steps by tile, %d in the whole tree", i, n, len(path), len(want))
			}
			for k := range path {
				if path[k] != want[k] {
					t.Fatalf("path %d of %d differs at step %d", i, n, k)
				}
			}
		}
	}
}

func TestParseTopsRefuses(t *testing.T) {
	for _, raw := range [][]byte{nil, {}, make([]byte, 31), make([]byte, 33)} {
		if _, err := merkle.ParseTops(raw); err != merkle.ErrTops {
			t.Errorf("%d bytes: got %v, want ErrTops", len(raw), err)
		}
	}
}
