package colu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"pgregory.net/rapid"

	"cairn/assets"
)

// scriptOf is the P2WPKH script of a wallet's n-th key.
func scriptOf(n int) []byte {
	return append([]byte{0x00, 0x14}, btcutil.Hash160(fmt.Append(nil, "key", n))...)
}

func coinOf(n int, held ...assets.Holding) assets.Coin {
	return assets.Coin{
		OutPoint: wire.OutPoint{Hash: chainhash.HashH(fmt.Append(nil, "coin", n)), Index: uint32(n)},
		Value:    1000, Script: scriptOf(n), Holdings: held,
	}
}

// assetOf is the n-th asset of the tests; every policy is among any three.
func assetOf(n int) assets.ID {
	id, err := IssuedID(Traits{Policy: Policy(n % 3)}, wire.OutPoint{}, scriptOf(100+n))
	if err != nil {
		panic(err)
	}
	return id
}

// drawnCoins is a random wallet: coins of up to four assets, with up to three
// holdings each, and uncolored ones.
func drawnCoins(t *rapid.T) (coins []assets.Coin) {
	for n := range rapid.IntRange(1, 7).Draw(t, "coins") {
		var held []assets.Holding
		for range rapid.IntRange(0, 3).Draw(t, "holdings") {
			held = append(held, assets.Holding{
				Asset: assetOf(rapid.IntRange(0, 3).Draw(t, "asset")), Units: rapid.Int64Range(1, 1<<54).Draw(t, "units"),
			})
		}
		coins = append(coins, coinOf(n, held...))
	}
	return coins
}

func totals(held []assets.Holding) map[assets.ID]int64 {
	sums := map[assets.ID]int64{}
	for _, h := range held {
		sums[h.Asset] += h.Units
	}
	return sums
}

func holdingsOf(coins []assets.Coin) (all []assets.Holding) {
	for _, c := range coins {
		all = append(all, c.Holdings...)
	}
	return all
}

// withStrangers is the transaction as it is sent: a sponsor's inputs behind, and
// perhaps an output of change as the last.
func withStrangers(t *rapid.T, u assets.Unsigned) (*wire.MsgTx, []assets.Input) {
	tx, inputs := u.Tx.Copy(), []assets.Input{}
	for _, c := range u.Coins {
		inputs = append(inputs, c.Input())
	}
	for n := range rapid.IntRange(0, 2).Draw(t, "sponsor's coins") {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: uint32(n)}})
		inputs = append(inputs, assets.Input{Prevout: wire.NewTxOut(5000, scriptOf(900+n))})
	}
	if rapid.Bool().Draw(t, "change") {
		tx.AddTxOut(wire.NewTxOut(4000, scriptOf(901)))
	}
	return tx, inputs
}

// byScript is what each script holds of each asset.
func byScript(tx *wire.MsgTx, c assets.Coloring) map[string]int64 {
	sums := map[string]int64{}
	for i, held := range c.Outputs {
		for _, h := range held {
			sums[fmt.Sprintf("%x %s", tx.TxOut[i].PkScript, h.Asset)] += h.Units
		}
	}
	return sums
}

var changeScript = scriptOf(800)

// drawnPayments pays parts of what is held, to up to limit outputs.
func drawnPayments(t *rapid.T, held map[assets.ID]int64, limit int) (payments []assets.Payment) {
	left := map[assets.ID]int64{}
	for id, n := range held {
		left[id] = n
	}
	for i := range rapid.IntRange(1, limit).Draw(t, "payments") {
		id := assetOf(rapid.IntRange(0, 3).Draw(t, "paid asset"))
		units := int64(0)
		if left[id] > 0 {
			units = rapid.Int64Range(0, left[id]).Draw(t, "paid units")
		}
		left[id] -= units
		payments = append(payments, assets.Payment{Script: scriptOf(200 + i%5), Asset: id, Units: units})
	}
	return payments
}

func TestTransfersLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coins := drawnCoins(t)
		held := totals(holdingsOf(coins))
		payments := drawnPayments(t, held, 6)
		u, err := Transfer(coins, payments, changeScript)
		if errors.Is(err, assets.ErrTooMany) || errors.Is(err, assets.ErrUnits) && noneMoved(payments) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		tx, inputs := withStrangers(t, u)
		c := Color(tx, inputs, assets.Specification)
		want := map[string]int64{}
		for _, p := range payments {
			want[fmt.Sprintf("%x %s", p.Script, p.Asset)] += p.Units
			held[p.Asset] -= p.Units
		}
		for id, n := range held {
			want[fmt.Sprintf("%x %s", changeScript, id)] += n
		}
		compare(t, byScript(tx, c), want)
		if len(u.Coins) != len(coins) || c.Verdict != assets.Valid {
			t.Fatalf("%d of %d coins, %s", len(u.Coins), len(coins), c.Verdict)
		}
	})
}

func noneMoved(payments []assets.Payment) bool {
	for _, p := range payments {
		if p.Units > 0 {
			return false
		}
	}
	return true
}

