package asset

import (
	"strings"
	"testing"
	"time"

	"cairn/assets"
)

// The samples are transactions that can be; each is another.
func TestSampleTxs(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range SampleTxs(time.Now()) {
		if seen[s.Name] || len(s.Tx.Colorings) == 0 || len(s.Tx.Colorings[0].Outputs) != len(s.Tx.Msg.TxOut) {
			t.Errorf("%s: %d colorings of %d outputs", s.Name, len(s.Tx.Colorings), len(s.Tx.Msg.TxOut))
		}
		seen[s.Name] = true
	}
}

func TestAnEndOfBandsSaysHowManyUnits(t *testing.T) {
	a, b := sampleName(1, "one", 2), sampleName(2, "another", 0)
	v := Tx{Names: map[assets.ID]Name{a.ID: a, b.ID: b}}
	v.Shown.Flows = []assets.Flow{
		{Asset: a.ID, From: 0, To: 1, Units: 1_234_500},
		{Asset: a.ID, From: 0, To: assets.Destroyed, Units: 500},
		{Asset: b.ID, From: 1, To: 1, Units: 7},
		{Asset: b.ID, From: 2, To: 2, Units: 1<<63 - 1},
	}
	for _, want := range []struct {
		end  End
		text string
	}{
		{End{Index: 0}, "12,350"}, {End{Index: 1}, "7"}, {End{Index: 2}, ""}, // too long for the picture
		{End{Right: true, Index: 1}, ""}, // of two assets
		{End{Right: true, Index: assets.Destroyed}, "5"},
	} {
		if got := v.unitsAt(want.end); got != want.text {
			t.Errorf("%+v: %q", want.end, got)
		}
	}
	if got := sums(t.Context(), v); !strings.Contains(got, "another") || more(1<<63-1, 5) != 1<<63-1 {
		t.Errorf("%q", got)
	}
}
