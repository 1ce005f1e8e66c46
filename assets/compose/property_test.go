package compose

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"pgregory.net/rapid"
)

// Whatever people order, of whatever they have: no unit is lost but those that were to
// be burnt, and each payment arrives. What cannot be built is refused, and changes
// nothing.
func TestNoUnitIsLost(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	done := map[Operation]int{}
	rapid.Check(t, func(r *rapid.T) {
		b := newBench(t, d)
		b.sponsor.ends = b.at.AddDate(0, 0, 1)
		b.cfg.Open, b.cfg.OpenEach = 1<<30, 1<<30
		m := &model{t: t, r: r, bench: b, people: []*wallet{b.wallet("a"), b.wallet("b"), b.wallet("c")}, burnt: map[assets.ID]int64{}, issued: map[assets.ID]int64{}, issuers: map[assets.ID]issuer{}, done: done}
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			m.step()
			m.conserved()
		}
	})
	for _, what := range []Operation{Issue, Reissue, Transfer, Burn, Lock, Dividend, Sell, Take} {
		if done[what] == 0 {
			t.Errorf("nobody could %s: %v", what, done)
		}
	}
}

type model struct {
	*bench
	t             *testing.T
	r             *rapid.T
	people        []*wallet
	issued, burnt map[assets.ID]int64
	// issuers are who may issue more of an asset, in the order in which they came.
	issuers map[assets.ID]issuer
	names   []assets.ID
	done    map[Operation]int
}

// colored are somebody's coins that hold units, in an order that is always the same.
func colored(who *wallet) []Colored {
	list, _ := who.coins()
	slices.SortFunc(list, func(a, b Colored) int { return strings.Compare(a.OutPoint.String(), b.OutPoint.String()) })
	return list
}

// step has somebody order something.
func (m *model) step() {
	who := rapid.SampledFrom(m.people).Draw(m.r, "who")
	colored := colored(who)
	o := Order{Change: who.script(), Sponsored: rapid.Bool().Draw(m.r, "sponsored")}
	if len(colored) == 0 {
		m.issue(who, o)
		return
	}
	switch rapid.IntRange(0, 8).Draw(m.r, "what") {
	case 0, 1:
		m.issue(who, o)
		return
	case 2:
		m.reissue(o)
		return
	case 3:
		m.dividend(who, o, rapid.SampledFrom(colored).Draw(m.r, "asset").Holdings[0].Asset)
		return
	case 4:
		m.trade(who, rapid.SampledFrom(colored).Draw(m.r, "sold"))
		return
	case 5:
		m.lock(o)
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
	for _, c := range colored { // a second asset in the same transaction
		other := c.Holdings[0].Asset
		if other != id && sums[other] > 0 && rapid.Bool().Draw(m.r, "another asset") {
			o.Payments = append(o.Payments, assets.Payment{Script: m.people[1].script(), Asset: other, Units: rapid.Int64Range(1, sums[other]).Draw(m.r, "of another")})
			break
		}
	}
	if rapid.IntRange(0, 4).Draw(m.r, "satoshi") == 0 {
		o.Payments = append(o.Payments, assets.Payment{Script: m.people[0].script(), Value: 2_000})
	}
	for i := range o.Payments {
		if p := &o.Payments[i]; first.Protocol != assets.EPOBC && rapid.IntRange(0, 5).Draw(m.r, "value") == 0 {
			p.Value = assets.Dust(p.Script) + btcutil.Amount(rapid.SampledFrom([]int64{-1, 0, 1, 5_000}).Draw(m.r, "beside dust"))
		}
	}
	m.order(who, o)
}

// order tries it, and reports whether it was done. All errors it may meet are named.
func (m *model) order(who *wallet, o Order) (Draft, bool) {
	before := m.standing()
	d, err := m.Prepare(context.Background(), o)
	for _, kind := range []error{ErrFunds, ErrGift, ErrLimit, ErrProtocolLimit, ErrOtherColor, ErrNothing, assets.ErrTooMany, assets.ErrDust} {
		if errors.Is(err, kind) {
			m.r.Logf("%s refused: %v", o.Operation, err)
			if after := m.standing(); !maps.Equal(before, after) {
				m.r.Fatalf("a %s that was refused changed %v to %v", o.Operation, before, after)
			}
			return Draft{}, false
		}
	}
	if err != nil {
		m.r.Fatalf("%s: %v", o.Operation, err)
	}
	d, err = m.Accept(context.Background(), d.ID, who.signAll(d))
	if err != nil || d.State != Sent {
		m.r.Fatalf("%s is %s: %v", o.Operation, d.State, err)
	}
	m.done[o.Operation]++
	if len(o.Burn) > 0 {
		m.burnt[o.Burn[0].Asset] += o.Burn[0].Units
	}
	for _, p := range o.Payments {
		if o.Operation == Issue || o.Operation == Reissue {
			if p.Asset = d.Asset; p.Asset.IsZero() {
				p.Asset = d.Parts[0].Coloring.Issued
			}
			m.issued[p.Asset] += p.Units
		}
		m.arrived(o.Operation, p)
	}
	return d, true
}

// arrived: a payment, to a fresh script, is there in one coin.
func (m *model) arrived(what Operation, p assets.Payment) {
	m.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, tx := range m.txs {
		for i, out := range tx.TxOut {
			if string(out.PkScript) != string(p.Script) {
				continue
			}
			held := int64(0)
			for _, c := range m.held[wire.OutPoint{Hash: name, Index: uint32(i)}] {
				units, err := assets.Units(c.Holdings, p.Asset)
				if err != nil {
					m.r.Fatal(err)
				}
				held += units
			}
			if held != p.Units || p.Value > 0 && out.Value != int64(p.Value) {
				m.r.Fatalf("%s: %d units and %d sat arrived of %+v", what, held, out.Value, p)
			}
			return
		}
	}
	m.r.Fatalf("%s: nothing arrived of %+v", what, p)
}

// standing is what everybody has of each asset.
func (m *model) standing() map[assets.ID]int64 {
	all := map[assets.ID]int64{}
	for _, who := range m.people {
		colored, _ := who.coins()
		for _, c := range colored {
			for _, h := range c.Holdings {
				all[h.Asset] += h.Units
			}
		}
	}
	return all
}

// conserved compares what all have with what was ever made.
func (m *model) conserved() {
	m.t.Helper()
	have := m.standing()
	for id, units := range m.issued {
		if have[id] != units-m.burnt[id] {
			m.r.Fatalf("%s: there are %d of %d units, %d of them burnt", id, have[id], units, m.burnt[id])
		}
	}
	for id := range have {
		if m.issued[id] == 0 {
			m.r.Fatalf("%s: %d units that nobody issued", id, have[id])
		}
	}
}
