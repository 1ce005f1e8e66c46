// Package tickets draws the page of prepaid tickets.
package tickets

import (
	"context"
	"encoding/base64"
	"strconv"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/tickets"
	"cairn/templates/checkout"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"

	"github.com/a-h/templ"
)

// View is the page.
type View struct {
	Meta layout.Meta
	// Price is that of one.
	Price amount.MilliSatoshi
	// Key signs them now.
	Key tickets.Key
	// Waiting are the visitor's payments whose tickets were not fetched.
	Waiting []fees.Quote
	Now     time.Time
}

// packs are how many are offered at a time.
var packs = []int{5, 10, 25, 50, tickets.Most}

func (v View) packPrice(count int) templ.Component {
	return num(checkout.Amount(v.Price * amount.MilliSatoshi(count)))
}

// key is the public key in base64url.
func (v View) key() string { return base64.RawURLEncoding.EncodeToString(v.Key.SPKI) }

func (v View) until() string { return strconv.FormatInt(v.Key.GoodUntil.UnixMilli(), 10) }

// words are the sentences of public/src/tickets.js.
func words(ctx context.Context) string {
	count := ui.Places("Count")
	return ui.Words(map[string]string{
		"have":       i18n.T(ctx, "tickets.have", count...),
		"none":       i18n.T(ctx, "tickets.none"),
		"fetching":   i18n.T(ctx, "tickets.fetching"),
		"fetched":    i18n.T(ctx, "tickets.fetched", count...),
		"failed":     i18n.T(ctx, "tickets.failed"),
		"loaded":     i18n.T(ctx, "tickets.loaded", count...),
		"unreadable": i18n.T(ctx, "tickets.unreadable"),
		"insecure":   i18n.T(ctx, "tickets.insecure"),
	})
}
