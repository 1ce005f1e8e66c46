// Package checkout is where a quote is paid, its receipt afterwards, and the
// list of what a visitor bought.
package checkout

import (
	"context"
	"net/url"
	"strings"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/templates/i18n"
	"cairn/templates/layout"

	"github.com/a-h/templ"
)

// View is what the page of one quote shows.
type View struct {
	Meta  layout.Meta
	Quote fees.Quote
	Ware  Ware
	// Only is the visitor's choice of a way to pay; empty for any.
	Only Way
	// Owner: the visitor is the buyer, and may do more than look.
	Owner bool
	// Credit is what he could pay from.
	Credit amount.MilliSatoshi
	// Payout is the page that pays credit out; empty for none.
	Payout string
	// Preimage is the proof of a payment over Lightning, in hexadecimal digits;
	// empty unless there was one and the visitor may see it.
	Preimage string
	// NodeDown: the node takes no payment over Lightning while it is away.
	NodeDown bool
	// Sandbox is the devnet's payer; nil for none.
	Sandbox *Sandbox
	// Sent: the sandbox has just sent a payment on chain, which shows once a
	// block has it.
	Sent bool
	// Now is the moment the page is made, for the time that is left.
	Now time.Time
}

// Ware is what is sold, in the visitor's language.
type Ware struct {
	Name string
	// Thing is the page of what was bought and Open the words that lead there;
	// both empty for none.
	Thing, Open string
	// About names the very thing, as a digest; empty for none.
	About string
	// Back is where one goes who does not want it.
	Back string
}

// Sandbox is a payer of play money.
type Sandbox struct {
	// Ready: it can pay over Lightning now.
	Ready bool
}

// Way is a visitor's choice of how to pay.
type Way string

// The ways.
const (
	AnyWay    Way = ""
	Lightning Way = "lightning"
	Chain     Way = "chain"
)

// ParseWay reads a choice; what is unknown is AnyWay.
func ParseWay(s string) Way {
	switch w := Way(s); w {
	case Lightning, Chain:
		return w
	}
	return AnyWay
}

// Path is the page of a quote.
func Path(id fees.ID) string { return "/pay/" + id.String() }

func (v View) path() string              { return Path(v.Quote.ID) }
func (v View) action(what string) string { return v.path() + "/" + what }

// wayPath is the page with another choice of how to pay.
func (v View) wayPath(w Way) string {
	if w == AnyWay {
		return v.path()
	}
	return v.path() + "?only=" + string(w)
}

func (v View) eventsPath() string {
	query := url.Values{}
	if v.Only != AnyWay {
		query.Set("only", string(v.Only))
	}
	if v.Sent {
		query.Set("sent", "chain")
	}
	return strings.TrimSuffix(v.action("events")+"?"+query.Encode(), "?")
}

// over reports whether the price holds no more.
func (v View) over() bool { return v.Now.After(v.Quote.ExpiresAt) }

// state is the quote's, with time's own part: it ends with its price even
// before the sweep has said so.
func (v View) state() fees.State {
	if v.Quote.State == fees.Active && v.over() {
		return fees.Expired
	}
	return v.Quote.State
}

// Asks reports whether the page should show a code to pay.
func (v View) Asks() bool { return v.state().Payable() && !v.over() }

// Paid reports whether there is a receipt.
func (v View) Paid() bool {
	switch v.Quote.State {
	case fees.Settled, fees.Overpaid, fees.Used:
		return true
	}
	return false
}

// surplus is what was paid above the price.
func (v View) surplus() amount.MilliSatoshi { return max(v.Quote.Received-v.Quote.Price, 0) }

// returnable reports whether money is there that the visitor may have back.
func (v View) returnable() bool {
	q := v.Quote
	return v.Owner && !q.State.Final() && q.Received > 0 && q.Arriving == 0
}

// fromCredit reports whether the visitor can pay from his credit.
func (v View) fromCredit() bool {
	return v.Owner && v.Quote.Client != "" && v.Asks() && v.Quote.Arriving == 0 && v.Credit >= v.Quote.Missing()
}

// Title is the name of the page, for its tab.
func (v View) Title(ctx context.Context) string {
	if v.Paid() {
		return i18n.T(ctx, "receipt.title")
	}
	return i18n.T(ctx, "pay.title", "Amount", Amount(v.Quote.Price))
}

// news is how things stand in a few words, for those who hear the page.
func (v View) news(ctx context.Context) string {
	switch v.state() {
	case fees.Active:
		return ""
	case fees.Processing:
		return i18n.T(ctx, "pay.processing") + " " + v.confirmed(ctx)
	case fees.Underpaid:
		return i18n.T(ctx, "pay.underpaid", "Rest", Amount(v.Quote.Missing()))
	case fees.Late:
		return i18n.T(ctx, "pay.late")
	case fees.Expired:
		return i18n.T(ctx, "pay.expired")
	case fees.Returned:
		return i18n.T(ctx, "pay.returned", "Amount", Amount(v.Quote.Received))
	}
	return i18n.T(ctx, "receipt.paid")
}

func (v View) confirmed(ctx context.Context) string {
	return i18n.T(ctx, "pay.confirmed", "Have", v.Quote.Confirmations, "Need", v.Quote.Needed)
}

// Amount is an amount in satoshi, with the thousandths that Lightning knows
// where there are some: "1,234 sat", "0.5 sat".
func Amount(m amount.MilliSatoshi) string {
	out := i18n.Number(int64(m.SatoshiFloor()))
	if rest := m % amount.PerSatoshi; rest != 0 {
		text := (rest + amount.PerSatoshi).String() // "1.5 sat"
		out += text[1 : len(text)-len(" sat")]
	}
	return out + " sat"
}

// sats is an amount that does not break.
func sats(m amount.MilliSatoshi) templ.Component { return num(Amount(m)) }
