package compose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"

	"pgregory.net/rapid"
)

// Whatever people order, of whatever they have: no unit is lost but those that were to
// be burnt, and each payment arrives. What cannot be built is refused, and changes
// nothing.
func TestNoUnitIsLost(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	rapid.Check(t, func(r *rapid.T) {
		b := newBench(t, d)
		b.sponsor.ends = b.at.AddDate(0, 0, 1)
		b.cfg.Open, b.cfg.OpenEach = 1<<30, 1<<30
		m := &model{t: t, r: r, bench: b, people: []*wallet{b.wallet("a"), b.wallet("b"), b.wallet("c")}, burnt: map[assets.ID]int64{}, issued: map[assets.ID]int64{}}
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			m.step()
			m.conserved()
		}
	})
}

type model struct {
	*bench
	t             *testing.T
	r             *rapid.T
	people        []*wallet
	issued, burnt map[assets.ID]int64
}

// step has somebody order something.
func (m *model) step() {
	who := rapid.SampledFrom(m.people).Draw(m.r, "who")
	colored, _ := who.coins()
	slices.SortFunc(colored, func(a, b Colored) int { return slices.Compare(a.Hash[:], b.Hash[:])*4 + int(a.Index) - int(b.Index) })
	o := Order{Change: who.script(), Sponsored: rapid.Bool().Draw(m.r, "sponsored")}
	if len(colored) == 0 || rapid.IntRange(0, 2).Draw(m.r, "what") == 0 {
		m.issue(who, o)
		return
	}
	first := rapid.SampledFrom(colored).Draw(m.r, "coin")
	sums := map[assets.ID]int64{}
	for _, c := range colored {
		if c.Protocol != first.Protocol || c.OutPoint != first.OutPoint && rapid.Bool().Draw(m.r, "left") {
			continue
		}
		o.Coins = append(o.Coins, coinOf(c))
		for _, h := range c.Holdings {
			sums[h.Asset] += h.Units
		}
	}
	for range rapid.IntRange(0, 3).Draw(m.r, "money") {
		o.Coins = append(o.Coins, who.fund(30_000))
	}
	id := first.Holdings[0].Asset
	if rapid.IntRange(0, 3).Draw(m.r, "burn") == 0 {
		o.Operation = Burn
		o.Burn = []assets.Holding{{Asset: id, Units: rapid.Int64Range(1, sums[id]).Draw(m.r, "burnt")}}
		m.order(who, o)
		return
	}
	o.Operation = Transfer
	left := sums[id]
	for left > 0 && len(o.Payments) < rapid.SampledFrom([]int{1, 2, 5, 45}).Draw(m.r, "payments") {
		units := rapid.Int64Range(1, left).Draw(m.r, "units")
		left -= units
		o.Payments = append(o.Payments, assets.Payment{Script: rapid.SampledFrom(m.people).Draw(m.r, "to").script(), Asset: id, Units: units})
	}
	if rapid.IntRange(0, 4).Draw(m.r, "satoshi") == 0 {
		o.Payments = append(o.Payments, assets.Payment{Script: m.people[0].script(), Value: 2_000})
	}
	m.order(who, o)
}

func (m *model) issue(who *wallet, o Order) {
	o.Operation, o.Protocol = Issue, rapid.SampledFrom(assets.Protocols).Draw(m.r, "protocol")
	for range rapid.IntRange(1, 3).Draw(m.r, "coins") {
		o.Coins = append(o.Coins, who.fund(60_000))
	}
	o.Locked = rapid.Bool().Draw(m.r, "locked")
	o.Aggregation = rapid.SampledFrom([]Aggregation{Aggregatable, Hybrid, Dispersed}).Draw(m.r, "aggregation")
	n := rapid.SampledFrom([]int{1, 1, 2, 40, 90}).Draw(m.r, "recipients")
	if o.Protocol == assets.EPOBC {
		n = 1
	}
	for range n {
		most := rapid.SampledFrom([]int64{1, 200, 3_000}).Draw(m.r, "most")
		o.Payments = append(o.Payments, assets.Payment{Script: rapid.SampledFrom(m.people).Draw(m.r, "to").script(), Units: rapid.Int64Range(1, most).Draw(m.r, "units")})
	}
	if o.Protocol != assets.EPOBC && !(o.Protocol == assets.Colu && o.Locked) && rapid.Bool().Draw(m.r, "seed") {
		o.Seed = who.script()
		if o.Sponsored {
			o.Coins = nil
		}
	}
	m.order(who, o)
}

// order tries it. All errors it may meet are named.
func (m *model) order(who *wallet, o Order) {
	d, err := m.Prepare(context.Background(), o)
	for _, kind := range []error{ErrFunds, ErrGift, ErrLimit, ErrProtocolLimit, ErrOtherColor, assets.ErrTooMany, assets.ErrDust} {
		if errors.Is(err, kind) {
			m.r.Logf("%s refused: %v", o.Operation, err)
			return
		}
	}
	if err != nil {
		m.r.Fatalf("%s: %v", o.Operation, err)
	}
	d, err = m.Accept(context.Background(), d.ID, who.signAll(d))
	if err != nil || d.State != Sent {
		m.r.Fatalf("%s is %s: %v", o.Operation, d.State, err)
	}
	if len(o.Burn) > 0 {
		m.burnt[o.Burn[0].Asset] += o.Burn[0].Units
	}
	if o.Operation == Issue {
		for _, p := range o.Payments {
			id := d.Asset
			if id.IsZero() {
				id = d.Parts[0].Coloring.Issued
			}
			m.issued[id] += p.Units
		}
	}
}

// conserved compares what all have with what was ever made.
func (m *model) conserved() {
	m.t.Helper()
	for id, units := range m.issued {
		have := int64(0)
		for _, who := range m.people {
			have += who.units(id)
		}
		if have != units-m.burnt[id] {
			m.r.Fatal(fmt.Sprintf("%s: there are %d of %d units, %d of them burnt", id, have, units, m.burnt[id]))
		}
	}
}
