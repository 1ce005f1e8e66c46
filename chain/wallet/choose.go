package wallet

import (
	"sort"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Weights of what a transaction is made of (BIP-0141). A signature of segwit
// version 0 has at most 72 bytes with its hash type, as wallets make its S low
// (BIP-0146); a taproot one has 64 with the default hash type (BIP-0341).
const (
	overheadWeight   = 4*(4+4) + 2 // version, lock time; marker and flag
	inputWeight      = 4 * (36 + 1 + 4)
	p2wpkhWitness    = 1 + 1 + 72 + 1 + 33
	p2trWitness      = 1 + 1 + 64
	maxInputs        = 100
	p2trChangeDust   = btcutil.Amount(330)
	p2wpkhChangeDust = btcutil.Amount(294)
)

// funding is the question which coins pay for some outputs at a rate.
type funding struct {
	outputs []*wire.TxOut
	rate    chain.FeeRate
	// minFee, if set, is the least fee for a virtual size: BIP-0125's rules 3
	// and 4 for a replacement.
	minFee func(vsize int64) btcutil.Amount
	// changeSize is the serialized size of a change output, and dust its
	// smallest value that relays.
	changeSize int64
	dust       btcutil.Amount
}

// plan is the answer: the coins, the fee, and the change, 0 for none.
type plan struct {
	coins  []Coin
	fee    btcutil.Amount
	change btcutil.Amount
}

// changeOf sets what a change output of a type costs.
func (f *funding) changeOf(t AddressType) {
	if t == P2WPKH {
		f.changeSize, f.dust = 8+1+22, p2wpkhChangeDust
		return
	}
	f.changeSize, f.dust = 8+1+34, p2trChangeDust
}

// weight is that of the signed transaction, at most a few units too much.
func (f *funding) weight(coins []Coin, withChange bool) int64 {
	outputs := int64(0)
	for _, out := range f.outputs {
		outputs += int64(out.SerializeSize())
	}
	count := len(f.outputs)
	if withChange {
		outputs += f.changeSize
		count++
	}
	w := int64(overheadWeight) + 4*int64(wire.VarIntSerializeSize(uint64(len(coins)))+wire.VarIntSerializeSize(uint64(count))) + 4*outputs
	for _, c := range coins {
		w += inputWeight
		if txscript.IsPayToTaproot(c.Script) {
			w += p2trWitness
		} else {
			w += p2wpkhWitness
		}
	}
	return w
}

// fee is what a transaction of a weight pays: the rate, but no less than what
// relays and what minFee asks.
func (f *funding) fee(weight int64) btcutil.Amount {
	fee := max(f.rate.Fee(weight), btcutil.Amount(vsize(weight)))
	if f.minFee != nil {
		fee = max(fee, f.minFee(vsize(weight)))
	}
	return fee
}

// with tries one set of coins.
func (f *funding) with(coins []Coin) (plan, bool) {
	left := btcutil.Amount(0)
	for _, c := range coins {
		left += c.Value
	}
	for _, out := range f.outputs {
		left -= btcutil.Amount(out.Value)
	}
	if fee := f.fee(f.weight(coins, true)); left-fee >= f.dust {
		return plan{coins: coins, fee: fee, change: left - fee}, true
	}
	if fee := f.fee(f.weight(coins, false)); len(f.outputs) > 0 && left >= fee {
		return plan{coins: coins, fee: left}, true
	}
	return plan{}, false
}

// choose answers with the coins that must be spent and as few of the others as
// will do. When nothing must be spent, one coin is best: the smallest that
// leaves enough change to raise the fee several times later, which keeps the
// big coins for big payments and the coins of parallel payments apart. Errors:
// chain.ErrNoFunds.
func (f *funding) choose(must, free []Coin) (plan, error) {
	if len(must) > 0 {
		if p, ok := f.with(must); ok {
			return p, nil
		}
	}
	bySize := append([]Coin(nil), free...)
	sort.Slice(bySize, func(i, j int) bool {
		if bySize[i].Value != bySize[j].Value {
			return bySize[i].Value < bySize[j].Value
		}
		return less(bySize[i].OutPoint, bySize[j].OutPoint)
	})
	if p, ok := f.oneMore(must, bySize); ok {
		return p, nil
	}

	coins := append([]Coin(nil), must...)
	for i := len(bySize) - 1; i >= 0 && len(coins) < maxInputs; i-- {
		coins = append(coins, bySize[i])
		if p, ok := f.with(coins); ok {
			return p, nil
		}
	}
	return plan{}, noFunds("no confirmed fee coins are free that together pay for it")
}

// bumpRoom is how many times its first fee the change should be worth.
const bumpRoom = 20

// oneMore looks for the one coin that completes must.
func (f *funding) oneMore(must, bySize []Coin) (plan, bool) {
	var fallback plan
	found := false
	for _, c := range bySize {
		p, ok := f.with(append(append([]Coin(nil), must...), c))
		if !ok {
			continue
		}
		if p.change >= bumpRoom*p.fee {
			return p, true
		}
		fallback, found = p, true // the largest so far
	}
	return fallback, found
}

// dustOf is the smallest value an output may have to be relayed, by Bitcoin
// Core's rule at 3 sat/vB.
func dustOf(script []byte) btcutil.Amount {
	switch {
	case txscript.IsNullData(script):
		return 0
	case txscript.IsPayToWitnessPubKeyHash(script):
		return 294
	case txscript.IsPayToTaproot(script), txscript.IsPayToWitnessScriptHash(script):
		return 330
	case txscript.IsPayToScriptHash(script):
		return 540
	}
	return 546
}
