package openassets

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
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
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t testing.TB, s string) *wire.MsgTx {
	t.Helper()
	tx := wire.NewMsgTx(1)
	if err := tx.Deserialize(bytes.NewReader(unhex(t, s))); err != nil {
		t.Fatal(err)
	}
	return tx
}

type marker struct {
	Script, Note string
	Python       *struct {
		Quantities []int64
		Metadata   string
	} `json:"python_ref"`
}

// specHolds are the scripts that the specification lets through and the Python
// reference does not, and the other way round (§ forks A and C).
var specHolds = map[string]bool{
	"6a104f41010003ac0200e58e260412345678104f41010003ac0200e58e260412345678": true,
	"6a576e104f41010003ac0200e58e2604123456786811":                           true,
	"6a51064f4101000000":                   true,
	"6a104f410100018080808080808080800000": false,
}

func TestMarkers(t *testing.T) {
	markers := load[[]marker](t, "markers.json.gz")
	if len(markers) != 278 {
		t.Fatalf("%d markers", len(markers))
	}
	differ := 0
	for _, v := range markers {
		script := unhex(t, v.Script)
		m, err := dialectOf(Python).parseScript(script)
		if (err == nil) != (v.Python != nil) {
			t.Errorf("%s (%s) as the reference: %v", v.Script, v.Note, err)
			continue
		}
		if err == nil {
			same(t, v, m)
		}
		want, differs := specHolds[v.Script]
		if !differs {
			want = v.Python != nil
		} else {
			differ++
		}
		m, err = ParseScript(script)
		if (err == nil) != want {
			t.Errorf("%s (%s): %v", v.Script, v.Note, err)
		}
		if err == nil && v.Python != nil {
			same(t, v, m)
		}
		if err == nil && !touches(script) {
			t.Errorf("%s: a marker that nothing touches", v.Script)
		}
	}
	if differ != len(specHolds) {
		t.Errorf("%d of %d forks seen", differ, len(specHolds))
	}
}

// Lengths may be written in any of their four forms, and only behind OP_RETURN.
func TestLengths(t *testing.T) {
	for payload, holds := range map[string]bool{
		"4f410100" + "01" + "07" + "00":                                      true,
		"4f410100" + "fd0100" + "07" + "fd0000":                              true,
		"4f410100" + "fe01000000" + "07" + "fe00000000":                      true,
		"4f410100" + "ff0100000000000000" + "07" + "ff" + "0000000000000000": true,
		"4f410100" + "fe00000001" + "07" + "00":                              false,
		"4f410100" + "ff0000000000000001" + "07" + "00":                      false,
	} {
		m, err := ParsePayload(unhex(t, payload))
		if (err == nil) != holds || holds && (len(m.Quantities) != 1 || m.Quantities[0] != 7) {
			t.Errorf("%s: %v, %v", payload, m, err)
		}
	}
	if m, err := ParseScript(unhex(t, "51"+"07"+"4f410100010700")); !errors.Is(err, ErrNoMarker) {
		t.Errorf("behind another opcode: %v, %v", m, err)
	}
	for n, holds := range map[int]bool{MaxPayload - 7: true, MaxPayload - 6: false} {
		script, err := Marker{Quantities: []int64{7}, Metadata: make([]byte, n)}.Script()
		if (err == nil) != holds || !holds && !errors.Is(err, assets.ErrTooMany) {
			t.Errorf("%d bytes of metadata: a script of %d bytes, %v", n, len(script), err)
		}
		if holds && len(script) != 1+2+80 { // what Bitcoin Core relayed for ten years
			t.Errorf("a script of %d bytes", len(script))
		}
	}
}

func same(t *testing.T, v marker, m Marker) {
	t.Helper()
	if len(m.Quantities) != len(v.Python.Quantities) || hex.EncodeToString(m.Metadata) != v.Python.Metadata {
		t.Errorf("%s (%s): %v", v.Script, v.Note, m)
		return
	}
	for i, q := range m.Quantities {
		if q != v.Python.Quantities[i] {
			t.Errorf("%s (%s): quantity %d is %d", v.Script, v.Note, i, q)
		}
	}
}

// known colors transactions in the order of a chain.
type known struct {
	outputs map[wire.OutPoint]assets.Input
}

func (k *known) color(tx *wire.MsgTx, r assets.Reading) assets.Coloring {
	inputs := make([]assets.Input, len(tx.TxIn))
	for i, in := range tx.TxIn {
		inputs[i] = k.outputs[in.PreviousOutPoint]
	}
	c := Color(tx, inputs, r)
	txid := tx.TxHash()
	for i, out := range tx.TxOut {
		if k.outputs == nil {
			k.outputs = map[wire.OutPoint]assets.Input{}
		}
		k.outputs[wire.OutPoint{Hash: txid, Index: uint32(i)}] = assets.Input{Prevout: out, Holdings: c.Outputs[i]}
	}
	return c
}

