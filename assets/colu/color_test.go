package colu

import (
	"errors"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/btcutil/base58"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
)

// carrying is a transaction of one input with a payload in output 0 and two
// outputs behind.
func carrying(t testing.TB, payload string) *wire.MsgTx {
	t.Helper()
	script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_RETURN).AddData(unhex(t, payload)).Script()
	if err != nil {
		t.Fatal(err)
	}
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{1}}, nil, nil))
	tx.AddTxOut(wire.NewTxOut(0, script))
	tx.AddTxOut(wire.NewTxOut(546, scriptOf(1)))
	tx.AddTxOut(wire.NewTxOut(546, scriptOf(2)))
	return tx
}

func TestVerdicts(t *testing.T) {
	a := assetOf(0)
	holding := []assets.Holding{{Asset: a, Units: 10}}
	known := []assets.Input{{Prevout: wire.NewTxOut(1, scriptOf(9)), Holdings: holding}}
	unknown := []assets.Input{{Holdings: holding}}
	for name, c := range map[string]struct {
		payload string
		inputs  []assets.Input
		verdict assets.Verdict
		why     string
		held    int64 // of asset a, in output 2
	}{
		"paid in full":              {"43430215020a", known, assets.Valid, "", 10},
		"the rest goes last":        {"434302150103", known, assets.Valid, "", 7},
		"paid nothing":              {"43430215", known, assets.Valid, "", 10},
		"more than there is":        {"43430215010b", known, assets.Overflow, WhyShort, 10},
		"an output that is not":     {"434302150301", known, assets.Overflow, WhyOutput, 10},
		"an input that is not":      {"4343021581010101", known, assets.Overflow, WhyInput, 10},
		"a range":                   {"43430215400101", known, assets.Overflow, WhyRange, 10},
		"a percentage":              {"434302152101", known, assets.Overflow, WhyPercent, 10},
		"some burnt":                {"434302251f04", known, assets.Valid, "", 6},
		"the opcode after":          {"43430216", known, assets.Rejected, WhyOpcode, 0},
		"an extension":              {"43430280", known, assets.Rejected, WhyOpcode, 0},
		"opcode 00":                 {"434302000100", known, assets.Rejected, WhyOpcode, 0},
		"no opcode":                 {"434302", known, assets.Rejected, WhyTruncated, 0},
		"no flags":                  {"43430205", known, assets.Rejected, WhyTruncated, 0},
		"flags alone":               {"4343020510", unknown, assets.Valid, "", 10}, // an issue of nothing
		"a locked issue":            {"434302050510", unknown, assets.Valid, "", 10},
		"an open issue":             {"434302050500", known, assets.Valid, "", 10},
		"whose script is not known": {"434302050500", unknown, assets.Unsure, WhyPrevout, 0},
		"too many units":            {"434302057fffffff00", known, assets.Rejected, WhyUnits, 0},
		"something else":            {"4f41010000", known, assets.None, "", 0},
	} {
		tx := carrying(t, c.payload)
		got := Color(tx, c.inputs, assets.Specification)
		if got.Verdict != c.verdict || got.Why != c.why {
			t.Errorf("%s: %s (%s)", name, got.Verdict, got.Why)
		}
		if n, err := assets.Units(got.Outputs[2], a); err != nil || n != c.held {
			t.Errorf("%s: output 2 holds %d, %v", name, n, err)
		}
		if Touches(tx) == (c.verdict == assets.None) {
			t.Errorf("%s: touched the wrong way", name)
		}
		if want := c.verdict == assets.Unsure; (len(Needs(tx, c.inputs)) == 1) != want {
			t.Errorf("%s: needs %v", name, Needs(tx, c.inputs))
		}
		checkBalance(t, tx, c.inputs, got)
	}
}

func TestCoinbasesIssueNothing(t *testing.T) {
	tx := carrying(t, "434302050510")
	tx.TxIn[0].PreviousOutPoint = wire.OutPoint{Index: wire.MaxPrevOutIndex}
	if c := Color(tx, []assets.Input{{}}, assets.Specification); c.Verdict != assets.Rejected || c.Why != WhyCoinbase {
		t.Errorf("%+v", c)
	}
}