func compare(t *rapid.T, got, want map[string]int64) {
	t.Helper()
	for k, n := range want {
		if got[k] != n {
			t.Fatalf("%s: %d instead of %d", k, got[k], n)
		}
		delete(got, k)
	}
	if len(got) > 0 {
		t.Fatalf("more than was paid: %v", got)
	}
}

func TestIssuesMakeWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coins := drawnCoins(t)
		held := totals(holdingsOf(coins))
		asset := Issuing{Traits: Traits{
			Policy: Policy(rapid.IntRange(0, 2).Draw(t, "policy")), Locked: rapid.Bool().Draw(t, "locked"),
			Divisibility: rapid.IntRange(0, 7).Draw(t, "divisibility"),
		}, Rules: rapid.Bool().Draw(t, "rules")}
		switch rapid.IntRange(0, 2).Draw(t, "hashes") {
		case 2:
			asset.Metadata = bytesOf(0x22, 32)
			fallthrough
		case 1:
			asset.InfoHash = bytesOf(0x11, 20)
		}
		id, err := IssuedID(asset.Traits, coins[0].OutPoint, coins[0].Script)
		if err != nil {
			t.Fatal(err)
		}
		var payments []assets.Payment
		want := map[string]int64{}
		for i := range rapid.IntRange(1, 8).Draw(t, "recipients") {
			p := assets.Payment{Script: scriptOf(200 + i), Units: rapid.Int64Range(1, 1<<49).Draw(t, "units")}
			payments = append(payments, p)
			want[fmt.Sprintf("%x %s", p.Script, id)] += p.Units
		}
		u, err := Issue(asset, coins, payments, changeScript)
		if errors.Is(err, assets.ErrTooMany) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		tx, inputs := withStrangers(t, u)
		c := Color(tx, inputs, assets.Specification)
		for id, n := range held {
			want[fmt.Sprintf("%x %s", changeScript, id)] += n
		}
		compare(t, byScript(tx, c), want)
		if c.Issued != id || !bytes.Equal(c.Metadata, append(bytes.Clone(asset.InfoHash), asset.Metadata...)) {
			t.Fatalf("issued %s with %x", c.Issued, c.Metadata)
		}
		if got, err := Describe(c.Issued); err != nil || got != asset.Traits {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}

func TestBurnsDestroyWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coins := drawnCoins(t)
		held := totals(holdingsOf(coins))
		if len(held) == 0 {
			t.Skip("an uncoloured wallet")
		}
		var burn []assets.Holding
		for n := range 4 {
			if id := assetOf(n); held[id] > 0 && (len(burn) == 0 || rapid.Bool().Draw(t, "burn")) {
				burn = append(burn, assets.Holding{Asset: id, Units: rapid.Int64Range(1, held[id]).Draw(t, "burnt")})
			}
		}
		u, err := Burn(coins, burn, changeScript)
		if errors.Is(err, assets.ErrTooMany) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		tx, inputs := withStrangers(t, u)
		c := Color(tx, inputs, assets.Specification)
		gone := map[assets.ID]int64{}
		for _, f := range c.Flows {
			if f.To == assets.Destroyed {
				gone[f.Asset] += f.Units
			}
		}
		want := map[string]int64{}
		for _, h := range burn {
			if gone[h.Asset] != h.Units {
				t.Fatalf("%d of %d are gone", gone[h.Asset], h.Units)
			}
			held[h.Asset] -= h.Units
		}
		for id, n := range held {
			if n > 0 {
				want[fmt.Sprintf("%x %s", changeScript, id)] += n
			}
		}
		compare(t, byScript(tx, c), want)
	})
}

func TestHashesWithoutRoomGetAnOutput(t *testing.T) {
	asset := Issuing{Hashes: Hashes{InfoHash: bytesOf(0x11, 20), Metadata: bytesOf(0x22, 32)}}
	for outputs, opcode := range map[int]byte{5: 0x01, 10: 0x02, 17: 0x03} {
		var payments []assets.Payment
		for i := range outputs {
			payments = append(payments, assets.Payment{Script: scriptOf(i), Units: 1001})
		}
		u, err := Issue(asset, []assets.Coin{coinOf(1)}, payments, changeScript)
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := Find(u.Tx)
		if err != nil || p.Opcode != opcode {
			t.Errorf("%d outputs: %+v, %v", outputs, p, err)
		}
		if want := append(bytes.Clone(asset.InfoHash), asset.Metadata...); !bytes.Equal(u.Coloring.Metadata, want) {
			t.Errorf("%d outputs: hashes %x", outputs, u.Coloring.Metadata)
		}
		first := u.Tx.TxOut[0]
		if opcode == 0x01 {
			continue
		}
		if txscript.GetScriptClass(first.PkScript) != txscript.MultiSigTy || first.Value < 600 || len(u.Coloring.Outputs[0]) != 0 {
			t.Errorf("%d outputs: the first is %x with %d satoshi", outputs, first.PkScript, first.Value)
		}
		if held := u.Coloring.Outputs[1]; len(held) != 1 || held[0].Units != 1001 {
			t.Errorf("%d outputs: output 1 holds %v", outputs, held)
		}
	}
}