// expected is [asset id or null, quantity, type] for each output.
type expected [][3]any

func (e expected) check(t *testing.T, txid string, n chain.Network, c assets.Coloring) {
	t.Helper()
	if len(e) != len(c.Outputs) {
		t.Fatalf("%s: %d outputs, %d in the vector", txid, len(c.Outputs), len(e))
	}
	for i, want := range e {
		units := int64(want[1].(float64))
		id, _ := want[0].(string)
		held := c.Outputs[i]
		switch {
		case units == 0 || id == "":
			if len(held) != 0 {
				t.Errorf("%s:%d holds %v, want nothing", txid, i, held)
			}
		case len(held) != 1 || held[0].Units != units || held[0].Asset.Text(n) != id:
			t.Errorf("%s:%d holds %v, want %d of %s", txid, i, held, units, id)
		}
	}
	balanced(t, txid, c)
}

// balanced checks that the flows say the same as the outputs.
func balanced(t *testing.T, txid string, c assets.Coloring) {
	t.Helper()
	got := make([]int64, len(c.Outputs))
	for _, f := range c.Flows {
		if f.Units <= 0 {
			t.Errorf("%s: a flow of %d", txid, f.Units)
		}
		if f.To != assets.Destroyed {
			got[f.To] += f.Units
		}
	}
	for i, held := range c.Outputs {
		if sum := sumOf(held); sum != got[i] {
			t.Errorf("%s:%d holds %d, and %d flow there", txid, i, sum, got[i])
		}
	}
}

func sumOf(held []assets.Holding) (sum int64) {
	for _, h := range held {
		sum += h.Units
	}
	return sum
}

func TestChains(t *testing.T) {
	type chainOf struct {
		Transactions []string
		Expected     map[string]expected
	}
	checked, colored := 0, 0
	for _, v := range load[[]chainOf](t, "chains.json.gz") {
		var k known
		for _, raw := range v.Transactions {
			tx := decode(t, raw)
			txid := tx.TxHash().String()
			c := k.color(tx, assets.Specification)
			want, is := v.Expected[txid]
			if !is {
				t.Fatalf("%s is not in the vector", txid)
			}
			want.check(t, txid, chain.Mainnet, c)
			checked++
			for _, held := range c.Outputs {
				colored += len(held)
			}
		}
	}
	if checked != 1258 || colored < 600 {
		t.Errorf("%d transactions, %d coloured outputs", checked, colored)
	}
}

func TestNBitcoinKnown(t *testing.T) {
	type known1 struct {
		TxID         string
		Transactions []string
		Python       expected `json:"python_ref"`
	}
	all := load[[]known1](t, "nbitcoin.json.gz")
	if len(all) != 2 {
		t.Errorf("%d cases", len(all))
	}
	for _, v := range all {
		colorByNeed(t, v.Transactions, v.TxID, assets.Specification, func(c assets.Coloring) {
			v.Python.check(t, v.TxID, chain.Mainnet, c)
		})
	}
}

// colorByNeed colors a transaction of a set after those of the set that it
// spends, in whatever order they come.
func colorByNeed(t *testing.T, raws []string, txid string, r assets.Reading, check func(assets.Coloring)) {
	t.Helper()
	all := map[string]*wire.MsgTx{}
	for _, raw := range raws {
		tx := decode(t, raw)
		all[tx.TxHash().String()] = tx
	}
	var k known
	done := map[string]bool{}
	var visit func(string) assets.Coloring
	visit = func(id string) assets.Coloring {
		tx := all[id]
		for _, in := range tx.TxIn {
			if parent := in.PreviousOutPoint.Hash.String(); all[parent] != nil && !done[parent] {
				visit(parent)
			}
		}
		done[id] = true
		return k.color(tx, r)
	}
	check(visit(txid))
}

func TestRealTransactions(t *testing.T) {
	type real struct {
		TxID, Hex string
		Python    json.RawMessage `json:"python_ref"`
	}
	all := load[[]real](t, "ruby.json.gz")
	var raws []string
	for _, v := range all {
		raws = append(raws, v.Hex)
	}
	checked := 0
	for _, v := range all {
		var want expected
		if err := json.Unmarshal(v.Python, &want); err != nil {
			continue // the reference could not look up a coin that it spends
		}
		checked++
		colorByNeed(t, raws, v.TxID, assets.Specification, func(c assets.Coloring) {
			want.check(t, v.TxID, chain.Mainnet, c) // the vector has ids of mainnet throughout
		})
	}
	if len(all) != 54 || checked != 52 {
		t.Errorf("%d real transactions, %d checked", len(all), checked)
	}
}

