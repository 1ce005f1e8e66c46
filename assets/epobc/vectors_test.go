package epobc

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"cairn/assets"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// load reads a file of testdata/ (its README says where each is from).
func load[T any](t testing.TB, name string) (v T) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.NewDecoder(r).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTags(t *testing.T) {
	v := load[struct {
		Tags []struct {
			Sequence uint32
			Tag      *struct {
				Genesis bool
				Code    uint8 `json:"padding_code"`
				Padding uint64
			}
		}
		Closest [][2]int64 `json:"closest_padding"`
	}](t, "tags.json")
	for _, c := range v.Tags {
		tag, ok := ParseTag(c.Sequence)
		if ok != (c.Tag != nil) {
			t.Errorf("%d: %v, %v", c.Sequence, tag, ok)
			continue
		}
		if !ok {
			continue
		}
		if tag.Genesis != c.Tag.Genesis || tag.Code != c.Tag.Code || tag.Padding() != c.Tag.Padding {
			t.Errorf("%d: %v, want %+v", c.Sequence, tag, *c.Tag)
		}
		if back, ok := ParseTag(tag.Sequence()); !ok || back != tag || tag.Sequence() != c.Sequence&0xfff {
			t.Errorf("%d: written as %d", c.Sequence, tag.Sequence())
		}
	}
	for _, c := range v.Closest {
		if got := codeFor(c[0]); int64(got) != c[1] {
			t.Errorf("for %d satoshi: code %d, want %d", c[0], got, c[1])
		}
	}
	if len(v.Tags) < 100 || len(v.Closest) < 10 {
		t.Errorf("%d tags, %d paddings", len(v.Tags), len(v.Closest))
	}
}

// kernel is a transaction as the vectors have it.
type kernel struct {
	Sequence uint32
	Genesis  bool `json:"is_genesis_txid"`
	Inputs   []struct {
		Value    int64
		Sequence uint32 `json:"prev_tx_first_sequence"`
		Coinbase bool   `json:"prev_is_coinbase"`
	}
	Colors   []*int64 `json:"in_colorvalues"`
	Outputs  []int64
	Expected []*int64
}

// anyColor is the color of the vectors' inputs.
var anyColor = AssetID(chainhash.Hash{1})

func (k kernel) build() (tx *wire.MsgTx, inputs []assets.Input) {
	tx = wire.NewMsgTx(1)
	for i, in := range k.Inputs {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{2}, Index: uint32(i)}, Sequence: k.Sequence})
		coin := assets.Input{Prevout: wire.NewTxOut(in.Value, nil), Tag: in.Sequence, HasTag: true}
		if in.Coinbase {
			coin.Tag = NoTag
		}
		if v := k.Colors[i]; v != nil {
			coin.Holdings = []assets.Holding{{Asset: anyColor, Units: *v}}
		}
		inputs = append(inputs, coin)
	}
	for _, v := range k.Outputs {
		tx.AddTxOut(wire.NewTxOut(v, nil))
	}
	return tx, inputs
}

func (k kernel) check(t *testing.T, name string) (colored int) {
	t.Helper()
	tx, inputs := k.build()
	c := Color(tx, inputs, assets.Specification)
	color := anyColor
	if tag, ok := ParseTag(k.Sequence); ok && tag.Genesis && k.Genesis {
		color = c.Issued
	}
	for i, want := range k.Expected {
		got := int64(0)
		for _, h := range c.Outputs[i] {
			if h.Asset == color {
				got += h.Units
			}
		}
		if want == nil && got != 0 || want != nil && got != *want {
			t.Errorf("%s: output %d holds %d; %+v", name, i, got, k)
		}
		if want != nil {
			colored++
		}
	}
	flowing := make([]int64, len(tx.TxOut))
	for _, f := range c.Flows {
		if f.Units <= 0 {
			t.Errorf("%s: a flow of %d", name, f.Units)
		}
		if f.To >= 0 {
			flowing[f.To] += f.Units
		}
	}
	for i, held := range c.Outputs {
		sum := int64(0)
		for _, h := range held {
			sum += h.Units
		}
		if sum != flowing[i] {
			t.Errorf("%s: output %d holds %d, and %d flow there", name, i, sum, flowing[i])
		}
	}
	return colored
}

