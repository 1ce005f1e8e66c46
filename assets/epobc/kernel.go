package epobc

import (
	"math"

	"cairn/assets"

	"github.com/btcsuite/btcd/wire"
)

// span is where units lie, from and to (excluded), counted over all inputs or
// over all outputs.
type span struct{ from, to int64 }

func (s span) length() int64 { return s.to - s.from }

// spans lays amounts end to end, up to the first that is nothing: what comes
// behind it has no place.
func spans(n int, amount func(i int) int64) (out []span) {
	end := int64(0)
	for i := range n {
		a := amount(i)
		if a <= 0 {
			return out
		}
		s := span{end, end + min(a, math.MaxInt64-end)}
		out, end = append(out, s), s.to
	}
	return out
}

func outputSpans(tx *wire.MsgTx, t Tag) []span {
	padding := t.Padding()
	return spans(len(tx.TxOut), func(i int) int64 { return units(tx.TxOut[i].Value, padding) })
}

// inputSpans ends before the first coin whose transaction has no tag.
func inputSpans(inputs []assets.Input) []span {
	return spans(len(inputs), func(i int) int64 { return place(inputs[i]) })
}

// place is how many units' room a coin takes, colored or not.
func place(in assets.Input) int64 {
	t, tagged := ParseTag(in.Tag)
	if !in.HasTag || !tagged || in.Prevout == nil {
		return 0
	}
	return units(in.Prevout.Value, t.Padding())
}

// holding is what a coin holds; an EPOBC coin has one color at most.
func holding(in assets.Input) (h assets.Holding, colored bool) {
	if len(in.Holdings) == 0 {
		return assets.Holding{}, false
	}
	return in.Holdings[0], true
}

// transfer is the kernel for a transaction that moves units: an output is
// colored when all inputs that share its place are, in one color, and hold as
// many units as it together. The last of them need not reach to its end: such an
// output gets more units than flow into it.
type transfer struct {
	inputs []assets.Input
	ins    []span
	// told is how many units of each input have been told of.
	told  []int64
	gaps  [][]assets.Flow
	flows []assets.Flow
	// stretched: an output got more units than flow into it.
	stretched bool
}

func newTransfer(inputs []assets.Input) *transfer {
	return &transfer{
		inputs: inputs, ins: inputSpans(inputs),
		told: make([]int64, len(inputs)), gaps: make([][]assets.Flow, len(inputs)),
	}
}

// run colors the outputs.
func (k *transfer) run(outs []span, outputs [][]assets.Holding) {
	low := 0
	for i, out := range outs {
		for low < len(k.ins) && k.ins[low].to <= out.from {
			low++
		}
		high := low
		for high < len(k.ins) && k.ins[high].from < out.to {
			high++
		}
		if color, ok := k.color(low, high, out.length()); ok {
			outputs[i] = []assets.Holding{{Asset: color, Units: out.length()}}
			k.move(i, out, low, high, color)
		}
	}
	k.destroyRest()
}

// color is that of the inputs from low to high (excluded) for an output of so
// many units.
func (k *transfer) color(low, high int, want int64) (color assets.ID, ok bool) {
	sum := int64(0)
	for j := low; j < high; j++ {
		h, colored := holding(k.inputs[j])
		if !colored || j > low && h.Asset != color {
			return assets.ID{}, false
		}
		color = h.Asset
		sum += min(h.Units, math.MaxInt64-sum)
	}
	return color, high > low && sum >= want
}

// move tells where an output's units came from.
func (k *transfer) move(to int, out span, low, high int, color assets.ID) {
	at := out.from
	for j := low; j < high; j++ {
		in := k.ins[j]
		first, end := max(in.from, out.from), min(in.to, out.to)
		k.gap(j, first-in.from)
		k.told[j] = end - in.from
		k.flows = append(k.flows, assets.Flow{Asset: color, From: j, First: first - in.from, To: to, Units: end - first})
		at = end
	}
	if at < out.to {
		k.stretched = true
		k.flows = append(k.flows, assets.Flow{Asset: color, From: assets.Issued, To: to, Units: out.to - at})
	}
}

// gap notes the units of an input, up to a place, that no output takes.
func (k *transfer) gap(j int, upTo int64) {
	h, colored := holding(k.inputs[j])
	if upTo = min(upTo, h.Units); colored && upTo > k.told[j] {
		k.gaps[j] = append(k.gaps[j], assets.Flow{
			Asset: h.Asset, From: j, First: k.told[j], To: assets.Destroyed, Units: upTo - k.told[j],
		})
		k.told[j] = upTo
	}
}

// destroyRest tells of the units that no output took.
func (k *transfer) destroyRest() {
	for j := range k.inputs {
		k.gap(j, math.MaxInt64)
		k.flows = append(k.flows, k.gaps[j]...)
	}
}
