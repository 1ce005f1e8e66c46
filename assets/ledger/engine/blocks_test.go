package engine_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cairn/assets"
	"cairn/assets/blockfile"
	"cairn/assets/ledger/engine"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// realBlocks are those of testdata, and of CAIRN_BLOCKS where that is set; raw
// are their bytes.
func realBlocks(t testing.TB) (blocks []*wire.MsgBlock, raw [][]byte) {
	t.Helper()
	folder := filepath.Join("..", "..", "blockfile", "testdata", "blocks")
	if more := os.Getenv("CAIRN_BLOCKS"); more != "" {
		folder = more
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.raw"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "-undo.raw") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := blockfile.NewFile(bytes.NewReader(b), int64(len(b)), nil)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := f.Index()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, e := range entries {
			block, err := f.Read(e)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			blocks, raw = append(blocks, block), append(raw, b[e.Offset:e.Offset+e.Size])
		}
	}
	if len(blocks) == 0 {
		t.Fatalf("no blocks in %s", folder)
	}
	return blocks, raw
}

// known is what others found in the blocks.
type known struct {
	Block       string     `json:"block"`
	Txid        string     `json:"txid"`
	Protocol    string     `json:"protocol"`
	Network     string     `json:"network"`
	Marker      int        `json:"marker"`
	Metadata    string     `json:"metadata"`
	Issues      [][2]int64 `json:"issues"`
	Transfers   [][2]int64 `json:"transfers"`
	FirstScript string     `json:"first_script"`
	Asset       string     `json:"asset"`
}

// Every transaction of Open Assets and Colu that others found in real blocks is
// found, with its asset, its units and its issuer, and no other.
func TestRealBlocks(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "blockfile", "testdata", "found.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []known
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	want := make(map[string]known)
	for _, k := range list {
		want[k.Block+k.Txid] = k
	}
	e := engine.New(engine.All())
	blocks, _ := realBlocks(t)
	checked := 0
	for _, b := range blocks {
		hash := b.BlockHash().String()
		found, err := e.Block(t.Context(), b, engine.Memory{}, engine.Nowhere{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if len(f.Colorings) == 1 && f.Colorings[0].Protocol == assets.EPOBC {
				continue // nobody looked for those
			}
			k, is := want[hash+f.ID.String()]
			if !is {
				t.Errorf("block %s: %s is found: %+v", hash, f.ID, f.Colorings)
				continue
			}
			checked++
			delete(want, hash+f.ID.String())
			k.check(t, f)
		}
	}
	for _, k := range want {
		if slices.ContainsFunc(blocks, func(b *wire.MsgBlock) bool { return b.BlockHash().String() == k.Block }) {
			t.Errorf("%s of block %s is not found", k.Txid, k.Block)
		}
	}
	if checked < 25 {
		t.Errorf("only %d transactions were looked at", checked)
	}
}

func (k known) check(t *testing.T, f engine.Tx) {
	t.Helper()
	c := f.Colorings[0]
	if c.Protocol.String() != k.Protocol || c.Marker != k.Marker {
		t.Errorf("%s: %s marked at %d instead of %s at %d", k.Txid, c.Protocol, c.Marker, k.Protocol, k.Marker)
	}
	if k.Protocol != "open-assets" {
		return
	}
	if len(k.Transfers) > 0 { // of units from older blocks, which are not here
		if c.Verdict != assets.Rejected {
			t.Errorf("%s: %s without the coins it moves", k.Txid, c.Verdict)
		}
		return
	}
	if c.Verdict != assets.Valid || hex.EncodeToString(c.Metadata) != k.Metadata {
		t.Errorf("%s: %s with metadata %x", k.Txid, c.Verdict, c.Metadata)
	}
	if len(k.Issues) == 0 {
		return
	}
	network := chain.Mainnet
	if k.Network == "testnet" {
		network = chain.Testnet4
	}
	var issues [][2]int64
	for n, held := range c.Outputs {
		for _, h := range held {
			issues = append(issues, [2]int64{int64(n), h.Units})
			if h.Asset.Text(network) != k.Asset {
				t.Errorf("%s: asset %s instead of %s", k.Txid, h.Asset.Text(network), k.Asset)
			}
		}
	}
	if !slices.Equal(issues, k.Issues) || c.Issued.Text(network) != k.Asset {
		t.Errorf("%s: issues %v of %s instead of %v of %s", k.Txid, issues, c.Issued, k.Issues, k.Asset)
	}
	if hex.EncodeToString(f.FirstScript) != k.FirstScript {
		t.Errorf("%s: issued by %x instead of %s", k.Txid, f.FirstScript, k.FirstScript)
	}
}

// What costs nothing is what most of the chain is.
func TestUncoloredAllocatesNothing(t *testing.T) {
	blocks, _ := realBlocks(t)
	e := engine.New(engine.All())
	var plain wire.MsgBlock
	for _, tx := range blocks[0].Transactions {
		one, err := e.One(t.Context(), tx, engine.Memory{}, engine.Nowhere{})
		if err != nil {
			t.Fatal(err)
		}
		if len(one.Colorings) == 0 {
			plain.Transactions = append(plain.Transactions, tx)
		}
	}
	if len(plain.Transactions) < 50 {
		t.Fatalf("%d plain transactions", len(plain.Transactions))
	}
	memory := engine.Memory{}
	allocations := testing.AllocsPerRun(10, func() {
		if found, err := e.Block(t.Context(), &plain, memory, engine.Nowhere{}); err != nil || len(found) != 0 {
			panic(fmt.Sprint(found, err))
		}
	})
	if allocations > 1 { // the pass itself
		t.Errorf("%v allocations for %d transactions without assets", allocations, len(plain.Transactions))
	}
}
