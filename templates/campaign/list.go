package campaign

import (
	"context"
	"net/url"

	"cairn/lighthouse"
	"cairn/templates/i18n"
	"cairn/templates/layout"
)

// ListPath is the address of the page that lists campaigns, and NewPath that of
// making one.
const (
	ListPath = "/campaigns"
	NewPath  = "/campaigns/new"
)

// Order is how campaigns are listed.
type Order string

// The orders.
const (
	ByNew    Order = "new"
	ByAlmost Order = "almost"
	ByEnding Order = "ending"
	ByMost   Order = "most"
)

// Orders are all of them; the first is used when none is asked for.
var Orders = []Order{ByNew, ByAlmost, ByEnding, ByMost}

// ParseOrder reads an order; anything unknown is the first.
func ParseOrder(text string) Order {
	for _, o := range Orders {
		if text == string(o) {
			return o
		}
	}
	return Orders[0]
}

// List is the page to discover campaigns in.
type List struct {
	Meta     layout.Meta
	Text     string // what is looked for
	Category string // empty for all
	Order    Order
	Cards    []Card
	// Next is the cursor of the next page; empty for none. Later says that this
	// is not the first.
	Next  string
	Later bool
	Clock Clock
	// CanCreate: there is a page to make one.
	CanCreate bool
}

// Card is a campaign in short.
type Card struct {
	Campaign lighthouse.Campaign
	Cover    Cover
	Standing Standing
	Bar      Bar
	Backers  int
}

// asked: something is looked for.
func (l List) asked() bool { return l.Text != "" || l.Category != "" }

// link is the address of the list with something else.
func (l List) link(order Order, category, after string) string {
	q := url.Values{}
	if l.Text != "" {
		q.Set("q", l.Text)
	}
	if category != "" {
		q.Set("category", category)
	}
	if order != Orders[0] {
		q.Set("sort", string(order))
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return ListPath
	}
	return ListPath + "?" + q.Encode()
}

func orderName(ctx context.Context, o Order) string {
	switch o {
	case ByAlmost:
		return i18n.T(ctx, "campaign.order.almost")
	case ByEnding:
		return i18n.T(ctx, "campaign.order.ending")
	case ByMost:
		return i18n.T(ctx, "campaign.order.most")
	default:
		return i18n.T(ctx, "campaign.order.new")
	}
}

// state is the last line of a card: what is left, or how it ended.
func (c Card) state(ctx context.Context, clock Clock) string {
	switch c.Standing {
	case Hidden:
		return i18n.T(ctx, "campaign.card.hidden")
	case Soon:
		return i18n.T(ctx, "campaign.card.soon")
	case Going, Reached:
		return i18n.T(ctx, "campaign.card.left", "Left", clock.TimeLeft(ctx, c.Campaign.Terms.Deadline))
	case Over:
		return i18n.T(ctx, "campaign.card.over")
	case Collecting:
		return i18n.T(ctx, "campaign.card.collecting")
	case Funded:
		return i18n.T(ctx, "campaign.card.funded")
	default:
		return i18n.T(ctx, "campaign.card.missed")
	}
}
