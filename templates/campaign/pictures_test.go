package campaign

import (
	"testing"

	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
)

// 100 % is said of a goal that is reached, and never before.
func TestPercentIsRoundedDown(t *testing.T) {
	for _, c := range []struct {
		bar  Bar
		want int
	}{
		{Bar{}, 0}, {Bar{Confirmed: 5}, 0}, {Bar{Confirmed: 1_999_999, Goal: 2_000_000}, 99}, {Bar{Confirmed: 2_000_000, Goal: 2_000_000}, 100},
		{Bar{Confirmed: 2_100_000_000_000_000, Goal: 1}, 9_999}, {Bar{Confirmed: -5, Goal: 10}, 0},
	} {
		if got := c.bar.Percent(); got != c.want {
			t.Errorf("%+v is %d %%, want %d", c.bar, got, c.want)
		}
	}
}

func TestBarStaysWithinItself(t *testing.T) {
	for _, amounts := range [][4]btcutil.Amount{{0, 0, 0, 0}, {0, 1, 1, 1_000_000}, {5, 10, 0, 10}, {20, 10, 99, 10}, {3, 999, 50, 1000}, {0, 0, 7, 3}} {
		b := Bar{amounts[0], amounts[1], amounts[2], amounts[3]}
		at := 0
		for _, p := range b.pieces() {
			if p.from != at || p.width <= 0 {
				t.Errorf("%+v: a piece at %d of %d", b, p.from, p.width)
			}
			at += p.width
		}
		if at > 1000 {
			t.Errorf("%+v is %d long", b, at)
		}
	}
}

// A stone is whole when its tenth is there; the top one is laid at the goal.
func TestPileShowsTenths(t *testing.T) {
	p := Pile{Bar: Bar{Confirmed: 540, Pending: 80, Goal: 1000}}
	count := map[string]int{}
	for _, l := range p.layers() {
		if l.whole {
			count[l.class]++
		}
		if l.top < p.ceiling() || (!l.whole && (l.y < l.top || l.y+l.height > l.bottom)) {
			t.Errorf("a layer lies outside: %+v", l)
		}
	}
	if count["solid"] != 5 || count["coming"] != 4 || count["solid top"] != 0 {
		t.Errorf("got %v", count)
	}
	p.Confirmed = 1000
	last := p.layers()[len(p.layers())-1]
	for _, l := range p.layers() {
		if l.class == "solid top" {
			last = l
		}
	}
	if last.class != "solid top" || !p.reached() {
		t.Errorf("the top is %+v", last)
	}
}

// However many pledges there are, the bands are few, and nothing gets lost.
func TestFlowGroupsManyPledges(t *testing.T) {
	for _, n := range []int{0, 1, 8, 14, 15, 1700} {
		c := &Claim{Claim: lighthouse.Claim{Fee: 10}}
		for range n {
			c.From = append(c.From, Inflow{Amount: 1000})
		}
		gs := groups(c.From)
		var sum btcutil.Amount
		pledges := 0
		for _, g := range gs {
			sum, pledges = sum+g.amount, pledges+g.count
		}
		if sum != btcutil.Amount(1000*n) || pledges != n || len(gs) > flowSingles+flowGroups {
			t.Errorf("%d pledges: %d in %d bands of %d", n, pledges, len(gs), sum)
		}
		if f := c.flow(t.Context()); len(f.in) != len(gs) {
			t.Errorf("%d pledges: %d bands", n, len(f.in))
		}
	}
}

func TestBTCIsExact(t *testing.T) {
	for amount, want := range map[btcutil.Amount]string{0: "0 BTC", 1: "0.00000001 BTC", 1_080_000: "0.0108 BTC", 100_000_000: "1 BTC", -150_000_000: "−1.5 BTC"} {
		if got := BTC(amount); got != want {
			t.Errorf("%d: %q, want %q", amount, got, want)
		}
	}
}
