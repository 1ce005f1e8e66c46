package openassets

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

// scriptOf is the P2WPKH script of a wallet's n-th key.
func scriptOf(n int) []byte {
	return append([]byte{0x00, 0x14}, btcutil.Hash160([]byte(fmt.Sprint("key", n)))...)
}

func coinOf(n int, held ...assets.Holding) assets.Coin {
	return assets.Coin{
		OutPoint: wire.OutPoint{Hash: chainhash.HashH([]byte(fmt.Sprint("coin", n)))},
		Value:    1000, Script: scriptOf(n), Holdings: held,
	}
}

// drawn is a random wallet: coins of up to four assets and uncolored ones.
func drawn(t *rapid.T) (coins []assets.Coin, held []assets.Holding) {
	for n := range rapid.IntRange(1, 12).Draw(t, "coins") {
		kind := rapid.IntRange(0, 4).Draw(t, "kind")
		if kind == 0 {
			coins = append(coins, coinOf(n))
			continue
		}
		h := assets.Holding{Asset: AssetID(scriptOf(100 + kind)), Units: rapid.Int64Range(1, 1<<59).Draw(t, "units")}
		coins, held = append(coins, coinOf(n, h)), append(held, h)
	}
	return coins, held
}

// after is what all outputs hold of an asset once a sponsor's input and a change
// output were added.
func after(t *rapid.T, u assets.Unsigned) (total map[assets.ID]int64, c assets.Coloring) {
	tx, inputs := u.Tx.Copy(), inputsOf(u.Coins)
	for n := range rapid.IntRange(0, 2).Draw(t, "sponsor's coins") {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: uint32(n)}})
		inputs = append(inputs, assets.Input{Prevout: wire.NewTxOut(5000, scriptOf(900+n))})
	}
	if rapid.Bool().Draw(t, "change") {
		tx.AddTxOut(wire.NewTxOut(4000, scriptOf(901)))
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
// went in, less what was asked to be destroyed, and everybody gets what he was
// to get.
func TestUnitsAreNeverLost(t *testing.T) {
	built := 0
	rapid.Check(t, func(t *rapid.T) {
		coins, held := drawn(t)
		before := sums(held)
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
		total, c := after(t, u)
		for id, units := range before {
			if total[id] != units {
				t.Fatalf("%d of %s came out, %d went in", total[id], id, units)
			}
		}
		for _, p := range payments {
			if p.Units > 0 && received(u.Tx, c, p.Script) != p.Units {
				t.Fatalf("%d arrived instead of %d", received(u.Tx, c, p.Script), p.Units)
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
			units += sumOf(c.Outputs[i])
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
		before := sums(held)
		asset := rapid.SampledFrom(held).Draw(t, "of").Asset
		units := rapid.Int64Range(1, before[asset]).Draw(t, "destroyed")
		u, err := Burn(coins, asset, units, scriptOf(300))
		if err != nil {
			t.Fatal(err)
		}
		total, _ := after(t, u)
		before[asset] -= units
		for id, want := range before {
			if total[id] != want {
				t.Fatalf("%d of %s are left instead of %d", total[id], id, want)
			}
		}
	})
}

func TestIssueKeepsWhatTheCoinsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coins, held := drawn(t)
		id := AssetID(coins[0].Script)
		payments, issued := []assets.Payment{}, int64(0)
		for range rapid.IntRange(1, 5).Draw(t, "payments") {
			p := assets.Payment{Script: scriptOf(200 + len(payments)), Units: rapid.Int64Range(1, 1<<40).Draw(t, "issued")}
			payments, issued = append(payments, p), issued+p.Units
		}
		metadata := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "metadata")
		u, err := Issue(coins, payments, metadata, scriptOf(300))
		if err != nil {
			if errors.Is(err, assets.ErrTooMany) {
				return
			}
			t.Fatal(err)
		}
		total, c := after(t, u)
		want := sums(held)
		want[id] += issued
		for asset, units := range want {
			if total[asset] != units {
				t.Fatalf("%d of %s came out instead of %d", total[asset], asset, units)
			}
		}
		if c.Issued != id || string(c.Metadata) != string(metadata) || u.Coins[0].OutPoint != coins[0].OutPoint {
			t.Fatalf("%+v", c)
		}
	})
}

