package openassets

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"cairn/assets"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// spending is a transaction with a marker before the output of that index.
func spending(t testing.TB, inputs []assets.Input, outputs, marker int, quantities ...int64) *wire.MsgTx {
	t.Helper()
	tx := wire.NewMsgTx(2)
	for i := range inputs {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{1}, Index: uint32(i)}})
	}
	script, err := Marker{Quantities: quantities}.Script()
	if err != nil {
		t.Fatal(err)
	}
	for i := range outputs {
		if i == marker {
			tx.AddTxOut(wire.NewTxOut(0, script))
		}
		tx.AddTxOut(wire.NewTxOut(600, scriptOf(i)))
	}
	if marker == outputs {
		tx.AddTxOut(wire.NewTxOut(0, script))
	}
	return tx
}

func holding(asset assets.ID, units int64) assets.Input {
	in := assets.Input{Prevout: wire.NewTxOut(600, scriptOf(50))}
	if units > 0 {
		in.Holdings = []assets.Holding{{Asset: asset, Units: units}}
	}
	return in
}

// TestTheSpecificationsExample is "Example" of OAP/1.0 with the list
// 0, 10, 6, 0, 7, 3, and tells where each unit came from.
func TestTheSpecificationsExample(t *testing.T) {
	a1, a2 := AssetID([]byte{1}), AssetID([]byte{2})
	inputs := []assets.Input{holding(a1, 3), holding(a1, 2), holding(a1, 0), holding(a1, 5), holding(a1, 3), holding(a2, 9)}
	c := Color(spending(t, inputs, 6, 2, 0, 10, 6, 0, 7, 3), inputs, assets.Specification)
	h := AssetID(scriptOf(50))
	want := []assets.Holding{{}, {Asset: h, Units: 10}, {}, {Asset: a1, Units: 6}, {}, {Asset: a1, Units: 7}, {Asset: a2, Units: 3}}
	for i, w := range want {
		if held := c.Outputs[i]; w.Units == 0 && len(held) != 0 || w.Units != 0 && (len(held) != 1 || held[0] != w) {
			t.Errorf("output %d holds %v, want %v", i, held, w)
		}
	}
	flows := []assets.Flow{
		{Asset: h, From: assets.Issued, To: 1, Units: 10},
		{Asset: a1, From: 0, To: 3, Units: 3}, {Asset: a1, From: 1, To: 3, Units: 2}, {Asset: a1, From: 3, To: 3, Units: 1},
		{Asset: a1, From: 3, First: 1, To: 5, Units: 4}, {Asset: a1, From: 4, To: 5, Units: 3},
		{Asset: a2, From: 5, To: 6, Units: 3}, {Asset: a2, From: 5, First: 3, To: assets.Destroyed, Units: 6},
	}
	if fmt.Sprint(c.Flows) != fmt.Sprint(flows) {
		t.Errorf("flows %v, want %v", c.Flows, flows)
	}
}

func TestRejected(t *testing.T) {
	a1, a2 := AssetID([]byte{1}), AssetID([]byte{2})
	inputs := []assets.Input{holding(a1, 3), holding(a2, 4)}
	for name, c := range map[string]struct {
		tx  *wire.MsgTx
		why string
	}{
		"more quantities than outputs": {spending(t, inputs, 2, 0, 1, 1, 1), WhyList},
		"more units than there are":    {spending(t, inputs, 2, 0, 3, 5), WhyShort},
		"two assets in one output":     {spending(t, inputs, 2, 0, 4), WhyMixed},
	} {
		got := Color(c.tx, inputs, assets.Specification)
		if got.Verdict != assets.Rejected || got.Why != c.why || got.Marker != 0 {
			t.Errorf("%s: %s (%s)", name, got.Verdict, got.Why)
		}
		lost := int64(0)
		for _, f := range got.Flows {
			if f.To != assets.Destroyed {
				t.Errorf("%s: a flow %+v", name, f)
			}
			lost += f.Units
		}
		if lost != 7 {
			t.Errorf("%s: %d units destroyed", name, lost)
		}
	}
	bad := spending(t, inputs, 1, 0, 1)
	bad.TxOut[0].PkScript = append(bad.TxOut[0].PkScript[:1:1], 6, 0x4f, 0x41, 1, 0, 5, 0)
	if got := Color(bad, inputs, assets.Specification); got.Verdict != assets.Rejected || got.Why != WhyMalformed {
		t.Errorf("malformed: %s (%s)", got.Verdict, got.Why)
	}
	for payload, why := range map[string]string{
		"4f410100" + "01" + "80808080808080808000" + "00":   WhyDepth, // 0, in ten bytes
		"4f410100" + "01" + "80808080808080808001" + "00":   WhyUnits, // 2^63
		"4f410100" + "01" + "ffffffffffffffffffff7f" + "00": WhyUnits,
		"4f410100" + "01" + "808080808080808080":            WhyMalformed, // cut off
		"4f410100" + "01" + "01" + "01":                     WhyMalformed,
		"4f410100" + "01" + "01" + "0000":                   WhyMalformed,
		"4f410100":                                          WhyMalformed,
		"4f410100" + "fd":                                   WhyMalformed,
		"4f410100" + "ffffffffffffffffff" + "00":            WhyMalformed,
	} {
		raw := unhex(t, payload)
		bad.TxOut[0].PkScript = append([]byte{0x6a, byte(len(raw))}, raw...)
		if got := Color(bad, inputs, assets.Specification); got.Verdict != assets.Rejected || got.Why != why || len(got.Flows) != 2 {
			t.Errorf("%s: %s (%s), %v", payload, got.Verdict, got.Why, got.Flows)
		}
	}
	// A first marker that does not hold, and a second that does.
	second := spending(t, inputs, 2, 0, 3, 4)
	second.TxOut = append(spending(t, inputs, 0, 0, 9).TxOut, spending(t, inputs, 2, 0, 0, 3, 4).TxOut...)
	if got := Color(second, inputs, assets.Specification); got.Verdict != assets.Valid || got.Why != "" || got.Marker != 1 || sumOf(got.Outputs[3]) != 4 {
		t.Errorf("two markers: %+v", got)
	}
	plain := spending(t, inputs, 1, 0, 1)
	plain.TxOut = plain.TxOut[1:]
	if got := Color(plain, inputs, assets.Specification); got.Verdict != assets.None || len(got.Flows) != 2 || Touches(plain) {
		t.Errorf("no marker: %s, %v", got.Verdict, got.Flows)
	}
	if got := Color(plain, nil, assets.Specification); got.Verdict != assets.Unsure || got.Why != WhyInputs {
		t.Errorf("no inputs: %s", got.Verdict)
	}
	coinbase := spending(t, inputs[:1], 1, 1, 1)
	coinbase.TxIn[0].PreviousOutPoint = wire.OutPoint{Index: math.MaxUint32}
	if got := Color(coinbase, inputs[:1], assets.Specification); got.Verdict != assets.None {
		t.Errorf("coinbase: %s", got.Verdict)
	}
}

