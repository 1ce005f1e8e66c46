package engine

import (
	"context"
	"slices"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
)

// Engine applies a set of protocols. It is safe for concurrent use.
type Engine struct{ rules []Rules }

// New makes an engine of protocols, at most eight, each once.
func New(rules []Rules) *Engine { return &Engine{slices.Clone(rules)} }

// Rules are the engine's protocols, in its order.
func (e *Engine) Rules() []Rules { return slices.Clone(e.rules) }

// Tx is a transaction that has to do with colored coins, and what every
// protocol concerned makes of it.
type Tx struct {
	// Index is its place in the block, 0 for the miner's.
	Index int
	ID    chainhash.Hash
	Msg   *wire.MsgTx
	// Spent are the colored coins it spends, by input and protocol.
	Spent []Spent
	// Colorings are those of the protocols that it touches or whose coins it
	// spends, in the engine's order.
	Colorings []assets.Coloring
	// Created are the colored outputs, by protocol and output.
	Created []Coin
	// FirstScript is the script whose coin the first input spends, where it had to
	// be known; Inferred says that only the input itself told it.
	FirstScript []byte
	Inferred    bool
}

// Block colors the transactions of a block over a view of what was colored
// before it, and returns those that have to do with colored coins, in order.
// What it costs for all others is a look at their outputs and inputs. The errors
// are those of prevouts.
func (e *Engine) Block(ctx context.Context, b *wire.MsgBlock, view View, prevouts Prevouts) ([]Tx, error) {
	p := pass{ctx: ctx, e: e, block: b.Transactions, view: view, prevouts: prevouts}
	var found []Tx
	for i, tx := range b.Transactions {
		touched := e.touched(tx)
		if touched == 0 && !p.spendsColored(tx) || isCoinbase(tx) {
			continue
		}
		one, err := p.color(tx, touched)
		if err != nil {
			return nil, err
		}
		one.Index = i
		p.apply(&one)
		if one.Matters() {
			found = append(found, one)
		}
	}
	return found, nil
}

// One colors a single transaction over a view.
func (e *Engine) One(ctx context.Context, tx *wire.MsgTx, view View, prevouts Prevouts) (Tx, error) {
	p := pass{ctx: ctx, e: e, view: view, prevouts: prevouts}
	if isCoinbase(tx) {
		return Tx{ID: tx.TxHash(), Msg: tx}, nil
	}
	return p.color(tx, e.touched(tx))
}

// touched has a bit for each protocol that finds something of its own.
func (e *Engine) touched(tx *wire.MsgTx) (protocols uint8) {
	for i := range e.rules {
		if e.rules[i].Touches(tx) {
			protocols |= 1 << i
		}
	}
	return protocols
}

// Matters reports whether there is something to remember: units that move, or a
// marker that says something, if only that it does not hold. A mere tag does not.
func (t *Tx) Matters() bool {
	return len(t.Spent) > 0 || len(t.Created) > 0 ||
		slices.ContainsFunc(t.Colorings, func(c assets.Coloring) bool { return c.Marker >= 0 })
}

// pass is the state of one pass over a block.
type pass struct {
	ctx      context.Context
	e        *Engine
	block    []*wire.MsgTx
	view     View
	prevouts Prevouts

	made  map[wire.OutPoint][]Coin       // colored in this block
	spent map[wire.OutPoint]bool         // colored coins that it spends
	byID  map[chainhash.Hash]*wire.MsgTx // its transactions, once somebody asks
}

func (p *pass) colored(at wire.OutPoint) []Coin {
	if len(p.spent) > 0 && p.spent[at] {
		return nil // no valid block does this
	}
	if len(p.made) > 0 {
		if coins := p.made[at]; coins != nil {
			return coins
		}
	}
	return p.view.Colored(at)
}

func (p *pass) spendsColored(tx *wire.MsgTx) bool {
	for _, in := range tx.TxIn {
		if len(p.colored(in.PreviousOutPoint)) > 0 {
			return true
		}
	}
	return false
}

// apply has the following transactions of the block see this one.
func (p *pass) apply(t *Tx) {
	if p.made == nil {
		p.made, p.spent = make(map[wire.OutPoint][]Coin), make(map[wire.OutPoint]bool)
	}
	for _, s := range t.Spent {
		p.spent[s.Coin.OutPoint] = true
	}
	for _, c := range t.Created {
		p.made[c.OutPoint] = append(p.made[c.OutPoint], c)
	}
}