func TestRefused(t *testing.T) {
	a, b := AssetID(scriptOf(101)), AssetID(scriptOf(102))
	coin := coinOf(1, assets.Holding{Asset: a, Units: 10})
	epobc, err := assets.NewID(assets.EPOBC, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	pay := func(asset assets.ID, units int64) []assets.Payment {
		return []assets.Payment{{Script: scriptOf(2), Asset: asset, Units: units}}
	}
	many := []assets.Payment{}
	for n := range 90 {
		many = append(many, assets.Payment{Script: scriptOf(n), Units: 1})
	}
	for name, c := range map[string]struct {
		build func() (assets.Unsigned, error)
		want  error
	}{
		"more than there is": {func() (assets.Unsigned, error) { return Transfer([]assets.Coin{coin}, pay(a, 11), scriptOf(3)) }, assets.ErrShort},
		"an asset not held":  {func() (assets.Unsigned, error) { return Transfer([]assets.Coin{coin}, pay(b, 1), scriptOf(3)) }, assets.ErrShort},
		"nothing":            {func() (assets.Unsigned, error) { return Transfer([]assets.Coin{coin}, nil, scriptOf(3)) }, assets.ErrUnits},
		"less than nothing":  {func() (assets.Unsigned, error) { return Transfer([]assets.Coin{coin}, pay(a, -1), scriptOf(3)) }, assets.ErrUnits},
		"no change script":   {func() (assets.Unsigned, error) { return Transfer([]assets.Coin{coin}, pay(a, 1), nil) }, assets.ErrDestroys},
		"to nobody": {func() (assets.Unsigned, error) {
			return Transfer([]assets.Coin{coin}, []assets.Payment{{Script: []byte{0x6a}, Asset: a, Units: 1}}, scriptOf(3))
		}, assets.ErrDestroys},
		"dust": {func() (assets.Unsigned, error) {
			return Transfer([]assets.Coin{coin}, []assets.Payment{{Script: scriptOf(2), Asset: a, Units: 1, Value: 1}}, scriptOf(3))
		}, assets.ErrDust},
		"another protocol's coin": {func() (assets.Unsigned, error) {
			return Transfer([]assets.Coin{coin, coinOf(2, assets.Holding{Asset: epobc, Units: 1})}, pay(a, 1), scriptOf(3))
		}, assets.ErrDestroys},
		"the same coin twice": {func() (assets.Unsigned, error) { return Transfer([]assets.Coin{coin, coin}, pay(a, 1), scriptOf(3)) }, assets.ErrShort},
		"another's asset":     {func() (assets.Unsigned, error) { return Issue([]assets.Coin{coin}, pay(b, 1), nil, scriptOf(3)) }, assets.ErrID},
		"too many to pay":     {func() (assets.Unsigned, error) { return Issue([]assets.Coin{coin}, many, nil, scriptOf(3)) }, assets.ErrTooMany},
		"issue of nothing": {func() (assets.Unsigned, error) {
			return Issue([]assets.Coin{coin}, pay(assets.ID{}, 0), nil, scriptOf(3))
		}, assets.ErrUnits},
		"burn of too much": {func() (assets.Unsigned, error) { return Burn([]assets.Coin{coin}, a, 11, scriptOf(3)) }, assets.ErrShort},
		"coins of more than 2^63-1": {func() (assets.Unsigned, error) {
			const most = 1<<63 - 1
			return Transfer([]assets.Coin{coin, coinOf(2, assets.Holding{Asset: a, Units: most})}, pay(a, 1), scriptOf(3))
		}, assets.ErrUnits},
		"more than 2^63-1": {func() (assets.Unsigned, error) {
			const most = 1<<63 - 1
			p := []assets.Payment{{Script: scriptOf(2), Asset: a, Units: most}, {Script: scriptOf(3), Asset: a, Units: most}}
			return Transfer([]assets.Coin{coin}, p, scriptOf(3))
		}, assets.ErrUnits},
	} {
		if u, err := c.build(); !errors.Is(err, c.want) || u.Tx != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
