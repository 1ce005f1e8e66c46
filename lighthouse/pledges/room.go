package pledges

import (
	"fmt"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	// claims is how many claims' weight of pledges are kept: what the first one
	// cannot hold waits for its turn.
	claims = 3
	// maxPending and maxPendingEach bound the pledges of a campaign, and of one
	// visitor, whose coins no block holds: they cost nothing to make up.
	maxPending, maxPendingEach = 300, 20
	// pendingBlocks is after how many blocks nobody waits for a coin any more.
	pendingBlocks = 1008
	// leastWeights is how many times its own cost a pledge must be worth, so that
	// its owner can also take it back.
	leastWeights = 4
	// tolerance is the part of the least that prices and other backers may have
	// added to it between looking and pledging: a quarter.
	tolerance = 4
)

// least is the smallest pledge of a kind that is taken now: what the creator
// asks for; enough to pay for its way several times; and not so little that the
// room is used up before the goal is reached.
func least(t lighthouse.Terms, sums totals, kind contract.Kind, rate chain.FeeRate) btcutil.Amount {
	return max(t.Least, leastNow(t, sums, kind, rate))
}

// leastNow is the part of least that changes with fees and with other pledges.
func leastNow(t lighthouse.Terms, sums totals, kind contract.Kind, rate chain.FeeRate) btcutil.Amount {
	floor := max(dust(kind)+rate.Fee(kind.Budget()+refundWeight), leastWeights*rate.Fee(kind.Budget()))
	missing := t.Goal() - sums.Confirmed - sums.Pending
	if missing <= 0 {
		return floor // it waits its turn
	}
	slots := max(slots(t.Levels[0].Contract, sums, kind), 1)
	return max(floor, (missing+btcutil.Amount(slots)-1)/btcutil.Amount(slots))
}

// refundWeight is that of a refund without its input: one taproot output.
const refundWeight = 4*(4+1+1+8+1+34+4) + 2

// dust is what an output must be worth to be sent at all, at 3 sat/vB.
func dust(kind contract.Kind) btcutil.Amount {
	if kind == contract.P2PKH || kind == contract.P2SHP2WPKH {
		return 546
	}
	return 330
}

// slots is how many more pledges of a kind the claim of the goal can hold.
func slots(c *contract.Contract, sums totals, kind contract.Kind) int {
	const manyInputs = 253 // from here on the count takes three bytes
	room := c.Room(manyInputs) - sums.Weight
	return int(max(room, 0) / kind.Budget())
}

// room says whether a pledge may be kept beside those that are. Errors:
// lighthouse.ErrNoRoom, ErrPending, contract.ErrTooSmall.
func room(o *offer, sums totals, pending bool, rate chain.FeeRate) error {
	terms := o.campaign.Terms
	if sums.Stored+o.weight > claims*terms.Levels[0].Contract.Limit() {
		return lighthouse.ErrNoRoom
	}
	if pending && sums.PendingBackers >= maxPending {
		return fmt.Errorf("%w: %d for this campaign", ErrPending, sums.PendingBackers)
	}
	if !o.forGoal() {
		sums.Confirmed = terms.Goal() // the goal's room is not for it
	}
	now := leastNow(terms, sums, o.kind, rate)
	if enough := max(terms.Least, now-now/tolerance); o.coin.Value < enough {
		return fmt.Errorf("%w: %d sat, the least is %d", contract.ErrTooSmall, int64(o.coin.Value), int64(enough))
	}
	return nil
}