// color applies the protocols that a transaction touches or whose coins it
// spends.
func (p *pass) color(tx *wire.MsgTx, touched uint8) (Tx, error) {
	t := Tx{ID: tx.TxHash(), Msg: tx}
	for i, in := range tx.TxIn {
		for _, c := range p.colored(in.PreviousOutPoint) {
			t.Spent = append(t.Spent, Spent{Input: i, Coin: c})
		}
	}
	known := make(map[int]Prevout)
	for i := range p.e.rules {
		r := &p.e.rules[i]
		if touched&(1<<i) == 0 && !slices.ContainsFunc(t.Spent, func(s Spent) bool { return s.Coin.Protocol == r.Protocol }) {
			continue
		}
		inputs, err := p.inputs(r, &t, known)
		if err != nil {
			return Tx{}, err
		}
		c := r.Color(tx, inputs, assets.Specification)
		if touched&(1<<i) != 0 {
			c.Forks = forks(r, tx, inputs, c)
		}
		t.Colorings = append(t.Colorings, c)
	}
	t.Create()
	if first, is := known[0]; is && first.Out != nil {
		t.FirstScript = first.Out.PkScript
	}
	return t, nil
}

// inputs are those of the transaction as one protocol sees them.
func (p *pass) inputs(r *Rules, t *Tx, known map[int]Prevout) ([]assets.Input, error) {
	inputs := make([]assets.Input, len(t.Msg.TxIn))
	for _, s := range t.Spent {
		in, c := &inputs[s.Input], s.Coin
		in.Prevout, in.Tag, in.HasTag = wire.NewTxOut(int64(c.Value), c.Script), c.Tag, c.HasTag
		known[s.Input] = Prevout{Out: in.Prevout, Tag: c.Tag, HasTag: c.HasTag}
		if c.Protocol == r.Protocol {
			in.Holdings = c.Holdings
		}
	}
	for _, i := range r.Needs(t.Msg, inputs) {
		found, is := known[i]
		if !is {
			var err error
			if found, err = p.prevout(t.Msg.TxIn[i].PreviousOutPoint); err != nil {
				return nil, err
			}
			known[i] = found
		}
		inputs[i].Prevout, inputs[i].Tag, inputs[i].HasTag = found.Out, found.Tag, found.HasTag
		if found.Out != nil || r.Protocol == assets.EPOBC {
			continue // which reads the value as well, and no input tells that
		}
		// A script alone is of use to this protocol, but not to the next.
		if script, is := Infer(t.Msg, i); is {
			inputs[i].Prevout = &wire.TxOut{PkScript: script}
			if i == 0 {
				t.FirstScript, t.Inferred = script, true
			}
		}
	}
	return inputs, nil
}

// prevout looks a coin up in the block, then outside of it; it is empty for one
// that nobody knows.
func (p *pass) prevout(at wire.OutPoint) (Prevout, error) {
	if tx := p.inBlock(at.Hash); tx != nil {
		found, _ := PrevoutOf(tx, at.Index)
		return found, nil
	}
	found, is, err := p.prevouts.Prevout(p.ctx, at)
	if err != nil || !is {
		return Prevout{}, err
	}
	return found, nil
}

func (p *pass) inBlock(id chainhash.Hash) *wire.MsgTx {
	if p.byID == nil {
		p.byID = make(map[chainhash.Hash]*wire.MsgTx, len(p.block))
		for _, tx := range p.block {
			p.byID[tx.TxHash()] = tx
		}
	}
	return p.byID[id]
}

// Create makes Created of Colorings.
func (t *Tx) Create() {
	t.Created = nil
	for _, c := range t.Colorings {
		for n, held := range c.Outputs {
			if len(held) == 0 || n >= len(t.Msg.TxOut) {
				continue
			}
			out := t.Msg.TxOut[n]
			t.Created = append(t.Created, Coin{Protocol: c.Protocol, Coin: assets.Coin{
				OutPoint: wire.OutPoint{Hash: t.ID, Index: uint32(n)},
				Value:    btcutil.Amount(out.Value), Script: out.PkScript, Holdings: held,
				Tag: tagOf(t.Msg), HasTag: true,
			}})
		}
	}
}

// forks are the readings that color the outputs otherwise.
func forks(r *Rules, tx *wire.MsgTx, inputs []assets.Input, spec assets.Coloring) (other []assets.Reading) {
	for _, reading := range r.Readings {
		c := r.Color(tx, inputs, reading)
		same := c.Issued == spec.Issued && slices.EqualFunc(c.Outputs, spec.Outputs, func(a, b []assets.Holding) bool { return slices.Equal(a, b) })
		if !same {
			other = append(other, reading)
		}
	}
	return other
}
