package epobc

import (
	"bytes"
	"reflect"
	"testing"

	"cairn/assets"

	"github.com/btcsuite/btcd/wire"
)

// TestNeedsAreEnough hides the uncolored coins of every kernel and looks up
// those that Needs asks for: the colors are those of all coins known.
func TestNeedsAreEnough(t *testing.T) {
	asked, hidden := 0, 0
	for _, k := range load[[]kernel](t, "kernels.json.gz") {
		tx, inputs := k.build()
		want := Color(tx, inputs, assets.Specification)
		known := make([]assets.Input, len(inputs))
		for i, in := range inputs {
			if len(in.Holdings) > 0 {
				known[i] = in
			} else {
				hidden++
			}
		}
		for {
			needs := Needs(tx, known)
			if len(needs) == 0 {
				break
			}
			if c := Color(tx, known, assets.Specification); c.Verdict != assets.Unsure || c.Why != WhyCoin {
				t.Fatalf("%+v: %s while coins are needed", k, c.Verdict)
			}
			for _, i := range needs {
				if known[i].HasTag {
					t.Fatalf("%+v: input %d is known", k, i)
				}
				known[i] = inputs[i]
				asked++
			}
		}
		if got := Color(tx, known, assets.Specification); !reflect.DeepEqual(got.Outputs, want.Outputs) || got.Verdict != want.Verdict {
			t.Errorf("%+v: %s %v, want %s %v", k, got.Verdict, got.Outputs, want.Verdict, want.Outputs)
		}
	}
	if asked == 0 || asked >= hidden {
		t.Errorf("%d of %d hidden coins were asked for", asked, hidden)
	}
}

// TestSponsorsCoinIsNotNeeded: behind coins that are used up to the last unit
// nothing has to be looked up.
func TestSponsorsCoinIsNotNeeded(t *testing.T) {
	coin := coinOf(1, 1, 1000, Tag{Code: 10})
	u, err := Transfer([]assets.Coin{coin}, []assets.Payment{{Script: scriptOf(2), Asset: colorOf(1), Units: 400}}, scriptOf(3))
	if err != nil {
		t.Fatal(err)
	}
	u.Tx.AddTxIn(&wire.TxIn{})
	u.Tx.AddTxOut(wire.NewTxOut(5000, scriptOf(4)))
	if needs := Needs(u.Tx, []assets.Input{coin.Input(), {}}); needs != nil {
		t.Errorf("inputs %v are needed", needs)
	}
}

// TestColorsStayApart: an output where two colors lie has none, and a tag on a
// transaction that spends none is a number like any other.
func TestColorsStayApart(t *testing.T) {
	one, two := coinOf(1, 1, 10, Tag{}).Input(), coinOf(2, 2, 10, Tag{}).Input()
	tx := wire.NewMsgTx(1)
	for range 2 {
		tx.AddTxIn(&wire.TxIn{Sequence: Tag{}.Sequence()})
	}
	for _, value := range []int64{5, 10, 5} {
		tx.AddTxOut(wire.NewTxOut(value, scriptOf(1)))
	}
	c := Color(tx, []assets.Input{one, two}, assets.Specification)
	if c.Verdict != assets.Valid || len(c.Outputs[0]) != 1 || len(c.Outputs[1]) != 0 || len(c.Outputs[2]) != 1 ||
		c.Outputs[0][0].Asset != colorOf(1) || c.Outputs[2][0].Asset != colorOf(2) {
		t.Errorf("%+v", c)
	}
	lost := int64(0)
	for _, f := range c.Flows {
		if f.To == assets.Destroyed {
			lost += f.Units
		}
	}
	if lost != 10 {
		t.Errorf("%d units are destroyed, %+v", lost, c.Flows)
	}
	one.Holdings, two.Holdings = nil, nil
	if c := Color(tx, []assets.Input{one, two}, assets.Specification); c.Verdict != assets.None || c.Why != "" || c.Flows != nil {
		t.Errorf("%+v", c)
	}
}

func FuzzColor(f *testing.F) {
	for _, k := range load[[]kernel](f, "kernels.json.gz")[:50] {
		tx, _ := k.build()
		var b bytes.Buffer
		if err := tx.Serialize(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), int64(10), uint32(51), uint8(255))
	}
	f.Fuzz(func(t *testing.T, raw []byte, value int64, sequence uint32, colored uint8) {
		tx := wire.NewMsgTx(1)
		if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
			return
		}
		Touches(tx)
		Explain(tx)
		inputs := make([]assets.Input, len(tx.TxIn))
		in := int64(0)
		for i := range inputs {
			inputs[i] = assets.Input{Prevout: wire.NewTxOut(value, nil), Tag: sequence, HasTag: true}
			if n := place(inputs[i]); n > 0 && colored>>(i%8)&1 == 1 {
				inputs[i].Holdings = []assets.Holding{{Asset: anyColor, Units: n}}
				in += min(n, 1<<62-in)
			}
		}
		Needs(tx, make([]assets.Input, len(tx.TxIn)))
		c := Color(tx, inputs, assets.Specification)
		left := in
		for _, f := range c.Flows {
			if f.Units <= 0 || f.From >= len(tx.TxIn) || f.To >= len(tx.TxOut) {
				t.Fatalf("a flow %+v", f)
			}
			if f.From >= 0 && in < 1<<62 {
				left -= f.Units
			}
		}
		if left != 0 && in < 1<<62 {
			t.Fatalf("%d of %d units are not told of", left, in)
		}
	})
}

func FuzzParseTag(f *testing.F) {
	f.Add(uint32(51))
	f.Add(uint32(677))
	f.Fuzz(func(t *testing.T, sequence uint32) {
		tag, ok := ParseTag(sequence)
		if back, again := ParseTag(tag.Sequence()); ok && (!again || back != tag) {
			t.Fatalf("%d is %v, then %v", sequence, tag, back)
		}
	})
}
