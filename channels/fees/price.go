package fees

import (
	"fmt"

	"cairn/chain"
	"cairn/channels/amount"
)

// Tariff is the rule for a price: a flat part, and a part for what a
// transaction costs on chain with a margin on top.
type Tariff struct {
	// Flat is asked for in any case.
	Flat amount.MilliSatoshi
	// Margin is added to the cost on chain, in thousandths of it: 0 to 10,000.
	Margin int64
	// Least is the smallest price.
	Least amount.MilliSatoshi
}

// maxWeight is that of the largest transaction nodes relay.
const maxWeight = 400_000

// Price is what something costs that weighs so many weight units on chain, at a
// rate: max(Least, Flat + weight × rate × (1 + Margin)), rounded up to whole
// satoshi so that it can be paid on chain. A weight of 0 is for what needs no
// transaction. Errors: ErrRequest for negative parts, weights above 400,000 and
// rates above 10,000 sat/vB.
func (t Tariff) Price(weight int64, rate chain.FeeRate) (amount.MilliSatoshi, error) {
	if t.Flat < 0 || t.Least < 0 || t.Margin < 0 || t.Margin > 10_000 {
		return 0, refuse("a tariff of %s, %d ‰, at least %s", t.Flat, t.Margin, t.Least)
	}
	if weight < 0 || weight > maxWeight || rate < 0 || rate > chain.SatPerVByte(10_000) {
		return 0, refuse("a weight of %d at %d sat/kw", weight, rate)
	}
	// Satoshi per 1,000 weight units are millisatoshi per weight unit.
	cost, err := amount.MilliSatoshi(rate).Times(weight)
	if err == nil {
		cost, err = cost.PermilleCeil(1000 + t.Margin)
	}
	if err == nil {
		cost, err = cost.Add(t.Flat)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return amount.FromSatoshi(max(cost, t.Least).SatoshiCeil())
}
