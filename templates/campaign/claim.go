package campaign

import (
	"time"

	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
)

// Claim is the transaction that paid the beneficiaries, or is on its way to.
type Claim struct {
	lighthouse.Claim
	// Confirmations are those of its block; Needed is how many make it final.
	Confirmations, Needed int32
	BlockTime             time.Time
	// From are the pledges it spends, the largest first, and To whom it pays.
	From []Inflow
	To   []Outflow
}

// Inflow is one pledge of a claim.
type Inflow struct {
	Name   string // may be empty
	Amount btcutil.Amount
	// Fee says that it is no pledge, but was added to pay for speed.
	Fee bool
}

// Outflow is one beneficiary of a claim.
type Outflow struct {
	Name, Address string
	Amount        btcutil.Amount
}

// Taken is what the pledges of the claim add up to.
func (c *Claim) Taken() (sum btcutil.Amount) {
	for _, in := range c.From {
		if !in.Fee {
			sum += in.Amount
		}
	}
	return sum
}

// Pledges is how many pledges it spends.
func (c *Claim) Pledges() (n int) {
	for _, in := range c.From {
		if !in.Fee {
			n++
		}
	}
	return n
}

// Paid is what the beneficiaries get.
func (c *Claim) Paid() (sum btcutil.Amount) {
	for _, out := range c.To {
		sum += out.Amount
	}
	return sum
}
