package voucher

import (
	"fmt"

	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/openassets"
	"cairn/assets/voucher/bearer"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// spending is what becomes of a coin: so many of its units go to a script, or are
// destroyed when that is empty, and the rest goes back to the voucher's own.
type spending struct {
	coin  bearer.Coin
	asset assets.ID
	// has is what the coin holds, take what goes: 1 to has.
	has, take int64
	to        []byte
	// back: the issuer takes it back.
	back bool
}

// maker gives the outputs of a spending under one protocol.
type maker struct {
	outputs func(p spending, rest []byte) ([]*wire.TxOut, error)
	color   func(tx *wire.MsgTx, inputs []assets.Input, reading assets.Reading) assets.Coloring
}

// makers are the protocols that vouchers are made under. EPOBC counts units in
// satoshi, so that a voucher could not be told from its own network fee.
var makers = map[assets.Protocol]maker{
	assets.OpenAssets: {openAssetsOutputs, openassets.Color},
	assets.Colu:       {coluOutputs, colu.Color},
}

// unsigned is the transaction of a spending, the same each time. It is colored
// before it is given out. Errors: ErrProtocol, ErrInsufficient,
// assets.ErrDestroys.
func (p spending) unsigned() (*wire.MsgTx, error) {
	m, known := makers[p.asset.Protocol]
	if !known {
		return nil, fmt.Errorf("%w: %s", ErrProtocol, p.asset.Protocol)
	}
	if p.take < 1 || p.take > p.has {
		return nil, fmt.Errorf("%w: %d of %d units", ErrInsufficient, p.take, p.has)
	}
	rest, err := p.coin.Script()
	if err != nil {
		return nil, err
	}
	outs, err := m.outputs(p, rest)
	if err != nil {
		return nil, fmt.Errorf("make the outputs of a voucher's transaction: %w", err)
	}
	tx, err := bearer.Unsigned(p.coin, outs, p.back)
	if err != nil {
		return nil, err
	}
	return tx, p.proven(m, tx, rest)
}

// proven colors a transaction as everybody else will. Errors:
// assets.ErrDestroys.
func (p spending) proven(m maker, tx *wire.MsgTx, rest []byte) error {
	in := assets.Input{
		Prevout:  wire.NewTxOut(int64(p.coin.Value), rest),
		Holdings: []assets.Holding{{Asset: p.asset, Units: p.has}},
	}
	c := m.color(tx, []assets.Input{in}, assets.Specification)
	want := map[string]int64{string(rest): p.has - p.take}
	if len(p.to) > 0 {
		want[string(p.to)] += p.take
	}
	if c.Verdict != assets.Valid || len(c.Outputs) != len(tx.TxOut) {
		return fmt.Errorf("%w: the marker is %s, %s", assets.ErrDestroys, c.Verdict, c.Why)
	}
	for i, holdings := range c.Outputs {
		for _, h := range holdings {
			if h.Asset != p.asset {
				return fmt.Errorf("%w: output %d has another asset", assets.ErrDestroys, i)
			}
			want[string(tx.TxOut[i].PkScript)] -= h.Units
		}
	}
	for _, missing := range want {
		if missing != 0 {
			return fmt.Errorf("%w: %d units go elsewhere", assets.ErrDestroys, missing)
		}
	}
	return nil
}

// paid is the output that units go to. One that is the last to need it has the
// coin's whole value: what it brings beyond dust is not thrown away.
func (p spending) paid() *wire.TxOut {
	value := assets.Dust(p.to)
	if p.take == p.has {
		value = max(value, p.coin.Value)
	}
	return wire.NewTxOut(int64(value), p.to)
}

// kept is the output of the rest.
func (p spending) kept(rest []byte) *wire.TxOut {
	return wire.NewTxOut(int64(max(assets.Dust(rest), p.coin.Value)), rest)
}

// openAssetsOutputs puts the marker first, so that everything behind it is moved
// in the order of units (OAP/1.0 "Transfer"), and destroys what the list leaves
// out.
func openAssetsOutputs(p spending, rest []byte) ([]*wire.TxOut, error) {
	var m openassets.Marker
	var outs []*wire.TxOut
	if len(p.to) > 0 {
		m.Quantities, outs = append(m.Quantities, p.take), append(outs, p.paid())
	}
	if p.take < p.has {
		m.Quantities, outs = append(m.Quantities, p.has-p.take), append(outs, p.kept(rest))
	}
	script, err := m.Script()
	if err != nil {
		return nil, err
	}
	return append([]*wire.TxOut{wire.NewTxOut(0, script)}, outs...), nil
}

// coluOutputs says by payments where all units go, the rest among them, and
// leaves nothing for the last output to take (Colu, "Transfer" and "Burn").
func coluOutputs(p spending, rest []byte) ([]*wire.TxOut, error) {
	payload := colu.Payload{Version: 2, Kind: colu.Moving}
	var before, behind []*wire.TxOut
	if len(p.to) > 0 {
		payload.Payments = append(payload.Payments, colu.Payment{Units: p.take})
		before = append(before, p.paid())
	} else {
		payload.Kind = colu.Burning
		payload.Payments = append(payload.Payments, colu.Payment{Units: p.take, Burn: true})
	}
	if p.take < p.has {
		payload.Payments = append(payload.Payments, colu.Payment{Output: len(before) + 1, Units: p.has - p.take})
		behind = append(behind, p.kept(rest))
	}
	raw, _, err := payload.Bytes(colu.Hashes{}, false)
	if err != nil {
		return nil, err
	}
	script, err := txscript.NullDataScript(raw)
	if err != nil {
		return nil, err
	}
	return append(append(before, wire.NewTxOut(0, script)), behind...), nil
}