// TestForks: a script with two pushes is a marker to some and not to others.
func TestForks(t *testing.T) {
	inputs := []assets.Input{holding(AssetID([]byte{1}), 5)}
	tx := spending(t, inputs, 1, 0, 5)
	if forks := Forks(tx, inputs); forks != nil {
		t.Errorf("a plain transfer: %v", forks)
	}
	tx.TxOut[0].PkScript = append([]byte{0x6a, 0x51}, tx.TxOut[0].PkScript[1:]...)
	if forks := Forks(tx, inputs); fmt.Sprint(forks) != fmt.Sprint([]assets.Reading{Python, Ruby}) {
		t.Errorf("two pushes: %v", forks)
	}
	// A first marker that wants too much, and a second that holds.
	tx = spending(t, inputs, 1, 0, 6)
	tx.TxOut = append(tx.TxOut[:1:1], spending(t, inputs, 1, 0, 0, 5).TxOut...)
	if forks := Forks(tx, inputs); len(forks) == 0 || forks[0] != NBitcoin {
		t.Errorf("two markers: %v", forks)
	}
}

// What one implementation reads otherwise in a payload, to the byte.
func TestReadingsOfPayloads(t *testing.T) {
	inputs := []assets.Input{holding(AssetID([]byte{1}), 5)}
	marked := func(payloads ...string) *wire.MsgTx {
		tx := wire.NewMsgTx(2)
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{1}}})
		for _, p := range payloads {
			raw := unhex(t, p)
			tx.AddTxOut(wire.NewTxOut(0, append([]byte{0x6a, byte(len(raw))}, raw...)))
		}
		tx.AddTxOut(wire.NewTxOut(600, scriptOf(1)))
		return tx
	}
	const five, long, broken = "4f4101000105" + "00", "4f41010001" + "85808080808080808000" + "00", "4f41010001" + "05" + "0000"
	for name, c := range map[string]struct {
		tx    *wire.MsgTx
		holds map[assets.Reading]bool
	}{
		"plain":                {marked(five), map[assets.Reading]bool{assets.Specification: true, Python: true, NBitcoin: true, Ruby: true}},
		"ten bytes":            {marked(long), map[assets.Reading]bool{Python: true, NBitcoin: true}},
		"bytes behind":         {marked(broken), map[assets.Reading]bool{Ruby: true}},
		"malformed, then good": {marked("4f41010001", "4f410100"+"020005"+"00"), map[assets.Reading]bool{assets.Specification: true, Python: true, NBitcoin: true, Ruby: true}},
	} {
		last := len(c.tx.TxOut) - 1
		for _, r := range append(Readings(), assets.Specification) {
			if got := Color(c.tx, inputs, r); (sumOf(got.Outputs[last]) == 5) != c.holds[r] {
				t.Errorf("%s by %q: %s (%s), %v", name, r, got.Verdict, got.Why, got.Outputs)
			}
		}
	}
}

