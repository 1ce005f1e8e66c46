package checkout

import (
	"context"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"
)

// Purchases is the list of what a visitor bought, or was about to.
type Purchases struct {
	Meta layout.Meta
	List []Purchase
	// Credit is what he has; Payout the page that pays it out, empty for none.
	Credit amount.MilliSatoshi
	Payout string
	// Account: the list is that of an account, and not of this browser alone.
	Account bool
	// Browser: some of it is known to this browser alone.
	Browser bool
	// Accounts: there are accounts to be had.
	Accounts bool
	Now      time.Time
}

// Purchase is one of them.
type Purchase struct {
	Quote fees.Quote
	Ware  Ware
}

func (p Purchase) paid() bool { return View{Quote: p.Quote}.Paid() }

// standing is how a purchase stands, in a word or two.
func (p Purchase) standing(ctx context.Context, now time.Time) string {
	switch (View{Quote: p.Quote, Now: now}).state() {
	case fees.Active:
		return i18n.T(ctx, "purchases.active")
	case fees.Processing:
		return i18n.T(ctx, "purchases.processing")
	case fees.Underpaid:
		return i18n.T(ctx, "purchases.underpaid")
	case fees.Late:
		return i18n.T(ctx, "purchases.late")
	case fees.Expired:
		return i18n.T(ctx, "purchases.expired")
	case fees.Returned:
		return i18n.T(ctx, "purchases.returned")
	case fees.Used:
		return i18n.T(ctx, "purchases.used")
	}
	return i18n.T(ctx, "purchases.settled")
}

// tone marks what wants a look.
func (p Purchase) tone(now time.Time) ui.Tone {
	switch (View{Quote: p.Quote, Now: now}).state() {
	case fees.Settled, fees.Overpaid, fees.Used:
		return ui.Good
	case fees.Processing, fees.Underpaid, fees.Late:
		return ui.Wait
	}
	return ""
}

// total is the sum of what purchases cost.
func total(list []Purchase) (sum amount.MilliSatoshi) {
	for _, p := range list {
		if p.paid() {
			sum += p.Quote.Price
		}
	}
	return sum
}

func paidCount(list []Purchase) (n int) {
	for _, p := range list {
		if p.paid() {
			n++
		}
	}
	return n
}
