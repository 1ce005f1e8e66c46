package line

import (
	"time"

	"github.com/btcsuite/btcd/btcutil"
)

// Kind says what happened.
type Kind string

// What happens in a run. The fields of Event that a kind uses are named here,
// besides At.
const (
	// Chain: the run's own chain stands. Height.
	Chain Kind = "chain"
	// Up and Down: a node answers, or was stopped. Who.
	Up   Kind = "up"
	Down Kind = "down"
	// Funded: a node got coins to open its channel with. Who, Amount.
	Funded Kind = "funded"
	// Opened: a channel can be used; Left and Right are what its sides have. Hop.
	Opened Kind = "opened"
	// Mined: blocks were made. Height.
	Mined Kind = "mined"
	// Ready: all is set up, or a payment is over and the next may be made.
	Ready Kind = "ready"
	// Asked: the payee drew a secret and gave its hash to the payer. Who
	// (payee), Amount.
	Asked Kind = "asked"
	// Peeled: a node in between has opened its layer of the onion. Who, Hop (to
	// the next), Incoming (what came), Amount (what is to be passed on), Height
	// (until when).
	Peeled Kind = "peeled"
	// Offered: a conditional payment (HTLC) was put into a channel. Who (by
	// whom), Hop, Amount, Height (until when).
	Offered Kind = "offered"
	// Held: the payee has the promise and has not taken it. Who, Amount.
	Held Kind = "held"
	// Settled: the secret was shown, the amount is the other side's. Who (had
	// offered it), Hop.
	Settled Kind = "settled"
	// Returned: the amount is back with who had offered it. Who, Hop.
	Returned Kind = "returned"
	// Paid: the payer has the receipt. Who (payer), Amount (with fees), Took.
	Paid Kind = "paid"
	// Lost: the payment did not come through and the payer knows it. Who.
	Lost Kind = "lost"
	// Broken: a side closed a channel by itself, on the chain. Who, Hop, Height.
	Broken Kind = "broken"
	// Closed: everything of a broken channel is back in its sides' wallets.
	// Hop.
	Closed Kind = "closed"
	// Counted: the nodes' own books, read after everything. Balances.
	Counted Kind = "counted"
	// Cost: what the chain cost a node. Who, Amount.
	Cost Kind = "cost"
	// Resolved: the payment came back by the chain and everybody has his own;
	// the line is no longer whole. Height.
	Resolved Kind = "resolved"
	// Ended: the run is over and its nodes are gone.
	Ended Kind = "ended"
	// Failed: the run cannot go on; the log says why.
	Failed Kind = "failed"
)

// Event is one thing that happened.
type Event struct {
	// At is the time since the run began.
	At   time.Duration
	Kind Kind
	Who  Who
	// Hop is a channel's place in the line.
	Hop int
	// Amount and Incoming are in satoshi; what they mean depends on the kind.
	Amount, Incoming btcutil.Amount
	// Height is a block's, or the one a promise ends at.
	Height int32
	// Took is how long a payment was under way, pauses for the eye included.
	Took time.Duration
	// Balances are set for Opened and Counted.
	Balances [Hops]Balance
}

// Balance is what the two sides of one channel have, in satoshi, as their own
// nodes say.
type Balance struct{ Left, Right btcutil.Amount }
