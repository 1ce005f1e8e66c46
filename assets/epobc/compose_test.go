package epobc

import (
	"errors"
	"fmt"
	"testing"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"pgregory.net/rapid"
)

func scriptOf(n int) []byte {
	return append([]byte{0x00, 0x14}, btcutil.Hash160([]byte(fmt.Sprint("key", n)))...)
}

func colorOf(n int) assets.ID { return AssetID(chainhash.HashH([]byte(fmt.Sprint("colour", n)))) }

// coinOf holds units of a color, made by a transaction with that tag; 0 units
// for an uncolored coin.
func coinOf(n int, color, units int64, tag Tag) assets.Coin {
	c := assets.Coin{
		OutPoint: wire.OutPoint{Hash: chainhash.HashH([]byte(fmt.Sprint("coin", n)))},
		Value:    btcutil.Amount(units) + btcutil.Amount(tag.Padding()), Script: scriptOf(n), Tag: tag.Sequence(), HasTag: true,
	}
	if units > 0 {
		c.Holdings = []assets.Holding{{Asset: colorOf(int(color)), Units: units}}
	} else {
		c.Value += 700
	}
	return c
}

func drawn(t *rapid.T) (coins []assets.Coin, held []assets.Holding) {
	for n := range rapid.IntRange(1, 10).Draw(t, "coins") {
		tag := Tag{Code: uint8(rapid.IntRange(0, 12).Draw(t, "padding")), Genesis: rapid.Bool().Draw(t, "genesis")}
		units := rapid.Int64Range(0, 3).Draw(t, "coloured")
		if units > 0 {
			units = rapid.Int64Range(1, 100_000).Draw(t, "units")
		}
		c := coinOf(n, rapid.Int64Range(1, 3).Draw(t, "colour"), units, tag)
		coins, held = append(coins, c), append(held, c.Holdings...)
	}
	return coins, held
}

// after is what all outputs hold once a sponsor's inputs and a change output were
// added.
func after(t *rapid.T, u assets.Unsigned) (total map[assets.ID]int64, c assets.Coloring) {
	tx := u.Tx.Copy()
	inputs := []assets.Input{}
	for _, c := range u.Coins {
		inputs = append(inputs, c.Input())
	}
	for n := range rapid.IntRange(0, 2).Draw(t, "sponsor's coins") {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: uint32(n)}})
		sequence := rapid.SampledFrom([]uint32{NoTag, 0, 51, 37, 691, 243}).Draw(t, "its tag")
		inputs = append(inputs, assets.Input{
			Prevout: wire.NewTxOut(rapid.Int64Range(300, 1e9).Draw(t, "its value"), scriptOf(900)), Tag: sequence, HasTag: true,
		})
	}
	if rapid.Bool().Draw(t, "change") {
		tx.AddTxOut(wire.NewTxOut(rapid.Int64Range(300, 1e9).Draw(t, "its change"), scriptOf(901)))
	}
	c = Color(tx, inputs, assets.Specification)
	total = map[assets.ID]int64{}
	for _, held := range c.Outputs {
		for _, h := range held {
			total[h.Asset] += h.Units
		}
	}
	return total, c
}

func sums(held []assets.Holding) map[assets.ID]int64 {
	sum := map[assets.ID]int64{}
	for _, h := range held {
		sum[h.Asset] += h.Units
	}
	return sum
}

// TestUnitsAreNeverLost draws wallets and payments: what comes out holds what
// went in, and everybody gets what he was to get, in outputs that are relayed.
func TestUnitsAreNeverLost(t *testing.T) {
	built := 0
	rapid.Check(t, func(t *rapid.T) {
		coins, held := drawn(t)
		payments := []assets.Payment{}
		for range rapid.IntRange(0, 4).Draw(t, "payments") {
			if len(held) == 0 {
				break
			}
			h := rapid.SampledFrom(held).Draw(t, "of")
			payments = append(payments, assets.Payment{
				Script: scriptOf(200 + len(payments)), Asset: h.Asset, Units: rapid.Int64Range(0, h.Units/4+1).Draw(t, "paid"),
			})
		}
		u, err := Transfer(coins, payments, scriptOf(300))
		if err != nil {
			if errors.Is(err, assets.ErrDestroys) {
				t.Fatal(err)
			}
			return
		}
		built++
		if u.Tx.Version != 1 {
			t.Fatalf("version %d", u.Tx.Version)
		}
		total, c := after(t, u)
		for id, units := range sums(held) {
			if total[id] != units {
				t.Fatalf("%d of %s came out, %d went in", total[id], id, units)
			}
		}
		for _, p := range payments {
			if got := received(u.Tx, c, p.Script); got != p.Units {
				t.Fatalf("%d arrived instead of %d", got, p.Units)
			}
		}
		for _, out := range u.Tx.TxOut {
			if out.Value < int64(assets.Dust(out.PkScript)) {
				t.Fatalf("an output of %d", out.Value)
			}
		}
	})
	if built == 0 {
		t.Error("no transaction was built")
	}
}

