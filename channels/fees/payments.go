package fees

import (
	"slices"
	"time"

	"cairn/app/db"
	"cairn/channels/amount"

	"github.com/btcsuite/btcd/wire"
)

// Way is how a payment came.
type Way string

// The ways.
const (
	OverLightning Way = "lightning"
	OverChain     Way = "chain"
	OutOfCredit   Way = "credit"
)

// Payment is one that came in, or is on its way, for a quote.
type Payment struct {
	Way    Way
	Amount amount.MilliSatoshi
	// Seen is when it was first heard of; SettledAt when it counted for good,
	// zero before.
	Seen, SettledAt time.Time
	// Coin is the output that paid; set when Way is OverChain.
	Coin wire.OutPoint
}

// ways are the kinds of the table as others call them.
var ways = map[paymentKind]Way{byInvoice: OverLightning, byCoin: OverChain, byCredit: OutOfCredit}

func (p paymentRecord) payment() Payment {
	out := Payment{Way: ways[p.Kind], Amount: amount.MilliSatoshi(p.AmountMsat), Seen: time.Unix(p.SeenAt, 0).UTC()}
	if p.SettledAt != nil {
		out.SettledAt = time.Unix(*p.SettledAt, 0).UTC()
	}
	if p.Kind == byCoin {
		out.Coin.Hash, out.Coin.Index, _ = db.ParseOutpointKey(p.Ref)
	}
	return out
}

// PaidAt is when the quote was paid in full: when the payment that completed
// the price counted. Zero before.
func (q Quote) PaidAt() time.Time {
	payments := slices.Clone(q.Payments)
	slices.SortStableFunc(payments, func(a, b Payment) int { return a.SettledAt.Compare(b.SettledAt) })
	var sum amount.MilliSatoshi
	for _, p := range payments {
		if p.SettledAt.IsZero() {
			continue
		}
		if sum += p.Amount; sum >= q.Price {
			return p.SettledAt
		}
	}
	return time.Time{}
}

// Paid is what came in for good in one way.
func (q Quote) Paid(w Way) (sum amount.MilliSatoshi) {
	for _, p := range q.Payments {
		if p.Way == w && !p.SettledAt.IsZero() {
			sum += p.Amount
		}
	}
	return sum
}
