package campaign

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cairn/lighthouse"
	"cairn/templates/i18n"
	"cairn/templates/ui"

	"github.com/btcsuite/btcd/btcutil"
)

// TimeLeft is how long it takes to a height, coarsely: "12 days", or in blocks
// where those come by hand.
func (c Clock) TimeLeft(ctx context.Context, height int32) string {
	left := c.Left(height)
	d := time.Duration(left) * c.Every
	switch {
	case c.Every == 0:
		return i18n.N(ctx, "campaign.left.blocks", int64(left))
	case d >= 48*time.Hour:
		return i18n.N(ctx, "campaign.left.days", int64(d/(24*time.Hour)))
	case d >= 2*time.Hour:
		return i18n.N(ctx, "campaign.left.hours", int64(d/time.Hour))
	default:
		return i18n.N(ctx, "campaign.left.minutes", max(1, int64(d/time.Minute)))
	}
}

// Day is about when a block comes: a day, or its number where blocks come by
// hand.
func (c Clock) Day(ctx context.Context, height int32) string {
	if c.Every == 0 {
		return i18n.T(ctx, "campaign.block", "Height", i18n.Number(int64(height)))
	}
	return i18n.Date(ctx, c.At(height))
}

// BTC is an amount in bitcoin, to the last digit that is not nothing.
func BTC(a btcutil.Amount) string {
	sign := ""
	if a < 0 {
		sign, a = "−", -a
	}
	text := fmt.Sprintf("%s%d.%08d", sign, a/btcutil.SatoshiPerBitcoin, a%btcutil.SatoshiPerBitcoin)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " BTC"
}

func sats(a btcutil.Amount) string { return i18n.Number(int64(a)) + " sat" }

// CategoryName is a category in words; an unknown one is "other".
func CategoryName(ctx context.Context, category string) string {
	switch category {
	case "art":
		return i18n.T(ctx, "campaign.category.art")
	case "books":
		return i18n.T(ctx, "campaign.category.books")
	case "community":
		return i18n.T(ctx, "campaign.category.community")
	case "education":
		return i18n.T(ctx, "campaign.category.education")
	case "film":
		return i18n.T(ctx, "campaign.category.film")
	case "games":
		return i18n.T(ctx, "campaign.category.games")
	case "music":
		return i18n.T(ctx, "campaign.category.music")
	case "open-source":
		return i18n.T(ctx, "campaign.category.open-source")
	case "science":
		return i18n.T(ctx, "campaign.category.science")
	}
	return i18n.T(ctx, "campaign.category.other")
}

// missing is what confirmed pledges leave of the goal, which is the sum of what
// the page shows; what a claim lacks at the fee rate of now where that is more
// than nothing.
func (v View) missing() btcutil.Amount {
	if rest := v.Campaign.Terms.Goal() - v.Progress.Confirmed.Amount; rest > 0 {
		return rest
	}
	return v.Progress.Missing
}

// say is how the campaign stands, in one sentence.
func (v View) say(ctx context.Context) string {
	terms := v.Campaign.Terms
	switch v.Standing() {
	case Hidden:
		return i18n.T(ctx, "campaign.say.hidden")
	case Soon:
		return i18n.T(ctx, "campaign.say.soon")
	case Going:
		return i18n.T(ctx, "campaign.say.going", "Missing", sats(v.missing()))
	case Reached:
		switch {
		case terms.AtDeadline:
			return i18n.T(ctx, "campaign.say.reached.deadline", "Day", v.Clock.Day(ctx, terms.Deadline))
		case terms.ByItself:
			return i18n.T(ctx, "campaign.say.reached.itself")
		}
		return i18n.T(ctx, "campaign.say.reached.creator")
	case Over:
		return i18n.T(ctx, "campaign.say.over", "Day", v.Clock.Day(ctx, int32(terms.RefundHeight())))
	case Collecting:
		return i18n.T(ctx, "campaign.say.collecting")
	case Funded:
		return i18n.T(ctx, "campaign.say.funded")
	default:
		return i18n.T(ctx, "campaign.say.missed")
	}
}

// checked says up to where the pledges were looked at.
func (v View) checked(ctx context.Context) string {
	return i18n.T(ctx, "campaign.checked", "Height", i18n.Number(int64(v.Progress.Checked.Height)))
}

