package campaign

import (
	"context"
	"net/url"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/templates/i18n"
	"cairn/templates/layout"
)

// ListPath is the address of the page that lists campaigns, and NewPath that of
// making one.
const (
	ListPath = "/campaigns"
	NewPath  = "/campaigns/new"
)

// List is the page to discover campaigns in.
type List struct {
	Meta     layout.Meta
	Text     string // what is looked for
	Category string // empty for all
	Order    campaigns.Sort
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
	campaigns.Card
	Picture Cover
}

// CardFor is a campaign's card, as its own page knows it.
func CardFor(v View) Card {
	c := v.Campaign
	card := Card{Picture: v.Cover, Card: campaigns.Card{
		ID: c.ID, Stage: c.Stage, Withdrawn: c.Withdrawn, Example: c.Example, Title: c.Text.Title, Tagline: c.Text.Tagline,
		Creator: c.Creator.Name, Cover: c.Cover, Language: c.Language, Category: c.Category, Goal: c.Terms.Goal(),
		Deadline: c.Terms.Deadline, DeadlineAt: c.Terms.DeadlineAt, Confirmed: v.Bar().Confirmed, Pending: v.Bar().Pending,
		Backers: v.Backed(), Followers: v.Followers, OpenedAt: c.OpenedAt,
	}}
	return card
}

// Standing tells how the campaign stands, as far as a list knows.
func (c Card) Standing(clock Clock) Standing {
	switch c.Stage {
	case lighthouse.Draft:
		return Hidden
	case lighthouse.Announced:
		return Soon
	case lighthouse.Claimed:
		return Funded
	case lighthouse.Closed:
		if c.Confirmed >= c.Goal && clock.Tip.Height < c.Deadline+lighthouse.RefundAfter {
			return Over
		}
		return Missed
	}
	if c.Confirmed >= c.Goal {
		return Reached
	}
	return Going
}

// Bar is the card's.
func (c Card) Bar() Bar { return Bar{Confirmed: c.Confirmed, Pending: c.Pending, Goal: c.Goal} }

// asked: something is looked for.
func (l List) asked() bool {
	return l.Text != "" || l.Category != "" || l.Later || l.Order != campaigns.Sorts[0]
}

// link is the address of the list with something else.
func (l List) link(order campaigns.Sort, category, after string) string {
	q := url.Values{}
	if l.Text != "" {
		q.Set("q", l.Text)
	}
	if category != "" {
		q.Set("category", category)
	}
	if order != campaigns.Sorts[0] {
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

func orderName(ctx context.Context, o campaigns.Sort) string {
	switch o {
	case campaigns.Almost:
		return i18n.T(ctx, "campaign.order.almost")
	case campaigns.Ending:
		return i18n.T(ctx, "campaign.order.ending")
	case campaigns.Backed:
		return i18n.T(ctx, "campaign.order.most")
	case campaigns.Soon:
		return i18n.T(ctx, "campaign.order.soon")
	case campaigns.Past:
		return i18n.T(ctx, "campaign.order.past")
	default:
		return i18n.T(ctx, "campaign.order.new")
	}
}

// State is the last line of a card: what is left, or how it ended.
func (c Card) State(ctx context.Context, clock Clock) string {
	switch c.Standing(clock) {
	case Hidden:
		return i18n.T(ctx, "campaign.card.hidden")
	case Soon:
		return i18n.T(ctx, "campaign.card.soon")
	case Going, Reached:
		return i18n.T(ctx, "campaign.card.left", "Left", clock.TimeLeft(ctx, c.Deadline))
	case Over:
		return i18n.T(ctx, "campaign.card.over")
	case Funded:
		return i18n.T(ctx, "campaign.card.funded")
	default:
		return i18n.T(ctx, "campaign.card.missed")
	}
}
