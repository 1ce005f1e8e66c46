package colu

import (
	"errors"
	"math"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
)

// Readings is empty: there is one set of packages, and they are the rules.
func Readings() []assets.Reading { return nil }

// Needs lists the inputs whose previous output has to be known to color the
// transaction, and is not: the first one's script names what an unlocked issue
// makes.
func Needs(tx *wire.MsgTx, inputs []assets.Input) []int {
	p, _, _ := Find(tx)
	if p == nil || p.Kind != Issuance || p.Traits.Locked || len(inputs) == 0 || inputs[0].Prevout != nil {
		return nil
	}
	return []int{0}
}

// Color is what the protocol makes of a transaction whose inputs hold what
// inputs say; one that is missing there is taken for uncolored. There is only
// one reading.
func Color(tx *wire.MsgTx, inputs []assets.Input, _ assets.Reading) assets.Coloring {
	c := assets.Coloring{
		Protocol: assets.Colu, Verdict: assets.None, Marker: -1,
		Outputs: make([][]assets.Holding, len(tx.TxOut)),
	}
	p, marker, err := Find(tx)
	c.Marker = marker
	switch {
	case marker < 0:
		newQueue(tx, inputs).destroy(&c)
		return c
	case err != nil:
		c.Verdict, c.Why = assets.Rejected, WhyTruncated
		if errors.Is(err, ErrOpcode) {
			c.Why = WhyOpcode
		}
		newQueue(tx, inputs).destroy(&c)
		return c
	}
	apply(p, tx, inputs, &c)
	return c
}

// apply does what the payload says.
func apply(p *Payload, tx *wire.MsgTx, inputs []assets.Input, c *assets.Coloring) {
	queue := newQueue(tx, inputs)
	if p.Kind == Issuance && !queue.issue(tx, inputs, p, c) {
		return
	}
	c.Verdict = assets.Valid
	if c.Why = queue.pay(tx, p.Payments, c); c.Why != "" {
		c.Verdict = assets.Overflow
		c.Outputs, c.Flows = make([][]assets.Holding, len(tx.TxOut)), nil
		queue.restart()
	}
	queue.leave(len(tx.TxOut)-1, c)
	if parts(c.Outputs) > MaxParts {
		c.Verdict, c.Why = assets.Unsure, WhyParts
		c.Outputs, c.Flows = make([][]assets.Holding, len(tx.TxOut)), nil
		return
	}
	sortFlows(c.Flows)
}

// MaxParts is how many holdings a transaction may make and still be followed; one
// that makes more is Unsure. Units that never become one stay apart for ever, and
// one large payload can make tens of thousands of them: everybody who follows the
// coin would carry them all along with each of its small moves. Payloads of 80
// bytes make 38 at most.
const MaxParts = 1000

func parts(outputs [][]assets.Holding) (n int) {
	for _, held := range outputs {
		n += len(held)
	}
	return n
}

// lot is what an input holds of an asset, and how much of it is left.
type lot struct {
	asset      assets.ID
	from       int   // the input, or assets.Issued
	first      int64 // the place of its first unit there
	units      int64
	left       int64
	aggregates bool
}

// queue has the lots of all inputs, in order, and the cursor of the payments.
type queue struct {
	inputs       [][]lot
	input, place int
}

func newQueue(tx *wire.MsgTx, inputs []assets.Input) *queue {
	q := &queue{inputs: make([][]lot, len(tx.TxIn))}
	for i := range min(len(inputs), len(tx.TxIn)) {
		holdings := inputs[i].Holdings
		if len(holdings) == 0 {
			continue
		}
		lots := make([]lot, 0, len(holdings)+1)
		before := make(map[assets.ID]int64, 1)
		for _, h := range holdings {
			lots = append(lots, lot{
				asset: h.Asset, from: i, first: before[h.Asset], units: h.Units, left: h.Units, aggregates: aggregates(h.Asset),
			})
			before[h.Asset] += h.Units
		}
		q.inputs[i] = lots
	}
	return q
}

// issue puts the new units before all others of the first input. It reports
// false where that cannot be, which c then says.
func (q *queue) issue(tx *wire.MsgTx, inputs []assets.Input, p *Payload, c *assets.Coloring) bool {
	var script []byte
	switch {
	case len(tx.TxIn) == 0 || tx.TxIn[0].PreviousOutPoint.Hash == chainhash.Hash{}:
		c.Verdict, c.Why = assets.Rejected, WhyCoinbase
	case p.Huge:
		c.Verdict, c.Why = assets.Rejected, WhyUnits
	case !p.Traits.Locked && (len(inputs) == 0 || inputs[0].Prevout == nil):
		c.Verdict, c.Why = assets.Unsure, WhyPrevout
		return false
	case !p.Traits.Locked:
		script = inputs[0].Prevout.PkScript
	}
	if c.Verdict == assets.Rejected {
		q.destroy(c)
		return false
	}
	id, err := IssuedID(p.Traits, tx.TxIn[0].PreviousOutPoint, script)
	if err != nil { // the traits were read, so that they can be
		c.Verdict, c.Why = assets.Rejected, WhyTruncated
		q.destroy(c)
		return false
	}
	c.Issued = id
	c.Metadata = hashesOf(tx, p)
	issued := lot{asset: id, from: assets.Issued, units: p.Units, left: p.Units, aggregates: p.Traits.Policy == Aggregatable}
	q.inputs[0] = append([]lot{issued}, q.inputs[0]...)
	return true
}

