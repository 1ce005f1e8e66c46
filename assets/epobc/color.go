package epobc

import (
	"cairn/assets"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// What Coloring.Why says.
const (
	// WhySmall: a genesis whose first output has no value beyond the padding.
	WhySmall = "small"
	// WhyOrder: no output lies where colored inputs do.
	WhyOrder = "order"
	// WhyStretched: the rules give an output more units than flow into it; the
	// coloring is valid all the same.
	WhyStretched = "stretched"
	// WhyCoin: the value or the tag of a coin is not known, see Needs.
	WhyCoin = "coin"
	// WhyInputs: there are not as many inputs as the transaction has.
	WhyInputs = "inputs"
)

// Readings is empty: the two published implementations have the same rules.
func Readings() []assets.Reading { return nil }

// AssetID is the color that a genesis transaction begins.
func AssetID(genesis chainhash.Hash) assets.ID {
	id, err := assets.NewID(assets.EPOBC, genesis[:])
	if err != nil {
		panic(err) // a hash is always as long as an id
	}
	return id
}

// Color colors a transaction's outputs. A transfer tag on a transaction that
// spends nothing colored is taken for a number that means something else.
func Color(tx *wire.MsgTx, inputs []assets.Input, _ assets.Reading) assets.Coloring {
	c := assets.Coloring{
		Protocol: assets.EPOBC, Verdict: assets.None, Marker: -1,
		Outputs: make([][]assets.Holding, len(tx.TxOut)),
	}
	if coinbase(tx) {
		return c
	}
	if len(inputs) != len(tx.TxIn) {
		c.Verdict, c.Why = assets.Unsure, WhyInputs
		return c
	}
	tag, tagged := ParseTag(Sequence(tx))
	k := newTransfer(inputs)
	switch {
	case tagged && tag.Genesis:
		return genesis(c, k, tx, tag)
	case !tagged || !anyColored(inputs):
		k.destroyRest()
		c.Flows = k.flows
		return c
	case len(Needs(tx, inputs)) > 0:
		c.Verdict, c.Why = assets.Unsure, WhyCoin
		return c
	}
	k.run(outputSpans(tx, tag), c.Outputs)
	c.Flows, c.Verdict = k.flows, assets.Valid
	switch {
	case !anyHeld(c.Outputs):
		c.Verdict, c.Why = assets.Rejected, WhyOrder
	case k.stretched:
		c.Why = WhyStretched
	}
	return c
}

// genesis gives the first output the first and only units of a new color; what
// the inputs hold is destroyed.
func genesis(c assets.Coloring, k *transfer, tx *wire.MsgTx, tag Tag) assets.Coloring {
	c.Verdict, c.Why = assets.Rejected, WhySmall
	if len(tx.TxOut) > 0 {
		if n := units(tx.TxOut[0].Value, tag.Padding()); n > 0 {
			c.Verdict, c.Why, c.Issued = assets.Valid, "", AssetID(tx.TxHash())
			c.Outputs[0] = []assets.Holding{{Asset: c.Issued, Units: n}}
			c.Flows = []assets.Flow{{Asset: c.Issued, From: assets.Issued, To: 0, Units: n}}
		}
	}
	k.destroyRest()
	c.Flows = append(c.Flows, k.flows...)
	return c
}

// Needs are the inputs whose value or tag has to be known, beyond the units they
// hold, before the transaction can be colored: those whose place decides where
// colored units lie. It is empty for a transaction that spends nothing colored.
func Needs(tx *wire.MsgTx, inputs []assets.Input) (needs []int) {
	tag, tagged := ParseTag(Sequence(tx))
	if !tagged || tag.Genesis || len(inputs) != len(tx.TxIn) || !anyColored(inputs) {
		return nil
	}
	last := lastColored(inputs)
	outs := outputSpans(tx, tag)
	at, boundary := int64(0), map[int64]bool{0: true}
	for _, o := range outs {
		boundary[o.to] = true
	}
	for i, in := range inputs {
		if len(needs) == 0 && (len(outs) == 0 || at >= outs[len(outs)-1].to || i > last && boundary[at]) {
			break // the outputs that may be colored end here
		}
		if i > last && len(needs) > 0 {
			break // to be asked again when the others are known
		}
		if in.Prevout == nil || !in.HasTag {
			needs = append(needs, i)
			continue
		}
		length := place(in)
		if length == 0 {
			break
		}
		at += min(length, 1<<62-at)
	}
	return needs
}

func anyColored(inputs []assets.Input) bool { return lastColored(inputs) >= 0 }

func lastColored(inputs []assets.Input) int {
	for i := len(inputs) - 1; i >= 0; i-- {
		if _, colored := holding(inputs[i]); colored {
			return i
		}
	}
	return -1
}

func anyHeld(outputs [][]assets.Holding) bool {
	for _, held := range outputs {
		if len(held) > 0 {
			return true
		}
	}
	return false
}
