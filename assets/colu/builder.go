package colu

import (
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
)

// replaceable lets every input signal that the transaction may be replaced
// (BIP-0125).
const replaceable = wire.MaxTxInSequenceNum - 2

// demand is units of an asset that an output is to get, or that are to end.
type demand struct {
	asset  assets.ID
	output int
	burn   bool
	left   int64
}

// builder is a transaction in the making. Outputs with units come first, then the
// payload, then those with satoshi only.
type builder struct {
	payload *Payload
	hashes  Hashes
	rules   bool
	key     []byte

	coins   []assets.Coin
	issued  assets.Holding // what the payload makes, zero for nothing
	demands []demand
	outs    []*wire.TxOut // with units
	plain   []*wire.TxOut // without
}

// spend sets the inputs: colored ones before others, those of one asset side by
// side, so that one payment can take units of several.
func (b *builder) spend(fixed, coins []assets.Coin) error {
	seen := map[wire.OutPoint]bool{}
	var order []assets.ID
	for _, c := range append(slices.Clone(fixed), coins...) {
		if seen[c.OutPoint] {
			return fmt.Errorf("%w: coin %s twice", assets.ErrShort, c.OutPoint)
		}
		seen[c.OutPoint] = true
		for _, h := range c.Holdings {
			if h.Asset.Protocol != assets.Colu {
				return fmt.Errorf("%w: %s holds units of another protocol", assets.ErrDestroys, c.OutPoint)
			}
			if !slices.Contains(order, h.Asset) {
				order = append(order, h.Asset)
			}
		}
	}
	place := func(c assets.Coin) int {
		if len(c.Holdings) == 0 {
			return len(order)
		}
		return slices.Index(order, c.Holdings[0].Asset)
	}
	sorted := slices.Clone(coins)
	slices.SortStableFunc(sorted, func(x, y assets.Coin) int { return place(x) - place(y) })
	b.coins = append(slices.Clone(fixed), sorted...)
	return nil
}

// held is what there is of each asset, new units included. Errors:
// assets.ErrUnits over 2^63-1 of one.
func (b *builder) held() (held []assets.Holding, err error) {
	var all []assets.Holding
	if b.issued.Units > 0 {
		all = append(all, b.issued)
	}
	for _, c := range b.coins {
		all = append(all, c.Holdings...)
	}
	for _, h := range all {
		if slices.ContainsFunc(held, func(o assets.Holding) bool { return o.Asset == h.Asset }) {
			continue
		}
		units, err := assets.Units(all, h.Asset)
		if err != nil {
			return nil, err
		}
		held = append(held, assets.Holding{Asset: h.Asset, Units: units})
	}
	return held, nil
}

// pay adds an output. Errors: assets.ErrUnits, ErrDestroys, ErrDust.
func (b *builder) pay(p assets.Payment) error {
	switch {
	case p.Units < 0:
		return fmt.Errorf("%w: %d", assets.ErrUnits, p.Units)
	case len(p.Script) == 0 || txscript.IsUnspendable(p.Script):
		return fmt.Errorf("%w: nobody can spend from %x", assets.ErrDestroys, p.Script)
	}
	least := assets.Dust(p.Script)
	if p.Value == 0 {
		p.Value = least
	}
	if p.Value < least || p.Value > btcutil.MaxSatoshi {
		return fmt.Errorf("%w: %d satoshi, and %d are relayed", assets.ErrDust, int64(p.Value), int64(least))
	}
	out := wire.NewTxOut(int64(p.Value), p.Script)
	if p.Units == 0 {
		b.plain = append(b.plain, out)
		return nil
	}
	b.demands = append(b.demands, demand{asset: p.Asset, output: len(b.outs), left: p.Units})
	b.outs = append(b.outs, out)
	return nil
}

// keepRest gives what no demand takes to change, an output for each asset.
// Errors: assets.ErrShort where demands take more than there is.
func (b *builder) keepRest(change []byte) error {
	held, err := b.held()
	if err != nil {
		return err
	}
	var wanted []assets.Holding
	for _, d := range b.demands {
		wanted = append(wanted, assets.Holding{Asset: d.asset, Units: d.left})
		if !slices.ContainsFunc(held, func(h assets.Holding) bool { return h.Asset == d.asset }) {
			return fmt.Errorf("%w: none of %s", assets.ErrShort, d.asset)
		}
	}
	for _, h := range held {
		want, err := assets.Units(wanted, h.Asset)
		if err != nil {
			return err
		}
		switch {
		case want > h.Units:
			return fmt.Errorf("%w: %d of %s, and %d are wanted", assets.ErrShort, h.Units, h.Asset, want)
		case want < h.Units:
			if err := b.pay(assets.Payment{Script: change, Asset: h.Asset, Units: h.Units - want}); err != nil {
				return err
			}
		}
	}
	return nil
}

