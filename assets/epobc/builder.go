package epobc

import (
	"fmt"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// replaceable is the sequence number of all inputs but the first, whose number is
// a tag and signals the same (BIP-0125).
const replaceable = wire.MaxTxInSequenceNum - 2

// version is that of all these transactions: from version 2 on a tag would be a
// relative lock time (BIP-0068).
const version = 1

// builder is a transaction in the making; the values of colored outputs are
// known when the padding is.
type builder struct {
	tag   Tag
	coins []assets.Coin
	outs  []*wire.TxOut
	want  []assets.Holding
	// padding is what the outputs need at least, in satoshi.
	padding int64
}

// spend adds inputs.
func (b *builder) spend(coins []assets.Coin) error {
	if len(coins) == 0 {
		return fmt.Errorf("%w: there is no coin", assets.ErrShort)
	}
	seen := map[wire.OutPoint]bool{}
	for _, c := range coins {
		if seen[c.OutPoint] {
			return fmt.Errorf("%w: the same coin twice", assets.ErrShort)
		}
		seen[c.OutPoint] = true
		if len(c.Holdings) > 1 || len(c.Holdings) == 1 && c.Holdings[0].Asset.Protocol != assets.EPOBC {
			return fmt.Errorf("%w: %s holds units of another protocol", assets.ErrDestroys, c.OutPoint)
		}
		if len(c.Holdings) == 1 && place(c.Input()) != c.Holdings[0].Units {
			return fmt.Errorf("%w: %s", ErrCoin, c.OutPoint)
		}
	}
	b.coins = coins
	return nil
}

// held is what the coins hold, in their order, neighbours of one color in one.
// Units are satoshi, and cannot run over.
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

// pay adds an output; one of units gets its value at the end.
func (b *builder) pay(p assets.Payment) error {
	if len(p.Script) == 0 || txscript.IsUnspendable(p.Script) {
		return fmt.Errorf("%w: nobody can spend from %x", assets.ErrDestroys, p.Script)
	}
	least := assets.Dust(p.Script)
	switch {
	case p.Units > 0 && p.Value != 0:
		return fmt.Errorf("%w: %d units, %d satoshi", ErrValue, p.Units, int64(p.Value))
	case p.Units > 0:
		b.padding = max(b.padding, int64(least)-p.Units)
	case p.Value == 0:
		p.Value = least
	case p.Value < least || p.Value > btcutil.MaxSatoshi:
		return fmt.Errorf("%w: %d satoshi, and %d are relayed", assets.ErrDust, int64(p.Value), int64(least))
	}
	b.outs = append(b.outs, wire.NewTxOut(int64(p.Value), p.Script))
	b.want = append(b.want, assets.Holding{Asset: p.Asset, Units: p.Units})
	return nil
}

// end adds an output without value, behind which nothing is colored.
func (b *builder) end() {
	b.outs = append(b.outs, wire.NewTxOut(0, []byte{txscript.OP_RETURN}))
	b.want = append(b.want, assets.Holding{})
}

// finish sets the padding, and colors what came out: alone, and with an
// uncolored input and output behind, as others will add.
func (b *builder) finish(burn assets.Holding) (assets.Unsigned, error) {
	b.tag.Code = codeFor(b.padding)
	u := assets.Unsigned{Tx: wire.NewMsgTx(version), Coins: b.coins}
	inputs := []assets.Input{}
	for _, c := range b.coins {
		u.Tx.AddTxIn(&wire.TxIn{PreviousOutPoint: c.OutPoint, Sequence: replaceable})
		inputs = append(inputs, c.Input())
	}
	u.Tx.TxIn[0].Sequence = b.tag.Sequence()
	for i, out := range b.outs {
		if n := b.want[i].Units; n > 0 {
			out.Value = n + int64(b.tag.Padding())
		}
		if out.Value > btcutil.MaxSatoshi {
			return assets.Unsigned{}, fmt.Errorf("%w: %d", assets.ErrUnits, out.Value)
		}
		u.Tx.AddTxOut(out)
	}
	u.Coloring = Color(u.Tx, inputs, assets.Specification)
	if err := b.holds(u.Coloring, burn); err != nil {
		return assets.Unsigned{}, err
	}
	// The one who pays the fee may spend a coin of any value, with a tag or none.
	for _, tag := range []uint32{NoTag, Tag{}.Sequence(), Tag{Code: 3}.Sequence()} {
		more := u.Tx.Copy()
		more.AddTxIn(&wire.TxIn{})
		more.AddTxOut(wire.NewTxOut(btcutil.SatoshiPerBitcoin, nil))
		sponsor := assets.Input{Prevout: wire.NewTxOut(btcutil.MaxSatoshi, nil), Tag: tag, HasTag: true}
		if err := b.holds(Color(more, append(inputs, sponsor), assets.Specification), burn); err != nil {
			return assets.Unsigned{}, err
		}
	}
	return u, nil
}

// holds checks that outputs hold what they should, and that what is destroyed is
// what was asked for. The asset of a genesis is whatever it turns out to be.
func (b *builder) holds(c assets.Coloring, burn assets.Holding) error {
	for i, held := range c.Outputs {
		want := assets.Holding{}
		if i < len(b.want) {
			want = b.want[i]
		}
		if b.tag.Genesis && want.Units > 0 {
			want.Asset = c.Issued
		}
		if len(held) > 1 || len(held) == 1 && held[0] != want || len(held) == 0 && want.Units != 0 {
			return fmt.Errorf("%w: output %d would hold %v, not %v (%s)", assets.ErrDestroys, i, held, want, c.Why)
		}
	}
	sum := int64(0)
	for _, f := range c.Flows {
		if f.To != assets.Destroyed {
			continue
		}
		if f.Asset != burn.Asset {
			return fmt.Errorf("%w: %d of %s", assets.ErrDestroys, f.Units, f.Asset)
		}
		sum += f.Units
	}
	if sum != burn.Units {
		return fmt.Errorf("%w: %d of %s instead of %d", assets.ErrDestroys, sum, burn.Asset, burn.Units)
	}
	return nil
}