func TestKernels(t *testing.T) {
	all := load[[]kernel](t, "kernels.json.gz")
	colored := 0
	for i, k := range all {
		colored += k.check(t, fmt.Sprintf("kernel %d", i))
	}
	if len(all) != 2500 || colored < 1000 {
		t.Errorf("%d kernels, %d coloured outputs", len(all), colored)
	}
}

func TestDefinitions(t *testing.T) {
	v := load[struct {
		EPOBC struct {
			RunKernel []struct {
				Description     string
				Inputs, Outputs []int64
				InColorValues   []*int64
				Sequence        []int
				Expect          []*int64
			}
		}
	}](t, "definitions.json")
	for _, c := range v.EPOBC.RunKernel {
		k := kernel{Genesis: true, Outputs: c.Outputs, Expected: c.Expect}
		for _, bit := range c.Sequence {
			k.Sequence |= 1 << bit
		}
		for i, value := range c.Inputs {
			k.Inputs = append(k.Inputs, struct {
				Value    int64
				Sequence uint32 `json:"prev_tx_first_sequence"`
				Coinbase bool   `json:"prev_is_coinbase"`
			}{Value: value, Sequence: k.Sequence})
			color := (*int64)(nil)
			if i < len(c.InColorValues) { // the genesis cases name one for two inputs
				color = c.InColorValues[i]
			}
			k.Colors = append(k.Colors, color)
		}
		k.check(t, c.Description)
	}
	if len(v.EPOBC.RunKernel) != 19 {
		t.Errorf("%d cases", len(v.EPOBC.RunKernel))
	}
}

// TestRealTransactions: a genesis on testnet3 and a transfer of its units, among
// transactions that have nothing to do with it.
func TestRealTransactions(t *testing.T) {
	raws := load[map[string]string](t, "transactions.json")
	known := map[string]*wire.MsgTx{}
	for txid, raw := range raws {
		b, err := hex.DecodeString(raw)
		if err != nil {
			t.Fatal(err)
		}
		tx := wire.NewMsgTx(1)
		if err := tx.Deserialize(bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
		if tx.TxHash().String() != txid {
			t.Fatalf("%s is %s", txid, tx.TxHash())
		}
		known[txid] = tx
	}
	const genesisID = "b8a402f28f247946df2b765f7e52cfcaf8c0714f71b13ae4f151a973647c5170"
	const transferID = "694dffbf830e50139c34b80abd20c95f37b1a7e6401be5ef579d6f1f973c6c4c"
	g := known[genesisID]
	c := Color(g, make([]assets.Input, len(g.TxIn)), assets.Specification)
	if c.Verdict != assets.Valid || c.Issued.Text("mainnet") != "epobc:"+genesisID+":0" || len(c.Outputs[0]) != 1 || c.Outputs[0][0].Units != g.TxOut[0].Value {
		t.Errorf("genesis: %+v", c)
	}
	tx := known[transferID]
	from := tx.TxIn[0].PreviousOutPoint.Index
	c2 := Color(tx, []assets.Input{{Prevout: g.TxOut[from], Holdings: c.Outputs[from], Tag: Sequence(g), HasTag: true}}, assets.Specification)
	if c2.Verdict != assets.Valid || c2.Outputs[0][0] != (assets.Holding{Asset: c.Issued, Units: 100000}) || c2.Outputs[1][0].Units != 400000 {
		t.Errorf("transfer: %+v", c2)
	}
	touched := 0
	for txid, tx := range known {
		if Touches(tx) {
			touched++
		} else if f := Explain(tx); f != nil {
			t.Errorf("%s: %v", txid, f)
		}
	}
	if len(known) != 5 || touched != 2 {
		t.Errorf("%d of %d have a tag", touched, len(known))
	}
	if f := Explain(tx); len(f) != 3 || f[0].Value != "transfer" || f[1].Value != "0" {
		t.Errorf("explained as %v", f)
	}
}