// New units are counted through: each has its place among those that are issued.
func TestFlowsOfAnIssue(t *testing.T) {
	inputs := []assets.Input{holding(AssetID([]byte{1}), 0)}
	c := Color(spending(t, inputs, 3, 3, 5, 0, 7), inputs, assets.Specification)
	id := AssetID(scriptOf(50))
	want := []assets.Flow{{Asset: id, From: assets.Issued, To: 0, Units: 5}, {Asset: id, From: assets.Issued, First: 5, To: 2, Units: 7}}
	if fmt.Sprint(c.Flows) != fmt.Sprint(want) {
		t.Errorf("%v", c.Flows)
	}
}

func TestExplain(t *testing.T) {
	tx := wire.NewMsgTx(2)
	tx.AddTxOut(wire.NewTxOut(600, scriptOf(1)))
	if f := Explain(tx); f != nil {
		t.Errorf("no marker: %v", f)
	}
	tx.AddTxOut(wire.NewTxOut(0, unhex(t, "6a224f41010001141b753d68747470733a2f2f6370722e736d2f466f796b777248365559")))
	want := []assets.Field{
		{From: 0, To: 1, Name: FieldReturn, Value: "OP_RETURN"}, {From: 1, To: 2, Name: FieldPush, Value: "34"},
		{From: 2, To: 4, Name: FieldTag, Value: "OA"}, {From: 4, To: 6, Name: FieldVersion, Value: "1"},
		{From: 6, To: 7, Name: FieldCount, Value: "1"}, {From: 7, To: 8, Name: FieldQuantity, Value: "20"},
		{From: 8, To: 9, Name: FieldLength, Value: "27"}, {From: 9, To: 36, Name: FieldMetadata, Value: "u=https://cpr.sm/FoykwrH6UY"},
	}
	if got := Explain(tx); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
	markers := load[[]marker](t, "markers.json.gz")
	for _, v := range markers {
		script := unhex(t, v.Script)
		at := 0
		for _, f := range ExplainScript(script) {
			if f.From != at || f.To <= f.From {
				t.Fatalf("%s: %+v behind %d", v.Script, f, at)
			}
			at = f.To
		}
		if at != 0 && at != len(script) {
			t.Errorf("%s: explained up to %d", v.Script, at)
		}
	}
}

func FuzzColor(f *testing.F) {
	for _, c := range load[[]struct{ Hex string }](f, "blocks.json.gz") {
		f.Add(unhex(f, c.Hex), int64(7), uint8(255))
	}
	f.Fuzz(func(t *testing.T, raw []byte, units int64, colored uint8) {
		tx := wire.NewMsgTx(1)
		if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
			return
		}
		inputs, in := make([]assets.Input, len(tx.TxIn)), 0
		for i := range inputs {
			inputs[i].Prevout = wire.NewTxOut(0, scriptOf(i))
			if colored>>(i%8)&1 == 1 && units > 0 {
				inputs[i].Holdings = []assets.Holding{{Asset: AssetID([]byte{byte(i % 3)}), Units: units}}
				in++
			}
		}
		Explain(tx)
		Forks(tx, inputs)
		Needs(tx, make([]assets.Input, len(tx.TxIn)))
		for _, r := range append(Readings(), assets.Specification) {
			c := Color(tx, inputs, r)
			whole := map[int]int64{}
			for _, f := range c.Flows {
				if f.Units <= 0 || f.To >= len(tx.TxOut) || f.From >= len(inputs) {
					t.Fatalf("%q: a flow %+v", r, f)
				}
				if f.From >= 0 {
					whole[f.From] += f.Units
				}
			}
			for i, n := range whole {
				if n != units {
					t.Fatalf("%q: %d units of input %d are told of, not %d", r, n, i, units)
				}
			}
			if !coinbase(tx) && len(whole) != in {
				t.Fatalf("%q: %d inputs of %d are told of", r, len(whole), in)
			}
		}
	})
}

func FuzzParseScript(f *testing.F) {
	for _, v := range load[[]marker](f, "markers.json.gz")[:40] {
		f.Add(unhex(f, v.Script))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		ExplainScript(script)
		for _, r := range Readings() {
			if _, err := dialectOf(r).parseScript(script); err == nil && !touches(script) {
				t.Fatalf("%q: a marker that nothing touches", r)
			}
		}
		m, err := ParseScript(script)
		if err != nil {
			return
		}
		payload, err := m.Payload()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParsePayload(payload)
		if err != nil || fmt.Sprint(back) != fmt.Sprint(m) {
			t.Fatalf("%v is written as %x: %v, %v", m, payload, back, err)
		}
	})
}

// BenchmarkDeepChain colors 1,000 transactions, each spending the one before;
// its time per transaction is that of a chain of any length.
func BenchmarkDeepChain(b *testing.B) {
	for _, depth := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			start := holding(AssetID([]byte{1}), 5)
			tx := spending(b, []assets.Input{start}, 1, 0, 5)
			for b.Loop() {
				in := start
				for range depth {
					c := Color(tx, []assets.Input{in}, assets.Specification)
					in.Holdings = c.Outputs[1]
				}
				if len(in.Holdings) != 1 {
					b.Fatal("the units are lost")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*depth), "ns/tx")
		})
	}
}
