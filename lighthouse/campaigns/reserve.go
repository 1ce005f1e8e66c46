package campaigns

import (
	"cairn/chain"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
)

// PlanningRate is the fee rate that reserves are planned by: what every node
// relays, old ones too.
const PlanningRate = chain.FeeRate(250)

// smallestFactor is how many times its own weight, at the planning rate, the
// smallest pledge is worth that is taken (the spec's §3.4).
const smallestFactor = 4

// DefaultReserve is what the claim of a contract costs at a fee rate with as
// many pledges as it can come to have: of the least size, or the price of a
// share, or the smallest that are taken at all, as far as they fit into one
// transaction.
func DefaultReserve(c *contract.Contract, least, multiple btcutil.Amount, rate chain.FeeRate) btcutil.Amount {
	input := contract.P2WPKH.Budget()
	smallest := max(least, multiple, smallestFactor*rate.Fee(input), 1)
	whole := rate.Fee(c.Limit())
	pledges := (c.Net() + smallest - 1) / smallest
	if pledges > btcutil.Amount(c.Limit()/input) {
		return whole
	}
	fixed := c.Need(rate, int(pledges)) - c.Net()
	return min(fixed+rate.Fee(input)*pledges, whole)
}

// reserve fills a level's reserve in, or checks it.
func (c *checker) reserve(at string, l *Level, made *contract.Contract, d *Draft) {
	smallest := made.Need(c.planning, 1) - made.Net() + c.planning.Fee(contract.P2WPKH.Budget())
	switch {
	case l.Reserve == 0:
		l.Reserve = DefaultReserve(made, max(d.Least, 0), max(d.Multiple, 0), c.planning)
	case l.Reserve < 0 || l.Reserve > btcutil.MaxSatoshi:
		c.add(ErrAmount, 0, "%s.reserve", at)
	case l.Reserve < smallest:
		c.add(ErrReserve, int64(smallest), "%s.reserve", at)
	}
}
