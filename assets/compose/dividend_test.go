package compose

import (
	"bytes"
	"fmt"
	"testing"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"pgregory.net/rapid"
)

func testScript(n int) []byte {
	return append([]byte{0, 20}, bytes.Repeat([]byte{byte(n), byte(n >> 8)}, 10)...)
}

// A sum is shared out to the last satoshi, by units, whatever they are.
func TestSplitLosesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		total := btcutil.Amount(rapid.Int64Range(1, btcutil.MaxSatoshi).Draw(r, "total"))
		var holders []Holder
		for i := range rapid.IntRange(1, 30).Draw(r, "holders") {
			n := rapid.OneOf(rapid.Int64Range(1, 100), rapid.Int64Range(1, 1<<62)).Draw(r, "units")
			holders = append(holders, Holder{testScript(i), n})
		}
		var exclude [][]byte
		if rapid.Bool().Draw(r, "exclude") {
			exclude = append(exclude, testScript(0))
		}
		shares := Split(total, holders, exclude)
		if len(shares) != len(holders) {
			r.Fatalf("%d shares of %d holders", len(shares), len(holders))
		}
		sum := btcutil.Amount(0)
		for i, one := range shares {
			if one.Left == LeftExcluded {
				if one.Amount != 0 || !bytes.Equal(one.Script, testScript(0)) {
					r.Fatalf("%+v", one)
				}
				continue
			}
			sum += one.Amount
			if (one.Left == LeftDust) != (one.Amount < assets.Dust(one.Script)) {
				r.Fatalf("%+v", one)
			}
			if i > 0 && shares[i-1].Left != LeftExcluded && (shares[i-1].Units < one.Units || shares[i-1].Amount < one.Amount-1) {
				r.Fatalf("%+v before %+v", shares[i-1], one)
			}
		}
		if want := total; len(exclude) == 0 || len(holders) > 1 {
			if sum != want {
				r.Fatalf("%d of %d sat", sum, want)
			}
		}
	})
}

func TestSplit(t *testing.T) {
	holders := []Holder{{testScript(3), 1}, {testScript(1), 1}, {testScript(2), 1}, {[]byte{0x6a}, 7}}
	var got []string
	for _, one := range Split(10_003, holders, nil) {
		got = append(got, fmt.Sprintf("%x %d %d %s", one.Script[:min(3, len(one.Script))], one.Units, one.Amount, one.Left))
	}
	want := []string{"6a 7 7002 unpayable", "001401 1 1001 ", "001402 1 1000 ", "001403 1 1000 "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q", got)
	}
}

// A dividend goes to all holders in as few transactions as can be, and stays public.
func TestDividends(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		shop := b.wallet("shop")
		id, coin := b.asset(shop, assets.OpenAssets, 1_000)
		holders := b.wallet("holders")
		pay := Order{Operation: Transfer, Coins: []Coin{coin, shop.fund(90_000)}, Change: shop.script()}
		for i := range 40 {
			pay.Payments = append(pay.Payments, assets.Payment{Script: holders.script(), Asset: id, Units: int64(1 + i%7)})
		}
		pay.Payments = append(pay.Payments, assets.Payment{Script: holders.script(), Asset: id, Units: 500})
		b.do(shop, pay)
		b.mine()
		rest, _ := shop.coins()
		share := Order{
			Operation: Dividend, Asset: id, Coins: []Coin{shop.fund(60_000), shop.fund(60_000)}, Change: shop.script(), Sum: 80_000,
			Exclude: [][]byte{rest[0].Script},
		}
		if list, err := b.Dividends(t.Context(), id, 10); err != nil || len(list) != 0 {
			t.Fatalf("%+v, %v", list, err)
		}
		d := b.do(shop, share)
		paid, left := btcutil.Amount(0), map[LeftOut]int{}
		for _, one := range d.Shares {
			if one.Left == "" {
				paid += one.Amount
			}
			left[one.Left]++
		}
		got := btcutil.Amount(0)
		for _, out := range d.Parts[0].Tx.TxOut {
			if holders.keys[string(out.PkScript)] != nil {
				got += btcutil.Amount(out.Value)
			}
		}
		if len(d.Parts) != 1 || got != paid || left[LeftExcluded] != 1 || left[LeftDust] == 0 || left[""]+left[LeftDust] != 41 {
			t.Errorf("%d parts, %d of %d sat, %v", len(d.Parts), got, paid, left)
		}
		if shop.units(id)+holders.units(id) != 1_000 {
			t.Error("units moved")
		}
		b.mine()
		b.at = b.at.Add(2 * forgetAfter)
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, err := b.Dividends(t.Context(), id, 10)
		if err != nil || len(list) != 1 || !list[0].Confirmed || len(list[0].Shares) != 42 || list[0].Txids[0] != d.Parts[0].Txid {
			t.Errorf("%+v, %v", list, err)
		}

		share.Coins = []Coin{shop.fund(60_000)}
		_, err = b.Prepare(t.Context(), share)
		wantKind(t, "too little", err, ErrFunds)
		share.Sum = 40
		_, err = b.Prepare(t.Context(), share)
		wantKind(t, "all dust", err, ErrNothing)
		share.Coins = []Coin{coinOf(rest[0])}
		_, err = b.Prepare(t.Context(), share)
		wantKind(t, "with coloured coins", err, ErrOtherColor)
	})
}

// Thousands of holders are paid in standard transactions, each under 400,000 weight.
func TestLargeDividend(t *testing.T) {
	o := Order{Operation: Dividend, Change: testScript(9), Sum: 6_000_000}
	for i := range 6_000 {
		o.Payments = append(o.Payments, assets.Payment{Script: testScript(i), Value: 1_000})
	}
	p := planner{order: o, rate: 250, plain: []held{{Coin: Coin{Value: 30_000_000, Script: testScript(8)}}}}
	made, err := p.plan()
	if err != nil {
		t.Fatal(err)
	}
	if len(made.pieces) != 3 {
		t.Errorf("%d transactions", len(made.pieces))
	}
	outputs, before := 0, chainhash.Hash{}
	for i, one := range made.pieces {
		weight, err := one.weight()
		if err != nil || weight > mostWeight || int64(one.fee) < weight/4 || one.fee > btcutil.Amount(weight/4+50) {
			t.Errorf("%d: weight %d, fee %d, %v", i, weight, one.fee, err)
		}
		if i > 0 && one.tx.TxIn[0].PreviousOutPoint.Hash != before {
			t.Errorf("%d does not follow the one before", i)
		}
		before = one.tx.TxHash()
		outputs += len(one.tx.TxOut)
	}
	if outputs != 6_000+3 {
		t.Errorf("%d outputs", outputs)
	}
}
