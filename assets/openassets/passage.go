package openassets

import (
	"math"

	"cairn/assets"

	"github.com/btcsuite/btcd/wire"
)

// passage is one marker being applied to one transaction: units leave the
// inputs in order, and outputs take them in order.
type passage struct {
	tx     *wire.MsgTx
	inputs []assets.Input
	marker int
	list   []int64
	// in, holding and taken are where the next unit lies.
	in, holding int
	taken       int64
	assets.Coloring
}

// run applies the marker; it answers why not, or "".
func (p *passage) run(d dialect) (why string) {
	if len(p.list) > len(p.tx.TxOut)-1 {
		return WhyList
	}
	p.Outputs = make([][]assets.Holding, len(p.tx.TxOut))
	p.Verdict = assets.Valid
	p.issue()
	skip := 0
	if d.ruby {
		skip = d.markersBehind(p.tx, p.marker)
	}
	for i := p.marker; i < len(p.list) && i+1+skip < len(p.tx.TxOut); i++ {
		if why := p.fill(i+1+skip, p.list[i]); why != "" {
			return why
		}
	}
	p.destroyRest()
	return ""
}

// issue gives new units to the outputs before the marker.
func (p *passage) issue() {
	id, running := Speaker(p.inputs), int64(0)
	for to, units := range p.list[:min(p.marker, len(p.list))] {
		switch {
		case units == 0:
			continue
		case id.IsZero():
			p.Verdict, p.Why = assets.Unsure, WhyIssuer
			continue
		}
		p.Issued = id
		p.Outputs[to] = []assets.Holding{{Asset: id, Units: units}}
		p.Flows = append(p.Flows, assets.Flow{Asset: id, From: assets.Issued, First: running, To: to, Units: units})
		running += min(units, math.MaxInt64-running)
	}
}

// fill moves units from the inputs to one output; it answers why not, or "".
func (p *passage) fill(to int, units int64) (why string) {
	first := len(p.Flows)
	for left := units; left > 0; {
		f, more := p.next(left)
		if !more {
			return WhyShort
		}
		f.To = to
		p.Flows = append(p.Flows, f)
		if f.Asset != p.Flows[first].Asset {
			return WhyMixed
		}
		left -= f.Units
	}
	if units > 0 {
		p.Outputs[to] = []assets.Holding{{Asset: p.Flows[first].Asset, Units: units}}
	}
	return ""
}

// next takes at most so many units from the first input that has any.
func (p *passage) next(most int64) (f assets.Flow, more bool) {
	for ; p.in < len(p.inputs); p.in, p.holding = p.in+1, 0 {
		held := p.inputs[p.in].Holdings
		for ; p.holding < len(held); p.holding, p.taken = p.holding+1, 0 {
			h := held[p.holding]
			if h.Units <= p.taken {
				continue
			}
			f = assets.Flow{Asset: h.Asset, From: p.in, First: p.taken, Units: min(most, h.Units-p.taken)}
			p.taken += f.Units
			return f, true
		}
	}
	return assets.Flow{}, false
}

// destroyRest tells of the units that no output took.
func (p *passage) destroyRest() {
	for {
		f, more := p.next(math.MaxInt64)
		if !more {
			return
		}
		f.To = assets.Destroyed
		p.Flows = append(p.Flows, f)
	}
}

// markersBehind counts the markers behind the one at an index.
func (d dialect) markersBehind(tx *wire.MsgTx, at int) (n int) {
	for _, out := range tx.TxOut[at+1:] {
		if _, err := d.parseScript(out.PkScript); err == nil {
			n++
		}
	}
	return n
}
