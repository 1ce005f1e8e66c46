package checkout

import (
	"strings"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"

	"github.com/btcsuite/btcd/wire"
)

// Sample is the page in one state, for those who work on it.
type Sample struct {
	Name string
	View View
}

// Samples are all states there are; none of them is a real quote, and nothing
// can be paid to them.
func Samples(now time.Time) []Sample {
	const price = 1234 * amount.PerSatoshi
	now = now.UTC()
	coin := func(sat amount.MilliSatoshi, settled bool) fees.Payment {
		p := fees.Payment{Way: fees.OverChain, Amount: sat, Seen: now.Add(-time.Minute), Coin: wire.OutPoint{Hash: [32]byte{0x5a, 0xc1}, Index: 1}}
		if settled {
			p.SettledAt = now
		}
		return p
	}
	lightning := func(paid amount.MilliSatoshi) fees.Payment {
		return fees.Payment{Way: fees.OverLightning, Amount: paid, Seen: now, SettledAt: now}
	}
	quote := func(state fees.State, payments ...fees.Payment) fees.Quote {
		q := fees.Quote{
			ID: fees.ID{0xca, 0x17, 0x42}, What: "express-anchor", Subject: strings.Repeat("03ba204e50d126e4", 4), Client: "sample", Price: price, State: state,
			CreatedAt: now.Add(-90 * time.Second), ExpiresAt: now.Add(8*time.Minute + 30*time.Second), ChangedAt: now,
			Invoice: "lnbcrt12340n1" + strings.Repeat("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 8), InvoiceOpen: state == fees.Active, InvoiceHash: [32]byte{0xd1, 0x9e, 0x57},
			Address: "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", Needed: 2, Payments: payments,
		}
		for _, p := range payments {
			if p.SettledAt.IsZero() {
				q.Arriving += p.Amount
			} else {
				q.Received += p.Amount
			}
		}
		return q
	}
	over := func(q fees.Quote) fees.Quote {
		q.ExpiresAt = now.Add(-time.Minute)
		return q
	}
	with := func(q fees.Quote, change func(*fees.Quote)) fees.Quote {
		change(&q)
		return q
	}
	samples := []Sample{
		{Name: "active", View: View{Quote: quote(fees.Active)}},
		{Name: "active-sandbox", View: View{Quote: quote(fees.Active), Sandbox: &Sandbox{Ready: true}, Credit: 2000 * amount.PerSatoshi}},
		{Name: "active-sandbox-starting", View: View{Quote: quote(fees.Active), Sandbox: &Sandbox{}}},
		{Name: "active-lightning", View: View{Quote: with(quote(fees.Active), func(q *fees.Quote) { q.Address, q.Price = "", 1500 })}},
		{Name: "active-no-lightning", View: View{Quote: with(quote(fees.Active), func(q *fees.Quote) { q.Invoice, q.InvoiceOpen = "", false })}},
		{Name: "active-node-down", View: View{Quote: quote(fees.Active), NodeDown: true}},
		{Name: "nothing", View: View{Quote: with(quote(fees.Active), func(q *fees.Quote) { q.InvoiceOpen, q.Address = false, "" })}},
		{Name: "processing", View: View{Quote: with(quote(fees.Processing, coin(price, false)), func(q *fees.Quote) { q.Confirmations = 1 })}},
		{Name: "underpaid", View: View{Quote: quote(fees.Underpaid, coin(234*amount.PerSatoshi, true))}},
		{Name: "underpaid-little", View: View{Quote: quote(fees.Underpaid, coin(1100*amount.PerSatoshi, false))}},
		{Name: "underpaid-over", View: View{Quote: over(quote(fees.Underpaid, coin(234*amount.PerSatoshi, true)))}},
		{Name: "settled", View: View{Quote: quote(fees.Settled, lightning(price))}},
		{Name: "overpaid", View: View{Quote: quote(fees.Overpaid, coin(1500*amount.PerSatoshi, true))}},
		{Name: "late", View: View{Quote: over(quote(fees.Late, coin(price, true)))}},
		{Name: "expired", View: View{Quote: over(quote(fees.Expired))}},
		{Name: "used", View: View{Quote: quote(fees.Used, lightning(price))}},
		{Name: "used-overpaid", View: View{Quote: quote(fees.Used, coin(1500*amount.PerSatoshi, true))}},
		{Name: "returned", View: View{Quote: quote(fees.Returned, lightning(price))}},
	}
	for i := range samples {
		v := &samples[i].View
		v.Owner, v.Now = true, now
		if v.Quote.Paid(fees.OverLightning) > 0 {
			v.Preimage = strings.Repeat("0f", 32)
		}
	}
	return samples
}
