package ledger

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"cairn/assets"
)

func someColoring(t testing.TB) assets.Coloring {
	t.Helper()
	a, err := assets.NewID(assets.Colu, bytes.Repeat([]byte{1}, 24))
	if err != nil {
		t.Fatal(err)
	}
	b, err := assets.NewID(assets.Colu, bytes.Repeat([]byte{2}, 24))
	if err != nil {
		t.Fatal(err)
	}
	return assets.Coloring{
		Protocol: assets.Colu, Verdict: assets.Overflow, Why: "short", Marker: 3, Issued: b, Metadata: []byte("u=x"),
		Outputs: [][]assets.Holding{nil, {{Asset: a, Units: 1}, {Asset: b, Units: math.MaxInt64}}, nil},
		Flows:   []assets.Flow{{Asset: a, From: assets.Issued, First: 7, To: assets.Destroyed, Units: 8}, {Asset: b, From: 2, To: 1, Units: 9}},
		Forks:   []assets.Reading{"one", "two"},
	}
}

func TestColoringsAreStoredAsTheyAre(t *testing.T) {
	c := someColoring(t)
	plain := assets.Coloring{Protocol: assets.OpenAssets, Verdict: assets.None, Marker: -1, Outputs: [][]assets.Holding{nil}}
	got, err := decodeColorings(encodeColorings([]assets.Coloring{c, plain}))
	if err != nil || !reflect.DeepEqual(got, []assets.Coloring{c, plain}) {
		t.Errorf("%+v, %v", got, err)
	}
	raw := encodeColoring(c)
	for n := range raw {
		if _, err := decodeColoring(raw[:n]); err == nil {
			t.Errorf("the first %d bytes of %d are read", n, len(raw))
		}
	}
}

func FuzzColoring(f *testing.F) {
	f.Add(encodeColoring(someColoring(f)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := decodeColoring(raw)
		if err != nil {
			return
		}
		again, err := decodeColoring(encodeColoring(c))
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("%+v became %+v, %v", c, again, err)
		}
	})
}

func TestSums(t *testing.T) {
	most := units(math.MaxInt64)
	three := most.plus(most).plus(most)
	if three.int64() != math.MaxInt64 || readSum(three.bytes()) != three {
		t.Errorf("three times the most is %+v", three)
	}
	left, ok := three.minus(most.plus(most))
	if !ok || left != most || left.int64() != math.MaxInt64 {
		t.Errorf("less two times the most is %+v", left)
	}
	if _, ok := left.minus(three); ok {
		t.Error("less than nothing is left")
	}
	if bytes.Compare(three.bytes(), most.bytes()) <= 0 || bytes.Compare(most.bytes(), units(1).bytes()) <= 0 {
		t.Error("the bytes are in another order than the numbers")
	}
}