// claimSentence is what the claim did.
func (v View) claimSentence(ctx context.Context) string {
	pledges := int64(v.Claim.Pledges())
	switch v.Claim.State {
	case lighthouse.InBlock:
		return i18n.N(ctx, "campaign.claim.done", pledges, "Paid", sats(v.Claim.Paid()), "Height", i18n.Number(int64(v.Claim.Block.Height)))
	case lighthouse.Rebuilding:
		return i18n.T(ctx, "campaign.claim.rebuilding")
	default:
		return i18n.N(ctx, "campaign.claim.sent", pledges, "Paid", sats(v.Claim.Paid()))
	}
}

// claimPile is the stones of the claim's confirmations.
func (v View) claimPile(ctx context.Context) ui.Pile {
	needed := max(1, v.Claim.Needed)
	p := ui.Pile{Total: int(min(max(needed, 3), 6)), Label: v.claimCaption(ctx)}
	p.Solid = int(min(v.Claim.Confirmations, int32(p.Total)))
	if v.Claim.Confirmations >= needed {
		p.Solid = p.Total
	} else {
		p.Pending = 1
	}
	return p
}

func (v View) claimCaption(ctx context.Context) string {
	if v.Claim.Confirmations >= v.Claim.Needed {
		return i18n.T(ctx, "campaign.claim.final")
	}
	return i18n.T(ctx, "proof.caption.confirming", "Have", v.Claim.Confirmations, "Need", v.Claim.Needed)
}

// timeline is what happens when.
func (v View) timeline(ctx context.Context) []ui.Step {
	terms, standing := v.Campaign.Terms, v.Standing()
	step := func(state ui.StepState, text, note string) ui.Step {
		s := ui.Step{State: state, Text: ui.Text(text)}
		if note != "" {
			s.Note = ui.Text(note)
		}
		return s
	}
	block := func(height int32) string {
		if v.Clock.Every == 0 {
			return ""
		}
		return i18n.T(ctx, "campaign.timeline.block", "Height", i18n.Number(int64(height)))
	}
	opened := step(ui.StepComing, i18n.T(ctx, "campaign.timeline.opens"), "")
	if !v.Campaign.OpenedAt.IsZero() {
		opened = step(ui.StepDone, i18n.T(ctx, "campaign.timeline.opened", "Day", i18n.Date(ctx, v.Campaign.OpenedAt)), "")
	}
	if terms.Deadline == 0 { // a draft
		return []ui.Step{opened}
	}
	refunds := int32(terms.RefundHeight())
	until := step(ui.StepComing, i18n.T(ctx, "campaign.timeline.until", "Day", v.Clock.Day(ctx, terms.Deadline)), block(terms.Deadline))
	collect := step(ui.StepComing, i18n.T(ctx, "campaign.timeline.collect"), "")
	if terms.AtDeadline {
		collect = step(ui.StepComing, i18n.T(ctx, "campaign.timeline.collect.deadline", "Day", v.Clock.Day(ctx, terms.Deadline)), "")
	}
	back := step(ui.StepComing, i18n.T(ctx, "campaign.timeline.refunds", "Day", v.Clock.Day(ctx, refunds)), block(refunds))
	switch standing {
	case Going, Reached:
		until.State = ui.StepNow
	case Over:
		until.State, collect.State = ui.StepDone, ui.StepNow
	case Collecting:
		until.State, collect.State = ui.StepDone, ui.StepNow
		return []ui.Step{opened, until, collect}
	case Funded:
		until.State = ui.StepDone
		return []ui.Step{opened, until, step(ui.StepDone, i18n.T(ctx, "campaign.timeline.collected", "Height", i18n.Number(int64(v.Claim.Block.Height))), "")}
	case Missed:
		until.State = ui.StepDone
		collect = step(ui.StepDone, i18n.T(ctx, "campaign.timeline.missed"), "")
		if v.Clock.Left(refunds) == 0 {
			back.State = ui.StepNow
		}
	}
	return []ui.Step{opened, until, collect, back}
}

// sortName is an order in words.
func sortName(ctx context.Context, s Sort) string {
	switch s {
	case Largest:
		return i18n.T(ctx, "campaign.backers.largest")
	case Earliest:
		return i18n.T(ctx, "campaign.backers.earliest")
	default:
		return i18n.T(ctx, "campaign.backers.newest")
	}
}

// coinState is what has become of a backer's coin; empty for one that counts.
func coinState(ctx context.Context, s lighthouse.CoinState) string {
	switch s {
	case lighthouse.Seen:
		return i18n.T(ctx, "campaign.coin.seen")
	case lighthouse.Leaving:
		return i18n.T(ctx, "campaign.coin.leaving")
	case lighthouse.Spent, lighthouse.Gone:
		return i18n.T(ctx, "campaign.coin.gone")
	}
	return ""
}