// instruct turns demands into payments: lot by lot in the order in which the
// protocol's cursor meets them, so that nothing is left for the last output.
func (b *builder) instruct() []Payment {
	demands := slices.Clone(b.demands)
	var payments []Payment
	written := 0 // the input that skip bits have come to; the cursor may be further
	last := -1   // the demand of the last payment
	meet := func(input int, h assets.Holding) {
		for h.Units > 0 {
			i := slices.IndexFunc(demands, func(d demand) bool { return d.asset == h.Asset && d.left > 0 })
			d := &demands[i]
			n := min(d.left, h.Units, MaxAmount)
			d.left -= n
			h.Units -= n
			if i == last && aggregates(d.asset) && payments[len(payments)-1].Units <= MaxAmount-n {
				payments[len(payments)-1].Units += n
				continue
			}
			if written < input {
				written++
			}
			payments = append(payments, Payment{Input: written, Output: d.output, Burn: d.burn, Units: n})
			last = i
		}
	}
	if b.issued.Units > 0 {
		meet(0, b.issued)
	}
	for i, c := range b.coins {
		for _, h := range c.Holdings {
			meet(i, h)
		}
	}
	return payments
}

// finish writes the payload and puts the transaction together. Errors:
// assets.ErrTooMany, assets.ErrUnits, ErrHashes, ErrFlags, assets.ErrDestroys.
func (b *builder) finish() (assets.Unsigned, error) {
	b.payload.Payments = b.instruct()
	payload, outside, err := b.write()
	if err != nil {
		return assets.Unsigned{}, err
	}
	script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_RETURN).AddData(payload).Script()
	if err != nil {
		return assets.Unsigned{}, fmt.Errorf("%w: %w", ErrSize, err)
	}
	u := assets.Unsigned{Tx: wire.NewMsgTx(wire.TxVersion + 1), Coins: b.coins}
	for _, c := range b.coins {
		u.Tx.AddTxIn(&wire.TxIn{PreviousOutPoint: c.OutPoint, Sequence: replaceable})
	}
	if len(outside) > 0 {
		u.Tx.AddTxOut(b.hashesOutput(outside))
	}
	u.Tx.TxOut = append(u.Tx.TxOut, b.outs...)
	u.Tx.AddTxOut(wire.NewTxOut(0, script))
	u.Tx.TxOut = append(u.Tx.TxOut, b.plain...)
	if u.Coloring, err = b.proofread(u.Tx, len(outside) > 0); err != nil {
		return assets.Unsigned{}, err
	}
	return u, nil
}

// write encodes the payload; where hashes need an output of their own, which
// comes first, all others move.
func (b *builder) write() (payload []byte, outside [][]byte, err error) {
	payload, outside, err = b.payload.Bytes(b.hashes, b.rules)
	if err == nil && len(outside) > 0 {
		for i := range b.payload.Payments {
			if p := &b.payload.Payments[i]; !p.Burn {
				p.Output++
			}
		}
		payload, outside, err = b.payload.Bytes(b.hashes, b.rules)
	}
	switch {
	case errors.Is(err, ErrOutput), errors.Is(err, ErrSize):
		err = fmt.Errorf("%w: %w", assets.ErrTooMany, err)
	case errors.Is(err, ErrAmount):
		err = fmt.Errorf("%w: %w", assets.ErrUnits, err)
	}
	return payload, outside, err
}

// hashesOutput carries the hashes that have no room in the payload.
func (b *builder) hashesOutput(outside [][]byte) *wire.TxOut {
	var infoHash []byte
	if len(outside) == 2 {
		infoHash = outside[0]
	}
	script := hashesScript(b.key, infoHash, outside[len(outside)-1])
	return wire.NewTxOut(int64(assets.Dust(script)), script)
}

// proofread colors what came out, alone and with an uncolored input and output
// behind, as others will add them.
func (b *builder) proofread(tx *wire.MsgTx, moved bool) (assets.Coloring, error) {
	inputs := make([]assets.Input, len(b.coins))
	for i, c := range b.coins {
		inputs[i] = c.Input()
	}
	c := Color(tx, inputs, assets.Specification)
	if err := b.check(c, moved); err != nil {
		return c, err
	}
	more := tx.Copy()
	more.AddTxIn(&wire.TxIn{})
	more.AddTxOut(wire.NewTxOut(0, nil))
	return c, b.check(Color(more, append(inputs, assets.Input{Prevout: wire.NewTxOut(0, nil)}), assets.Specification), moved)
}

// check compares with the demands. Errors: assets.ErrDestroys.
func (b *builder) check(c assets.Coloring, moved bool) error {
	if c.Verdict != assets.Valid {
		return fmt.Errorf("%w: the payload would be %s (%s)", assets.ErrDestroys, c.Verdict, c.Why)
	}
	type place struct {
		asset  assets.ID
		output int
	}
	units := map[place]int64{}
	for _, d := range b.demands {
		p := place{d.asset, d.output}
		switch {
		case d.burn:
			p.output = assets.Destroyed
		case moved:
			p.output++
		}
		units[p] += d.left
	}
	for _, f := range c.Flows {
		units[place{f.Asset, f.To}] -= f.Units
	}
	for p, n := range units {
		if n != 0 {
			return fmt.Errorf("%w: output %d would hold %d of %s too few", assets.ErrDestroys, p.output, n, p.asset)
		}
	}
	return nil
}
