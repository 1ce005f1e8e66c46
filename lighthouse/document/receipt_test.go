package document

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

func testLeaves(t testing.TB, n int) []tree.Leaf {
	var leaves []tree.Leaf
	for i := range n {
		p := testPledge(t, i, 50_000)
		leaves = append(leaves, tree.Leaf{Campaign: p.Campaign, Pledge: p.ID, Outpoint: p.Outpoint, Value: p.Coin.Value, Salt: tree.Hash{byte(i), 9}})
	}
	return leaves
}

func TestReceipt(t *testing.T) {
	leaves := testLeaves(t, 5)
	h := tree.Over(leaves, tree.Head{Campaign: leaves[0].Campaign, At: madeAt, Block: chain.BlockRef{Height: 9, Hash: chainhash.Hash{8}}})
	r := Receipt{
		Network: chain.Devnet, Server: "https://cairn.example", MadeAt: madeAt, Leaf: leaves[3], Since: madeAt,
		Included: &Included{Head: h, Index: 3, Path: tree.Path(tree.Hashes(leaves), 3)},
	}
	raw, err := testSigner.Receipt(r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadReceipt(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got.ServerKey != testSigner.Key() || got.Leaf != leaves[3] || got.Included.Head != h {
		t.Errorf("read %+v", got)
	}
	r.Included = nil
	plain, err := testSigner.Receipt(r)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadReceipt(plain); err != nil || got.Included != nil {
		t.Errorf("before the first head: %v", err)
	}
	line, _ := lines(raw)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"not signed":      {line, ErrSigned},
		"changed":         {bytes.Replace(raw, []byte(`"value":50000`), []byte(`"value":60000`), 1), ErrSigned},
		"another value":   {resigned(t, raw, `"value":50000`, `"value":60000`), tree.ErrPath},
		"no value":        {resigned(t, raw, `"value":50000`, `"value":0`), ErrContents},
		"another index":   {resigned(t, raw, `"index":3`, `"index":2`), tree.ErrPath},
		"another size":    {resigned(t, raw, `"size":5`, `"size":6`), ErrContents},
		"another root":    {resigned(t, raw, hex.EncodeToString(h.Root[:]), strings.Repeat("00", 32)), ErrContents},
		"a short hash":    {resigned(t, raw, h.Block.Hash.String(), "00"), ErrFile},
		"another pledge":  {resigned(t, raw, leaves[3].Pledge.String(), leaves[2].Pledge.String()), tree.ErrPath},
		"a campaign file": {testFile(t), ErrFile},
	} {
		if _, err := ReadReceipt(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpening(t *testing.T) {
	leaves := testLeaves(t, 12)
	first := tree.Over(leaves[:9], tree.Head{Campaign: leaves[0].Campaign, At: madeAt})
	second := tree.Over(append(leaves[:4:4], leaves[5:]...), tree.Head{Campaign: leaves[0].Campaign, Number: 1, Previous: first.Digest(), At: madeAt.Add(time.Hour)})
	o := Opening{
		Network: chain.Devnet, MadeAt: madeAt, Campaign: leaves[0].Campaign, Leaves: leaves,
		Heads: []OpenedHead{{first, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}}, {second, []int{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11}}},
	}
	raw, err := testSigner.Opening(o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadOpening(raw)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]int{4: 1, 3: 2, 11: 1} {
		if heads, err := got.Holds(leaves[n]); err != nil || heads != want {
			t.Errorf("leaf %d: %d heads, %v", n, heads, err)
		}
	}
	withheld := leaves[3]
	withheld.Salt[0]++
	if _, err := got.Holds(withheld); !errors.Is(err, ErrOther) {
		t.Errorf("a leaf of another salt: %v", err)
	}
	claim := wire.NewMsgTx(2)
	claim.AddTxIn(&wire.TxIn{PreviousOutPoint: leaves[1].Outpoint})
	claim.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 5}})
	if uncounted := got.Uncounted(claim); len(uncounted) != 1 || uncounted[0].Index != 5 {
		t.Errorf("uncounted: %v", uncounted)
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"a pledge left out":    {resigned(t, raw, `"members":"ef0f"`, `"members":"ef07"`), tree.ErrHead},
		"one that never was":   {resigned(t, raw, `"members":"ef0f"`, `"members":"ff0f"`), tree.ErrHead},
		"a leaf too many":      {resigned(t, raw, `"members":"ef0f"`, `"members":"ef1f"`), ErrContents},
		"an opened value":      {resigned(t, raw, `"value":50000`, `"value":50001`), tree.ErrHead},
		"another sum":          {resigned(t, raw, `"sum":550000`, `"sum":550001`), ErrContents},
		"a bitmap of nonsense": {resigned(t, raw, `"members":"ef0f"`, `"members":"xy"`), ErrFile},
	} {
		if _, err := ReadOpening(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.Heads = o.Heads[1:]
	missing, err := testSigner.Opening(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadOpening(missing); !errors.Is(err, tree.ErrHead) {
		t.Errorf("without the first head: %v", err)
	}
}