// pay follows the payments (cc-get-assets-outputs, transfer). It returns why they
// overflow, in which case what it did is to be thrown away.
func (q *queue) pay(tx *wire.MsgTx, payments []Payment, c *assets.Coloring) (why string) {
	for _, p := range payments {
		switch {
		case p.Range:
			return WhyRange
		case p.Percent:
			return WhyPercent
		case p.Input >= len(tx.TxIn):
			return WhyInput
		case !p.Burn && p.Output >= len(tx.TxOut):
			return WhyOutput
		}
		if p.Units > 0 && q.input < p.Input {
			q.input, q.place = p.Input, 0
		}
		if p.Huge { // no coins hold so many
			return WhyShort
		}
		for left, taken := p.Units, 0; left > 0; taken++ {
			l := q.current()
			if l == nil {
				return WhyShort
			}
			n := min(left, l.left)
			if !p.Burn && !take(&c.Outputs[p.Output], l, n, taken > 0) {
				return WhyMixed
			}
			c.Flows = appendFlow(c.Flows, l, n, p)
			l.left -= n
			left -= n
			if l.left == 0 {
				q.next()
			}
		}
	}
	return ""
}

// current is the lot at the cursor, nil where there is none.
func (q *queue) current() *lot {
	if q.input >= len(q.inputs) || q.place >= len(q.inputs[q.input]) {
		return nil
	}
	return &q.inputs[q.input][q.place]
}

// next moves the cursor to the next lot, over inputs that have none.
func (q *queue) next() {
	q.place++
	for q.input < len(q.inputs) && q.place >= len(q.inputs[q.input]) {
		q.input, q.place = q.input+1, 0
	}
}

// take adds n units to an output. A payment's first part makes a holding of its
// own; those that follow join it, if it is of the same asset and that asset's
// units become one.
func take(output *[]assets.Holding, l *lot, n int64, follows bool) bool {
	if !follows {
		*output = append(*output, assets.Holding{Asset: l.asset, Units: n})
		return true
	}
	last := &(*output)[len(*output)-1]
	if last.Asset != l.asset || !l.aggregates {
		return false
	}
	last.Units += n // at most the payment's own units
	return true
}

func appendFlow(flows []assets.Flow, l *lot, n int64, p Payment) []assets.Flow {
	if n == 0 { // an issue of nothing
		return flows
	}
	to := p.Output
	if p.Burn {
		to = assets.Destroyed
	}
	return append(flows, assets.Flow{Asset: l.asset, From: l.from, First: l.first + l.units - l.left, To: to, Units: n})
}

// restart gives every lot its units back.
func (q *queue) restart() {
	for _, lots := range q.inputs {
		for i := range lots {
			lots[i].left = lots[i].units
		}
	}
}

// leave gives all that is left to an output, one holding for each asset whose
// units become one (cc-get-assets-outputs, transferToLastOutput).
func (q *queue) leave(output int, c *assets.Coloring) {
	made := map[assets.ID][]int{}
	for _, lots := range q.inputs {
		for i := range lots {
			l := &lots[i]
			if l.left == 0 {
				continue
			}
			c.Flows = appendFlow(c.Flows, l, l.left, Payment{Output: output})
			join(&c.Outputs[output], made, l)
			l.left = 0
		}
	}
}

// join adds a lot to one of the holdings made so, by their places, or makes one.
// Two holdings of an asset whose sum no holding can have stay two.
func join(output *[]assets.Holding, made map[assets.ID][]int, l *lot) {
	for _, i := range made[l.asset] {
		if h := &(*output)[i]; h.Units <= math.MaxInt64-l.left {
			h.Units += l.left
			return
		}
	}
	if l.aggregates {
		made[l.asset] = append(made[l.asset], len(*output))
	}
	*output = append(*output, assets.Holding{Asset: l.asset, Units: l.left})
}

// destroy sends every unit nowhere, as without a payload that holds.
func (q *queue) destroy(c *assets.Coloring) {
	for _, lots := range q.inputs {
		for i := range lots {
			c.Flows = appendFlow(c.Flows, &lots[i], lots[i].left, Payment{Burn: true})
			lots[i].left = 0
		}
	}
}
