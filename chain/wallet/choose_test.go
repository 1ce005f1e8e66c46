package wallet

import (
	"errors"
	"testing"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"pgregory.net/rapid"
)

func coinOf(i int, value btcutil.Amount, taproot bool) Coin {
	script := append([]byte{txscript.OP_0, 20}, make([]byte, 20)...)
	if taproot {
		script = append([]byte{txscript.OP_1, 32}, make([]byte, 32)...)
	}
	return Coin{OutPoint: wire.OutPoint{Hash: chainhash.Hash{byte(i), byte(i >> 8)}}, Value: value, Script: script}
}

// Whatever the coins and outputs, a plan balances to the satoshi, pays its
// rate, makes no dust, and spends what must be spent and nothing twice.
func TestChooseProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var free, must []Coin
		total := btcutil.Amount(0)
		for i := range rapid.IntRange(0, 30).Draw(t, "coins") {
			c := coinOf(i, btcutil.Amount(rapid.Int64Range(1000, 2_000_000).Draw(t, "value")), rapid.Bool().Draw(t, "taproot"))
			total += c.Value
			if rapid.IntRange(0, 9).Draw(t, "must") == 0 {
				must = append(must, c)
			} else {
				free = append(free, c)
			}
		}
		f := funding{rate: chain.FeeRate(rapid.Int64Range(250, 250_000).Draw(t, "rate"))}
		f.changeOf(AddressType(rapid.IntRange(0, 1).Draw(t, "change")))
		paid := btcutil.Amount(0)
		for i := range rapid.IntRange(1, 5).Draw(t, "outputs") {
			out := stranger(byte(i), btcutil.Amount(rapid.Int64Range(330, 3_000_000).Draw(t, "amount")))
			f.outputs = append(f.outputs, out)
			paid += btcutil.Amount(out.Value)
		}
		floor := btcutil.Amount(rapid.Int64Range(0, 50_000).Draw(t, "floor"))
		f.minFee = func(int64) btcutil.Amount { return floor }

		p, err := f.choose(must, free)
		if err != nil {
			if !errors.Is(err, chain.ErrNoFunds) {
				t.Fatal(err)
			}
			all := append(append([]Coin(nil), must...), free...)
			if whole := max(f.rate.Fee(f.weight(all, true)), floor); len(all) > 0 && len(all) <= maxInputs && total >= paid+whole+f.dust {
				t.Fatalf("no plan, though %d satoshi pay for %d and a fee of %d", total, paid, whole)
			}
			return
		}
		in := btcutil.Amount(0)
		seen := map[wire.OutPoint]bool{}
		for _, c := range p.coins {
			if seen[c.OutPoint] {
				t.Fatalf("coin %s is spent twice", c.OutPoint)
			}
			seen[c.OutPoint] = true
			in += c.Value
		}
		for _, c := range must {
			if !seen[c.OutPoint] {
				t.Fatalf("coin %s had to be spent", c.OutPoint)
			}
		}
		if in != paid+p.fee+p.change {
			t.Fatalf("in %d, out %d + fee %d + change %d", in, paid, p.fee, p.change)
		}
		if p.change != 0 && p.change < f.dust {
			t.Fatalf("change of %d is dust", p.change)
		}
		weight := f.weight(p.coins, p.change > 0)
		if p.fee < f.rate.Fee(weight) || p.fee < btcutil.Amount(vsize(weight)) || p.fee < floor {
			t.Fatalf("a fee of %d for weight %d at %d, at least %d", p.fee, weight, f.rate, floor)
		}
		if excess := p.fee - max(f.rate.Fee(weight), btcutil.Amount(vsize(weight)), floor); excess > f.dust+f.rate.Fee(4*f.changeSize)+1 {
			t.Fatalf("%d satoshi too much are paid in fees", excess)
		}
	})
}

// One coin is enough: the smallest that leaves room for bumps, so that the big
// ones stay whole.
func TestChooseTakesOneSmallCoin(t *testing.T) {
	f := funding{rate: chain.SatPerVByte(1), outputs: []*wire.TxOut{wire.NewTxOut(0, []byte{txscript.OP_RETURN})}}
	f.changeOf(P2TR)
	coins := []Coin{coinOf(1, 5_000_000, true), coinOf(2, 1_100, true), coinOf(3, 50_000, true), coinOf(4, 60_000, false)}
	p, err := f.choose(nil, coins)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.coins) != 1 || p.coins[0].Value != 50_000 {
		t.Errorf("it chose %v; want the coin of 50,000", p.coins)
	}
}
