// Package payout draws the page on which credit is paid out.
package payout

import (
	"context"
	"strings"
	"time"

	"cairn/channels/amount"
	"cairn/channels/ln"
	"cairn/channels/payout"
	"cairn/templates/checkout"
	"cairn/templates/i18n"
	"cairn/templates/layout"

	"github.com/a-h/templ"
)

// View is the page.
type View struct {
	Meta layout.Meta
	// Purses are the visitor's credits: his account's, his browser's, and that of
	// a payment he has the number of.
	Purses []Purse
	// Quote is the number of that payment, or empty.
	Quote string
	// Payouts are his, newest first; Now the one he comes from, zero for none.
	Payouts []payout.Payout
	Latest  payout.ID
	// Offer is what a wallet may take, or nil; Offers says that there can be one.
	Offer  *Offer
	Offers bool
	Now    time.Time
}

// Purse is one credit.
type Purse struct {
	// Name is what the form calls it.
	Name string
	// Credit is all of it, Most what can be paid out with room for routing.
	Credit, Most amount.MilliSatoshi
}

// Offer is a code for wallets.
type Offer struct {
	// Text is the LNURL.
	Text  string
	Most  amount.MilliSatoshi
	Until time.Time
}

// some are the purses that hold something to pay out.
func (v View) some() []Purse {
	var list []Purse
	for _, p := range v.Purses {
		if p.Most > 0 {
			list = append(list, p)
		}
	}
	return list
}

// credit is what there is in all.
func (v View) credit() (sum amount.MilliSatoshi) {
	for _, p := range v.Purses {
		sum += p.Credit
	}
	return sum
}

// latest is the payout that was just asked for.
func (v View) latest() (payout.Payout, bool) {
	for _, p := range v.Payouts {
		if p.ID == v.Latest {
			return p, true
		}
	}
	return payout.Payout{}, false
}

func purseName(ctx context.Context, name string) string {
	switch {
	case strings.HasPrefix(name, "account"):
		return i18n.T(ctx, "payout.purse.account")
	case strings.HasPrefix(name, "browser"):
		return i18n.T(ctx, "payout.purse.browser")
	}
	return i18n.T(ctx, "payout.purse.payment")
}

func sats(m amount.MilliSatoshi) templ.Component { return num(checkout.Amount(m)) }

// why is why a payout failed, in a sentence with the next step.
func why(ctx context.Context, p payout.Payout) string {
	switch ln.ErrorKind(p.Reason) {
	case ln.ErrNoRoute:
		return i18n.T(ctx, "payout.why.no-route")
	case ln.ErrNoBalance:
		return i18n.T(ctx, "payout.why.no-balance")
	case ln.ErrInvoice:
		return i18n.T(ctx, "payout.why.invoice")
	case ln.ErrRefused:
		return i18n.T(ctx, "payout.why.refused")
	case ln.ErrExpired:
		return i18n.T(ctx, "payout.why.expired")
	}
	return i18n.T(ctx, "payout.why.timed-out")
}