func received(tx *wire.MsgTx, c assets.Coloring, script []byte) (units int64) {
	for i, out := range tx.TxOut {
		if string(out.PkScript) == string(script) {
			for _, h := range c.Outputs[i] {
				units += h.Units
			}
		}
	}
	return units
}

func TestBurnDestroysWhatWasAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coins, held := drawn(t)
		if len(held) == 0 {
			return
		}
		want := sums(held)
		asset := rapid.SampledFrom(held).Draw(t, "of").Asset
		units := rapid.Int64Range(1, want[asset]).Draw(t, "destroyed")
		u, err := Burn(coins, asset, units, scriptOf(300))
		if err != nil {
			t.Fatal(err)
		}
		want[asset] -= units
		total, _ := after(t, u)
		for id, left := range want {
			if total[id] != left {
				t.Fatalf("%d of %s are left instead of %d", total[id], id, left)
			}
		}
	})
}

func TestGenesis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := assets.Payment{Script: scriptOf(1), Units: rapid.Int64Range(1, 1e9).Draw(t, "units")}
		u, err := Genesis([]assets.Coin{coinOf(1, 0, 0, Tag{}), coinOf(2, 0, 0, Tag{})}, p)
		if err != nil {
			t.Fatal(err)
		}
		total, c := after(t, u)
		if len(total) != 1 || total[c.Issued] != p.Units || received(u.Tx, c, p.Script) != p.Units {
			t.Fatalf("%v of %s", total, c.Issued)
		}
		if u.Tx.Version != 1 || u.Tx.TxOut[0].Value < int64(assets.Dust(p.Script)) {
			t.Fatalf("version %d, %d satoshi", u.Tx.Version, u.Tx.TxOut[0].Value)
		}
	})
}

func TestRefused(t *testing.T) {
	a := colorOf(1)
	coin := coinOf(1, 1, 10, Tag{Code: 10})
	lying := coin
	lying.Value++
	oa, err := assets.NewID(assets.OpenAssets, make([]byte, 20))
	if err != nil {
		t.Fatal(err)
	}
	other := coinOf(2, 0, 0, Tag{})
	other.Holdings = []assets.Holding{{Asset: oa, Units: 1}}
	pay := func(units int64) []assets.Payment {
		return []assets.Payment{{Script: scriptOf(2), Asset: a, Units: units}}
	}
	worth := pay(1)
	worth[0].Value = 1000
	for name, c := range map[string]struct {
		coins    []assets.Coin
		payments []assets.Payment
		want     error
	}{
		"more than there is":      {[]assets.Coin{coin}, pay(11), assets.ErrShort},
		"nothing":                 {[]assets.Coin{coin}, nil, assets.ErrUnits},
		"less than nothing":       {[]assets.Coin{coin}, pay(-1), assets.ErrUnits},
		"more than all bitcoin":   {[]assets.Coin{coin}, pay(btcutil.MaxSatoshi + 1), assets.ErrUnits},
		"no coin":                 {nil, pay(1), assets.ErrShort},
		"a coin twice":            {[]assets.Coin{coin, coin}, pay(1), assets.ErrShort},
		"another protocol's coin": {[]assets.Coin{coin, other}, pay(1), assets.ErrDestroys},
		"a coin of another value": {[]assets.Coin{lying}, pay(1), ErrCoin},
		"a value besides units":   {[]assets.Coin{coin}, worth, ErrValue},
		"to nobody":               {[]assets.Coin{coin}, []assets.Payment{{Script: []byte{0x6a}, Asset: a, Units: 1}}, assets.ErrDestroys},
		"dust":                    {[]assets.Coin{coin}, append(pay(1), assets.Payment{Script: scriptOf(2), Value: 1}), assets.ErrDust},
	} {
		if u, err := Transfer(c.coins, c.payments, scriptOf(3)); !errors.Is(err, c.want) || u.Tx != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Genesis([]assets.Coin{coin}, pay(1)[0]); !errors.Is(err, assets.ErrDestroys) {
		t.Errorf("a genesis from a coloured coin: %v", err)
	}
	if _, err := Burn([]assets.Coin{coin}, a, 11, scriptOf(3)); !errors.Is(err, assets.ErrShort) {
		t.Errorf("more destroyed than there is: %v", err)
	}
}
