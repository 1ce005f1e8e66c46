package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"cairn/lighthouse"

	"github.com/btcsuite/btcd/wire"
)

// The eight inputs of Certificate Transparency's own tests and the roots over the
// first n of them (google/certificate-transparency, merkletree tests).
var (
	inputs = []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots  = []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
)

func vectorLeaves(t *testing.T) []Hash {
	t.Helper()
	var leaves []Hash
	for _, in := range inputs {
		raw, err := hex.DecodeString("00" + in)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, sha256.Sum256(raw))
	}
	return leaves
}

func TestRoots(t *testing.T) {
	leaves := vectorLeaves(t)
	for n, want := range roots {
		if root := Root(leaves[:n]); hex.EncodeToString(root[:]) != want {
			t.Errorf("the root of %d leaves is %x", n, root)
		}
	}
}

func TestPaths(t *testing.T) {
	var leaves []Hash
	for n := uint32(1); n <= 70; n++ {
		leaves = append(leaves, sha256.Sum256([]byte{byte(n)}))
		root := Root(leaves)
		for i := range n {
			path := Path(leaves, int(i))
			if err := CheckPath(leaves[i], i, n, path, root); err != nil {
				t.Fatalf("leaf %d of %d: %v", i, n, err)
			}
			for name, bad := range map[string]error{
				"another index": CheckPath(leaves[i], (i+1)%(n+1), n, path, root),
				"another leaf":  CheckPath(Hash{9}, i, n, path, root),
				"another root":  CheckPath(leaves[i], i, n, path, Hash{9}),
				"too long":      CheckPath(leaves[i], i, n, append(path[:len(path):len(path)], Hash{}), root),
				"no leaf":       CheckPath(leaves[i], n, n, path, root),
			} {
				if !errors.Is(bad, ErrPath) {
					t.Fatalf("leaf %d of %d, %s: %v", i, n, name, bad)
				}
			}
			if len(path) > 0 {
				if err := CheckPath(leaves[i], i, n, path[:len(path)-1], root); !errors.Is(err, ErrPath) {
					t.Fatalf("leaf %d of %d, too short: %v", i, n, err)
				}
			}
		}
	}
}

func testLeaves(n int) []Leaf {
	leaves := make([]Leaf, n)
	for i := range leaves {
		leaves[i] = Leaf{
			Campaign: lighthouse.ID{1}, Pledge: lighthouse.PledgeID{byte(i), 1}, Outpoint: wire.OutPoint{Hash: sha256.Sum256([]byte{byte(i)})},
			Value: 1000, Salt: Hash{byte(i), 7},
		}
	}
	return leaves
}

func TestHeads(t *testing.T) {
	leaves := testLeaves(5)
	at := time.Unix(1_790_000_000, 0)
	first := Over(leaves[:3], Head{Campaign: lighthouse.ID{1}, At: at})
	second := Over(leaves[1:], Head{Campaign: lighthouse.ID{1}, Number: 1, Previous: first.Digest(), At: at.Add(time.Hour)})
	if err := first.Check(nil, leaves[:3]); err != nil {
		t.Error(err)
	}
	if err := second.Check(&first, leaves[1:]); err != nil {
		t.Error(err)
	}
	changed := func(change func(h *Head)) Head {
		h := second
		change(&h)
		return h
	}
	twice := append(leaves[1:4:4], leaves[3])
	spentTwice := append(leaves[1:4:4], leaves[4])
	spentTwice[3].Outpoint = leaves[1].Outpoint
	for name, c := range map[string]struct {
		head   Head
		before *Head
		leaves []Leaf
	}{
		"a pledge left out":     {second, &first, leaves[2:]},
		"a pledge that is none": {second, &first, leaves},
		"another order":         {second, &first, []Leaf{leaves[2], leaves[1], leaves[3], leaves[4]}},
		"a pledge twice":        {Over(twice, second), &first, twice},
		"a coin twice":          {Over(spentTwice, second), &first, spentTwice},
		"another sum":           {changed(func(h *Head) { h.Sum++ }), &first, leaves[1:]},
		"another size":          {changed(func(h *Head) { h.Size++ }), &first, leaves[1:]},
		"not after the other":   {second, nil, leaves[1:]},
		"another one before":    {changed(func(h *Head) { h.Previous[0]++ }), &first, leaves[1:]},
		"older than before":     {changed(func(h *Head) { h.At = at.Add(-1) }), &first, leaves[1:]},
		"another campaign":      {changed(func(h *Head) { h.Campaign[0]++ }), &first, leaves[1:]},
	} {
		if err := c.head.Check(c.before, c.leaves); !errors.Is(err, ErrHead) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(h *Head){
		"campaign": func(h *Head) { h.Campaign[9]++ }, "number": func(h *Head) { h.Number++ }, "previous": func(h *Head) { h.Previous[31]++ },
		"size": func(h *Head) { h.Size++ }, "sum": func(h *Head) { h.Sum++ }, "height": func(h *Head) { h.Block.Height++ },
		"block": func(h *Head) { h.Block.Hash[0]++ }, "time": func(h *Head) { h.At = h.At.Add(time.Second) }, "root": func(h *Head) { h.Root[0]++ },
	} {
		if changed(change).Digest() == second.Digest() {
			t.Errorf("the digest does not cover the %s", name)
		}
	}
	leaf := leaves[0]
	for name, change := range map[string]func(l *Leaf){
		"campaign": func(l *Leaf) { l.Campaign[9]++ }, "pledge": func(l *Leaf) { l.Pledge[15]++ }, "coin": func(l *Leaf) { l.Outpoint.Hash[31]++ },
		"index": func(l *Leaf) { l.Outpoint.Index++ }, "value": func(l *Leaf) { l.Value++ }, "salt": func(l *Leaf) { l.Salt[31]++ },
	} {
		other := leaf
		change(&other)
		if other.Hash() == leaf.Hash() {
			t.Errorf("a leaf does not cover the %s", name)
		}
	}
}