func TestWhatCannotBeBuilt(t *testing.T) {
	a, b := assetOf(0), assetOf(1)
	coins := []assets.Coin{coinOf(1, assets.Holding{Asset: a, Units: 10}), coinOf(2)}
	other, err := assets.NewID(assets.OpenAssets, bytesOf(1, 20))
	if err != nil {
		t.Fatal(err)
	}
	to := func(id assets.ID, units int64) []assets.Payment {
		return []assets.Payment{{Script: scriptOf(5), Asset: id, Units: units}}
	}
	crowd := make([]assets.Payment, 32)
	for i := range crowd {
		crowd[i] = assets.Payment{Script: scriptOf(i), Asset: a, Units: 1}
	}
	rich := []assets.Coin{coinOf(1, assets.Holding{Asset: a, Units: 1000})}
	transfer := func(coins []assets.Coin, payments []assets.Payment) error {
		_, err := Transfer(coins, payments, changeScript)
		return err
	}
	issue := func(asset Issuing, coins []assets.Coin, payments []assets.Payment) error {
		_, err := Issue(asset, coins, payments, changeScript)
		return err
	}
	burn := func(coins []assets.Coin, held ...assets.Holding) error {
		_, err := Burn(coins, held, changeScript)
		return err
	}
	for name, c := range map[string]struct{ got, want error }{
		"too few units":        {transfer(coins, to(a, 11)), assets.ErrShort},
		"another asset":        {transfer(coins, to(b, 1)), assets.ErrShort},
		"nothing":              {transfer(coins, to(a, 0)), assets.ErrUnits},
		"less than nothing":    {transfer(coins, to(a, -1)), assets.ErrUnits},
		"to nobody":            {transfer(coins, []assets.Payment{{Script: []byte{txscript.OP_RETURN}, Asset: a, Units: 1}}), assets.ErrDestroys},
		"dust":                 {transfer(coins, []assets.Payment{{Script: scriptOf(5), Asset: a, Units: 1, Value: 100}}), assets.ErrDust},
		"a coin twice":         {transfer([]assets.Coin{coins[0], coins[0]}, to(a, 1)), assets.ErrShort},
		"another protocol":     {transfer([]assets.Coin{coins[0], coinOf(3, assets.Holding{Asset: other, Units: 1})}, to(a, 1)), assets.ErrDestroys},
		"32 recipients":        {transfer(rich, crowd), assets.ErrTooMany},
		"without a coin":       {issue(Issuing{}, nil, to(a, 1)), ErrCoin},
		"another id":           {issue(Issuing{}, coins, to(b, 1)), assets.ErrID},
		"8 decimals":           {issue(Issuing{Traits: Traits{Divisibility: 8}}, coins, to(assets.ID{}, 1)), ErrFlags},
		"a hash alone":         {issue(Issuing{Hashes: Hashes{Metadata: bytesOf(1, 32)}}, coins, to(assets.ID{}, 1)), ErrHashes},
		"a short key":          {issue(Issuing{Key: []byte{1}}, coins, to(assets.ID{}, 1)), ErrHashes},
		"over 2^53-1":          {issue(Issuing{}, coins, to(assets.ID{}, MaxAmount+1)), assets.ErrUnits},
		"no units":             {issue(Issuing{}, coins, to(assets.ID{}, 0)), assets.ErrUnits},
		"nothing to burn":      {burn(coins), assets.ErrUnits},
		"burn more than there": {burn(coins, assets.Holding{Asset: a, Units: 11}), assets.ErrShort},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, not %v", name, c.got, c.want)
		}
	}
	if err := transfer(rich, crowd); !errors.Is(err, ErrSize) && !errors.Is(err, ErrOutput) {
		t.Errorf("32 recipients: %v", err)
	}
}

func TestExplanations(t *testing.T) {
	tx := wire.NewMsgTx(2)
	script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_RETURN).
		AddData(unhex(t, "43430205"+"2012"+"802005"+"010a"+"50")).Script()
	if err != nil {
		t.Fatal(err)
	}
	tx.AddTxOut(wire.NewTxOut(0, script))
	want := []assets.Field{
		{From: 2, To: 4, Name: FieldTag, Value: "CC"},
		{From: 4, To: 5, Name: FieldVersion, Value: "2"},
		{From: 5, To: 6, Name: FieldOpcode, Value: "05"},
		{From: 6, To: 8, Name: FieldAmount, Value: "100"},
		{From: 8, To: 11, Name: FieldPayment, Value: "0 units, output 0, next input"},
		{From: 11, To: 13, Name: FieldPayment, Value: "10 units, output 1"},
		{From: 13, To: 14, Name: FieldFlags, Value: "aggregatable, 2 decimals, locked"},
	}
	got := Explain(tx)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v instead of %+v", got[i], want[i])
		}
	}
	if hex.EncodeToString(script[2:4]) != "4343" {
		t.Error("fields do not count from the script's start")
	}
}
