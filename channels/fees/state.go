package fees

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"cairn/channels/amount"
)

// State is how a quote stands. What to do next is in the comments; the words
// for people are made by the pages.
type State string

// The states.
const (
	// Active: nothing came in yet, and there is time. Next: pay.
	Active State = "active"
	// Processing: enough was seen on chain and waits for confirmations.
	// Next: wait; nothing has to be paid again.
	Processing State = "processing"
	// Underpaid: less than the price was seen or came in. Next: pay the rest,
	// in time; after that it is given back.
	Underpaid State = "underpaid"
	// Settled: exactly the price came in, in time. Next: use it.
	Settled State = "settled"
	// Overpaid: more than the price came in, in time. Next: use it; the rest
	// becomes credit.
	Overpaid State = "overpaid"
	// Late: the price came in after the quote's time. Next: the seller agrees
	// to use it all the same, or it is given back.
	Late State = "late"
	// Expired: nothing came in in time. Next: ask for a new quote. Should
	// something still come in, it is Underpaid, Processing or Late.
	Expired State = "expired"
	// Used: it was had. What comes in later becomes credit.
	Used State = "used"
	// Returned: all that came in became credit, and so does what comes later.
	Returned State = "returned"
)

// Final reports whether a quote stays as it is.
func (s State) Final() bool { return s == Used || s == Returned }

// Payable reports whether somebody should still be asked to pay.
func (s State) Payable() bool { return s == Active || s == Underpaid }

// transitions lists where each state may go. Coins that were seen may vanish
// again, so Processing and Underpaid can fall back; what has come in stays.
var transitions = map[State][]State{
	Active:     {Processing, Underpaid, Settled, Overpaid, Late, Expired},
	Processing: {Active, Underpaid, Settled, Overpaid, Late, Expired},
	Underpaid:  {Active, Processing, Settled, Overpaid, Late, Expired, Returned},
	Settled:    {Overpaid, Used, Returned},
	Overpaid:   {Used, Returned},
	Late:       {Overpaid, Used, Returned},
	// The news of a payment made in time may come after its end.
	Expired:  {Processing, Underpaid, Settled, Overpaid, Late},
	Used:     {},
	Returned: {},
}

// move checks one change. Errors: ErrTransition.
func move(from, to State) error {
	if from == to || slices.Contains(transitions[from], to) {
		return nil
	}
	return fmt.Errorf("%w: from %s to %s", ErrTransition, from, to)
}

// payment is what came in, or was seen, for a quote.
type payment struct {
	amount  amount.MilliSatoshi
	seen    time.Time
	settled bool
}

// standing is the state of a quote that was neither used nor returned, by what
// came in for it: the price has to be there for good, and whether it is late is
// decided by when the payment that completed it was first seen.
func standing(price amount.MilliSatoshi, expires, now time.Time, payments []payment) State {
	payments = slices.Clone(payments)
	sort.SliceStable(payments, func(i, j int) bool { return payments[i].seen.Before(payments[j].seen) })
	var received, arriving amount.MilliSatoshi
	var completed time.Time
	for _, p := range payments {
		if !p.settled {
			arriving += p.amount
			continue
		}
		if received < price {
			completed = p.seen
		}
		received += p.amount
	}
	switch {
	case received >= price && completed.After(expires):
		return Late
	case received > price:
		return Overpaid
	case received == price:
		return Settled
	case received+arriving >= price:
		return Processing
	case received+arriving > 0:
		return Underpaid
	case now.After(expires):
		return Expired
	}
	return Active
}