func TestTheFirstPayloadThatCanBeReadCounts(t *testing.T) {
	tx := carrying(t, "43430216")
	tx.TxOut[1] = carrying(t, "434302150201").TxOut[0]
	c := Color(tx, []assets.Input{{Holdings: []assets.Holding{{Asset: assetOf(0), Units: 1}}}}, assets.Specification)
	if c.Verdict != assets.Valid || c.Marker != 1 || len(c.Outputs[2]) != 1 {
		t.Errorf("%+v", c)
	}
}

// A version 1 issue counts its decimals (cc-issuance-encoder).
func TestVersionOne(t *testing.T) {
	p, err := Parse(unhex(t, "43430105"+"402710"+"40")) // 625 hundredths
	if err != nil || p.Units != 6 || p.Traits.Divisibility != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = Parse(unhex(t, "43430205"+"402710"+"40")); err != nil || p.Units != 625 {
		t.Errorf("%+v, %v", p, err)
	}
}

// What the packages write and read in two ways: other versions are read like 2, and
// a range up to output 31 is no burn.
func TestOtherForms(t *testing.T) {
	if p, err := Parse(unhex(t, "43430005"+"402710"+"40")); err != nil || p.Units != 625 {
		t.Errorf("version 0: %+v, %v", p, err)
	}
	if p, err := Parse(unhex(t, "43430325"+"401f"+"05")); err != nil || !slices.Equal(p.Payments, []Payment{{Output: 31, Units: 5, Range: true}}) {
		t.Errorf("%+v, %v", p, err)
	}
	payload := unhex(t, "434302150201")
	for name, push := range map[string][]byte{
		"1 byte": {6}, "PUSHDATA1": {txscript.OP_PUSHDATA1, 6}, "PUSHDATA2": {txscript.OP_PUSHDATA2, 6, 0},
	} {
		tx := carrying(t, "00")
		tx.TxOut[0].PkScript = slices.Concat([]byte{txscript.OP_RETURN}, push, payload, []byte{txscript.OP_TRUE})
		p, output, err := Find(tx)
		if err != nil || output != 0 || len(p.Payments) != 1 || !Touches(tx) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if f := Explain(tx); len(f) != 4 || f[0].From != 1+len(push) || f[3].To != 1+len(push)+6 {
			t.Errorf("%s: explained as %+v", name, f)
		}
		tx.TxOut[0].PkScript = tx.TxOut[0].PkScript[:len(push)+6] // a byte is missing
		if p, _, _ := Find(tx); p != nil || Touches(tx) {
			t.Errorf("%s, cut off: %+v", name, p)
		}
	}
}

func TestWhatCannotBeOneHoldingStaysTwo(t *testing.T) {
	a, d := assetOf(0), assetOf(2)
	const most = 1<<63 - 1
	tx := carrying(t, "43430215")
	for range 3 {
		tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{}, nil, nil))
	}
	inputs := []assets.Input{
		{Holdings: []assets.Holding{{Asset: a, Units: most}, {Asset: d, Units: 1}}}, {Holdings: []assets.Holding{{Asset: a, Units: 5}}},
		{Holdings: []assets.Holding{{Asset: a, Units: 6}, {Asset: d, Units: 2}}}, {},
	}
	c := Color(tx, inputs, assets.Specification)
	want := []assets.Holding{{Asset: a, Units: most}, {Asset: d, Units: 1}, {Asset: a, Units: 11}, {Asset: d, Units: 2}}
	if !slices.Equal(c.Outputs[2], want) {
		t.Errorf("%v", c.Outputs[2])
	}
}

// A payment of more than 2^63-1 units finds no coins that hold so many, even where
// two of them together hold 2^63-1.
func TestAHugePaymentOverflows(t *testing.T) {
	const most = 1<<63 - 1
	for payload, want := range map[string]assets.Verdict{
		"43430215" + "01" + "bfffffffffff": assets.Overflow, // (2^42-1)·10^7
		"43430225" + "1f" + "bfffffffffff": assets.Overflow,
		"43430215" + "01" + "9fffffffff":   assets.Valid, // (2^34-1)·10^7
	} {
		tx := carrying(t, payload)
		tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{}, nil, nil))
		inputs := []assets.Input{
			{Holdings: []assets.Holding{{Asset: assetOf(0), Units: most}}}, {Holdings: []assets.Holding{{Asset: assetOf(0), Units: most}}},
		}
		c := Color(tx, inputs, assets.Specification)
		if c.Verdict != want || want == assets.Overflow && (c.Why != WhyShort || len(c.Outputs[2]) != 2) {
			t.Errorf("%s: %s (%s), %v", payload, c.Verdict, c.Why, c.Outputs)
		}
		checkBalance(t, tx, inputs, c)
	}
}

