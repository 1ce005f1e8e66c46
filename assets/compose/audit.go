package compose

import (
	"fmt"
	"slices"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// audit replays transactions from the visitor's coins on, with the protocol's own
// rules, and refuses them when anything but what the order asks for would come of
// it. It knows nothing of how they were made; inputs that are no coin of the
// visitor's, nor made on the way, are the node's, and uncolored. Errors:
// assets.ErrDestroys.
func audit(o Order, color colorer, coins []held, txs []*wire.MsgTx) error {
	ours := make(map[wire.OutPoint]held, len(coins))
	b := books{order: o, owed: map[assets.ID]int64{}, made: map[wire.OutPoint]held{}}
	for _, c := range coins {
		ours[c.OutPoint] = c
		for _, h := range c.holdings {
			b.owed[h.Asset] += h.Units
		}
	}
	for _, tx := range txs {
		inputs := make([]held, len(tx.TxIn))
		for j, in := range tx.TxIn {
			at := in.PreviousOutPoint
			if c, his := ours[at]; his {
				inputs[j] = c
				delete(ours, at)
				continue
			}
			inputs[j] = b.made[at]
			delete(b.made, at)
		}
		b.apply(tx, color(tx, inputsOf(inputs), assets.Specification))
	}
	for _, c := range ours { // never spent
		for _, h := range c.holdings {
			b.owed[h.Asset] -= h.Units
		}
	}
	return b.close()
}

// colorer is a protocol's Color.
type colorer = func(tx *wire.MsgTx, inputs []assets.Input, reading assets.Reading) assets.Coloring

// books say what is owed to the visitor while his order is replayed.
type books struct {
	order  Order
	owed   map[assets.ID]int64
	issued []assets.ID
	made   map[wire.OutPoint]held // and not spent
}

func (b *books) apply(tx *wire.MsgTx, c assets.Coloring) {
	for _, f := range c.Flows {
		if f.From == assets.Issued {
			b.owed[f.Asset] += f.Units
			b.issued = append(b.issued, f.Asset)
		}
	}
	name := tx.TxHash()
	for i, out := range tx.TxOut {
		at := wire.OutPoint{Hash: name, Index: uint32(i)}
		one := held{Coin: Coin{OutPoint: at, Value: btcutil.Amount(out.Value), Script: out.PkScript}}
		if i < len(c.Outputs) {
			one.holdings = c.Outputs[i]
		}
		if len(tx.TxIn) > 0 {
			one.tag, one.hasTag = tx.TxIn[0].Sequence, true
		}
		b.made[at] = one
	}
}

// close compares what there is in the end with what the order asks for: each payment
// in an output of its own, what is burnt gone, all else at the change address.
func (b *books) close() error {
	o := b.order
	issues := o.Operation == Issue || o.Operation == Reissue
	for _, id := range b.issued {
		if !issues || !o.Asset.IsZero() && id != o.Asset || id != b.issued[0] {
			return fmt.Errorf("%w: units of %s would be issued", assets.ErrDestroys, id)
		}
	}
	for _, h := range o.Burn {
		b.owed[h.Asset] -= h.Units
	}
	// One that names its value takes no other output than its own: it comes first.
	for _, exact := range []bool{true, false} {
		for i, pay := range o.Payments {
			if issues && len(b.issued) > 0 {
				pay.Asset = b.issued[0]
			}
			if pay.Value > 0 == exact && !b.deliver(pay) {
				return fmt.Errorf("%w: payment %d does not arrive", assets.ErrDestroys, i)
			}
		}
	}
	for _, c := range b.made {
		if len(c.holdings) > 0 && string(c.Script) == string(o.Change) {
			b.take(c)
		}
	}
	for id, units := range b.owed {
		if units != 0 {
			return fmt.Errorf("%w: %d units of %s are lost, or astray", assets.ErrDestroys, units, id)
		}
	}
	return nil
}

func (b *books) take(c held) {
	for _, h := range c.holdings {
		b.owed[h.Asset] -= h.Units
	}
}

// deliver takes an output off the books that is exactly a payment.
func (b *books) deliver(pay assets.Payment) bool {
	for at, c := range b.made {
		if string(c.Script) != string(pay.Script) || pay.Value > 0 && c.Value != pay.Value {
			continue
		}
		other := slices.ContainsFunc(c.holdings, func(h assets.Holding) bool { return h.Asset != pay.Asset })
		units, err := assets.Units(c.holdings, pay.Asset)
		if other || err != nil || units != pay.Units {
			continue
		}
		b.take(c)
		delete(b.made, at)
		return true
	}
	return false
}