// TestTwoMarkers is the real transaction on which implementations disagree: by
// the specification the second marker is an output like any other.
func TestTwoMarkers(t *testing.T) {
	const txid = "9efbf61ef4805708ecf8e31d982ab6de20b2d131ed9be00d2856a5fe5a8b3df5"
	type real struct{ TxID, Hex string }
	var raws []string
	for _, v := range load[[]real](t, "ruby.json.gz") {
		raws = append(raws, v.Hex)
	}
	for reading, want := range map[assets.Reading][]int64{
		assets.Specification: {0, 100, 9800, 0}, Python: {0, 100, 9800, 0}, NBitcoin: {0, 100, 9800, 0}, Ruby: {0, 0, 100, 9800},
	} {
		colorByNeed(t, raws, txid, reading, func(c assets.Coloring) {
			for i, units := range want {
				if sumOf(c.Outputs[i]) != units {
					t.Errorf("%q: output %d holds %v, want %d", reading, i, c.Outputs[i], units)
				}
			}
		})
	}
}

func TestBlocks(t *testing.T) {
	type real struct {
		Network, TxID, Hex string
		Marker             int `json:"marker_vout"`
		Quantities         []int64
		Metadata           string     `json:"metadata_hex"`
		Issued             [][2]int64 `json:"issuance_outputs"`
		First              string     `json:"first_input_prevout_script_from_scriptsig"`
		Asset              string     `json:"asset_id_if_issuance"`
	}
	all := load[[]real](t, "blocks.json.gz")
	for _, v := range all {
		tx := decode(t, v.Hex)
		if !Touches(tx) {
			t.Errorf("%s: nothing touches it", v.TxID)
		}
		m, err := ParseScript(tx.TxOut[v.Marker].PkScript)
		if err != nil || hex.EncodeToString(m.Metadata) != v.Metadata || len(m.Quantities) != len(v.Quantities) {
			t.Errorf("%s: %v, %v", v.TxID, m, err)
			continue
		}
		for i, q := range v.Quantities {
			if m.Quantities[i] != q {
				t.Errorf("%s: quantity %d is %d", v.TxID, i, q)
			}
		}
		script, err := m.Script()
		if err != nil || !bytes.Equal(script, tx.TxOut[v.Marker].PkScript) {
			t.Errorf("%s: written as %x, %v", v.TxID, script, err)
		}
		if len(v.Issued) == 0 {
			continue
		}
		inputs := make([]assets.Input, len(tx.TxIn))
		if need := Needs(tx, inputs); len(need) != 1 || need[0] != 0 {
			t.Errorf("%s: needs %v", v.TxID, need)
		}
		if c := Color(tx, inputs, assets.Specification); c.Verdict != assets.Unsure || c.Why != WhyIssuer {
			t.Errorf("%s: without its coin %s (%s)", v.TxID, c.Verdict, c.Why)
		}
		inputs[0].Prevout = wire.NewTxOut(0, unhex(t, v.First))
		if need := Needs(tx, inputs); need != nil {
			t.Errorf("%s: still needs %v", v.TxID, need)
		}
		network := chain.Mainnet
		if v.Network == "testnet" {
			network = chain.Testnet4
		}
		c := Color(tx, inputs, assets.Specification)
		if c.Issued.Text(network) != v.Asset || c.Marker != v.Marker || c.Verdict != assets.Valid {
			t.Errorf("%s: %s at %d (%s), want %s", v.TxID, c.Issued.Text(network), c.Marker, c.Verdict, v.Asset)
		}
		for _, o := range v.Issued {
			if sumOf(c.Outputs[o[0]]) != o[1] {
				t.Errorf("%s:%d holds %v, want %d", v.TxID, o[0], c.Outputs[o[0]], o[1])
			}
		}
	}
	if len(all) != 23 {
		t.Errorf("%d transactions", len(all))
	}
}

// TestTheChapter decodes the asset of "Mastering Bitcoin": 20 vouchers of
// MasterBTC, issued by their maker to himself.
func TestTheChapter(t *testing.T) {
	script, err := ParseAddress("akTnsDt5uzpioRST76VFRQM8q8sBFnQiwcx", chain.Mainnet)
	if err != nil {
		t.Fatal(err)
	}
	m := unhex(t, "6a224f41010001141b753d68747470733a2f2f6370722e736d2f466f796b777248365559")
	tx := wire.NewMsgTx(1)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 1}})
	tx.AddTxOut(wire.NewTxOut(600, script))
	tx.AddTxOut(wire.NewTxOut(0, m))
	c := Color(tx, []assets.Input{{Prevout: wire.NewTxOut(int64(btcutil.SatoshiPerBitcoin), script)}}, assets.Specification)
	want, err := assets.ParseID("AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH", chain.Mainnet)
	if err != nil {
		t.Fatal(err)
	}
	if c.Verdict != assets.Valid || c.Issued != want || len(c.Outputs[0]) != 1 || c.Outputs[0][0] != (assets.Holding{Asset: want, Units: 20}) {
		t.Errorf("%+v", c)
	}
	p, err := ParsePointer(c.Metadata)
	if err != nil || p.URL != "https://cpr.sm/FoykwrH6UY" {
		t.Errorf("%+v, %v", p, err)
	}
}
