package openassets

import (
	"fmt"
	"slices"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// replaceable lets every input signal that the transaction may be replaced
// (BIP-0125).
const replaceable = wire.MaxTxInSequenceNum - 2

// builder is a transaction in the making. Its outputs are without the marker,
// which goes in before the output of that index at the end.
type builder struct {
	coins  []assets.Coin
	outs   []*wire.TxOut
	want   []assets.Holding
	marker int
}

// spend adds inputs.
func (b *builder) spend(coins []assets.Coin) error {
	seen := map[wire.OutPoint]bool{}
	for _, c := range coins {
		if seen[c.OutPoint] {
			return fmt.Errorf("%w: the same coin twice", assets.ErrShort)
		}
		seen[c.OutPoint] = true
		if len(c.Holdings) > 1 || len(c.Holdings) == 1 && c.Holdings[0].Asset.Protocol != assets.OpenAssets {
			return fmt.Errorf("%w: %s holds units of another protocol", assets.ErrDestroys, c.OutPoint)
		}
	}
	for _, id := range assetsOf(coins) {
		if _, err := assets.Units(holdingsOf(coins), id); err != nil {
			return err
		}
	}
	b.coins = coins
	return nil
}

func holdingsOf(coins []assets.Coin) (held []assets.Holding) {
	for _, c := range coins {
		held = append(held, c.Holdings...)
	}
	return held
}

// held is what the coins hold, in their order, neighbours of one asset in one.
func (b *builder) held() (held []assets.Holding) {
	for _, c := range b.coins {
		for _, h := range c.Holdings {
			if n := len(held); n > 0 && held[n-1].Asset == h.Asset {
				held[n-1].Units += h.Units
			} else {
				held = append(held, h)
			}
		}
	}
	return held
}

// pay adds an output.
func (b *builder) pay(p assets.Payment) error {
	if len(p.Script) == 0 || txscript.IsUnspendable(p.Script) {
		return fmt.Errorf("%w: nobody can spend from %x", assets.ErrDestroys, p.Script)
	}
	least := assets.Dust(p.Script)
	if p.Value == 0 {
		p.Value = least
	}
	if p.Value < least || p.Value > btcutil.MaxSatoshi {
		return fmt.Errorf("%w: %d satoshi, and %d are relayed", assets.ErrDust, int64(p.Value), int64(least))
	}
	b.outs = append(b.outs, wire.NewTxOut(int64(p.Value), p.Script))
	b.want = append(b.want, assets.Holding{Asset: p.Asset, Units: p.Units})
	return nil
}

// finish puts the marker in, and colors what came out: alone, and with an
// uncolored input and output behind, as others will add.
func (b *builder) finish(metadata []byte, burn assets.Holding) (assets.Unsigned, error) {
	m := Marker{Metadata: metadata}
	for i, h := range b.want {
		if h.Units > 0 { // those of 0 behind the last need no place in the list
			m.Quantities = append(m.Quantities, make([]int64, i+1-len(m.Quantities))...)
			m.Quantities[i] = h.Units
		}
	}
	script, err := m.Script()
	if err != nil {
		return assets.Unsigned{}, err
	}
	u := assets.Unsigned{Tx: wire.NewMsgTx(wire.TxVersion + 1), Coins: b.coins}
	for _, c := range b.coins {
		u.Tx.AddTxIn(&wire.TxIn{PreviousOutPoint: c.OutPoint, Sequence: replaceable})
	}
	u.Tx.TxOut = slices.Insert(b.outs, b.marker, wire.NewTxOut(0, script))
	want := slices.Insert(b.want, b.marker, assets.Holding{})

	inputs := inputsOf(b.coins)
	u.Coloring = Color(u.Tx, inputs, assets.Specification)
	if err := holds(u.Coloring, want, burn); err != nil {
		return assets.Unsigned{}, err
	}
	more := u.Tx.Copy()
	more.AddTxIn(&wire.TxIn{})
	more.AddTxOut(wire.NewTxOut(0, nil))
	behind := Color(more, append(inputs, assets.Input{Prevout: wire.NewTxOut(0, nil)}), assets.Specification)
	if err := holds(behind, append(want, assets.Holding{}), burn); err != nil {
		return assets.Unsigned{}, err
	}
	return u, nil
}

func inputsOf(coins []assets.Coin) (inputs []assets.Input) {
	for _, c := range coins {
		inputs = append(inputs, c.Input())
	}
	return inputs
}

// holds checks that outputs hold what they should, and that what is destroyed is
// what was asked for.
func holds(c assets.Coloring, want []assets.Holding, burn assets.Holding) error {
	if c.Verdict != assets.Valid {
		return fmt.Errorf("%w: the marker would be %s (%s)", assets.ErrDestroys, c.Verdict, c.Why)
	}
	for i, held := range c.Outputs {
		if len(held) > 1 || len(held) == 1 && held[0] != want[i] || len(held) == 0 && want[i].Units != 0 {
			return fmt.Errorf("%w: output %d would hold %v, not %v", assets.ErrDestroys, i, held, want[i])
		}
	}
	lost := []assets.Holding{}
	for _, f := range c.Flows {
		if f.To == assets.Destroyed {
			lost = append(lost, assets.Holding{Asset: f.Asset, Units: f.Units})
		}
	}
	sum := int64(0)
	for _, h := range lost {
		if h.Asset != burn.Asset {
			return fmt.Errorf("%w: %d of %s", assets.ErrDestroys, h.Units, h.Asset)
		}
		sum += h.Units
	}
	if sum != burn.Units {
		return fmt.Errorf("%w: %d of %s instead of %d", assets.ErrDestroys, sum, burn.Asset, burn.Units)
	}
	return nil
}
