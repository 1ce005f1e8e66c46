package line

import (
	"errors"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil"
)

func TestBTC(t *testing.T) {
	for sat, want := range map[int64]string{0: "0.000", 1: "0.00000001", 100_000_000: "1.000", 99_700_000: "0.997", 410_001_222: "4.10001222", -100_000: "-0.001"} {
		if got := BTC(btcutil.Amount(sat)); got != want {
			t.Errorf("%d: %s, want %s", sat, got, want)
		}
	}
}

func TestDraw(t *testing.T) {
	s := carried().Apply(Event{Kind: Down, Who: Carol})
	picture := Draw(s)
	for _, want := range []string{"Alice     0.997", "1.003 promised until block 300", "✗Carol", "▒"} {
		if !strings.Contains(picture, want) {
			t.Errorf("no %q in\n%s", want, picture)
		}
	}
	for i, row := range strings.Split(strings.TrimSuffix(picture, "\n"), "\n") {
		if n := strings.Count(row, "█") + strings.Count(row, "▒") + strings.Count(row, "░"); n != barWidth {
			t.Errorf("bar %d is %d wide", i, n)
		}
	}
	if empty := Draw(New()); !strings.Contains(empty, "–") || strings.Contains(empty, "█") {
		t.Errorf("before anything:\n%s", empty)
	}
}

func TestTable(t *testing.T) {
	s := open()
	if table := Table(s); strings.Count(table, "✗") != Hops {
		t.Errorf("before the payment:\n%s", table)
	}
	s = carried()
	for i := range Hops {
		s = s.Apply(Event{Kind: Settled, Hop: i, Who: Who(i)})
	}
	table := Table(s)
	if strings.Count(table, "✓") != Hops || !strings.Contains(table, "Carol – Diana  0.999 | 3.001      0.999 | 3.001      ✓") {
		t.Errorf("after it:\n%s", table)
	}
}

// Every kind a person should hear of has words, and names who it is about.
func TestTell(t *testing.T) {
	for _, kind := range []Kind{Up, Down, Funded, Asked, Peeled, Offered, Held, Settled, Returned, Paid, Lost, Cost} {
		if text := Tell(Event{Kind: kind, Who: Carol, Hop: 2, Amount: Price}); !strings.Contains(text, "Carol") {
			t.Errorf("%s: %q", kind, text)
		}
	}
	if text := Tell(Event{Kind: Mined, Height: 3}); text != "" {
		t.Errorf("of every block: %q", text)
	}
}

func TestActs(t *testing.T) {
	if s := open(); !s.Allows(Pay) || s.Allows(Take) || s.Allows(Start) {
		t.Errorf("idle: %v", s.Acts())
	}
	s := carried()
	if !s.Allows(Take) || !s.Allows(CutCarol) || s.Allows(Pay) {
		t.Errorf("held: %v", s.Acts())
	}
	if s = s.Apply(Event{Kind: Down, Who: Carol}); !s.Allows(Mend) || !s.Allows(RunOut) || s.Allows(Take) {
		t.Errorf("cut: %v", s.Acts())
	}
	if s = New(); len(s.Acts()) != 0 {
		t.Errorf("building: %v", s.Acts())
	}
}

func TestParse(t *testing.T) {
	for name, want := range map[string]Who{"alice": Alice, "E": Eric, "car": Carol} {
		if got, err := Parse(name); err != nil || got != want {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	if _, err := Parse("zoe"); !errors.Is(err, ErrWho) {
		t.Error(err)
	}
	if _, err := Parse(""); !errors.Is(err, ErrWho) {
		t.Error(err)
	}
	for text, want := range map[string]btcutil.Amount{"1": Price, "0.5": Price / 2, ".00000001": 1, "2.": 2 * Price} {
		if got, err := ParseBTC(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", ".", "0", "-1", "+1", "1.000000001", "1e3", "999999999", "0x1", "1 "} {
		if got, err := ParseBTC(bad); !errors.Is(err, ErrAmount) {
			t.Errorf("%q: %d, %v", bad, got, err)
		}
	}
}