// A coin of very many parts costs everybody work with each move; it is followed up
// to MaxParts.
func TestManyParts(t *testing.T) {
	dispersed := assetOf(2)
	for n, want := range map[int]assets.Verdict{MaxParts: assets.Valid, MaxParts + 1: assets.Unsure, 60_000: assets.Unsure} {
		in := assets.Input{Holdings: make([]assets.Holding, n)}
		for i := range in.Holdings {
			in.Holdings[i] = assets.Holding{Asset: dispersed, Units: 1}
		}
		tx := carrying(t, "43430215")
		c := Color(tx, []assets.Input{in}, assets.Specification)
		if c.Verdict != want || len(c.Outputs) != 3 || want == assets.Unsure && (c.Why != WhyParts || len(c.Outputs[2]) != 0 || c.Flows != nil) {
			t.Errorf("%d parts: %s (%s), %d in the last output", n, c.Verdict, c.Why, len(c.Outputs[2]))
		}
		if n == MaxParts && (len(c.Flows) != n || c.Flows[n-1].First != int64(n-1)) {
			t.Errorf("%d flows, the last is %+v", len(c.Flows), c.Flows[len(c.Flows)-1])
		}
		checkBalance(t, tx, []assets.Input{in}, c)
	}
}

// oldID is an id of the old form.
func oldID(pad byte) string { return base58.CheckEncode(bytesOf(7, oldIDLength), pad) }

func TestOldIDs(t *testing.T) {
	for text, want := range map[string]error{
		"U3vZC8STWe5iSGH3nW1PpzK2QXHaEnNJHMTZA":  assets.ErrID, // a wrong checksum
		"La8kMVUzB9RT2GGKpkpuWJgp1oTPVheheTjMi6": assets.ErrID, // of today
		"":                                       assets.ErrID,
		oldID(oldUnlockedPad):                    ErrOldID,
		oldID(oldLockedPad):                      ErrOldID,
	} {
		if err := OldID(text); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if u, l := oldID(oldUnlockedPad), oldID(oldLockedPad); u[0] != 'U' || l[0] != 'L' {
		t.Errorf("%s and %s", u, l)
	}
}

func FuzzColor(f *testing.F) {
	for _, seed := range []string{"43430215020a", "434302050510", "434302251f04", "43430101", "43430202", "4343021281010101"} {
		f.Add(unhex(f, seed), int64(10), uint8(2))
	}
	f.Fuzz(func(t *testing.T, payload []byte, units int64, outputs uint8) {
		tx := wire.NewMsgTx(1)
		var inputs []assets.Input
		for i := range 3 {
			tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{1}}, nil, nil))
			in := assets.Input{Prevout: wire.NewTxOut(1, scriptOf(i))}
			if units > 0 {
				in.Holdings = []assets.Holding{{Asset: assetOf(i), Units: units}, {Asset: assetOf(0), Units: 1}}
			}
			inputs = append(inputs, in)
		}
		tx.AddTxOut(wire.NewTxOut(0, append([]byte{txscript.OP_RETURN, byte(len(payload))}, payload...)))
		for range outputs % 40 {
			tx.AddTxOut(wire.NewTxOut(546, payload))
		}
		c := Color(tx, inputs, assets.Specification)
		checkBalance(t, tx, inputs, c)
		Explain(tx)
		if p, err := Parse(payload); err == nil {
			if _, _, err := p.Bytes(Hashes{}, true); err != nil && !errors.Is(err, ErrSize) && !errors.Is(err, ErrAmount) {
				t.Errorf("%x cannot be written: %v", payload, err)
			}
		}
	})
}
