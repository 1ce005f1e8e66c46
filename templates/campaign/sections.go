package campaign

import (
	"context"
	"html"
	"strings"

	"cairn/lighthouse"
	"cairn/templates/i18n"

	"github.com/btcsuite/btcd/btcutil"
)

// fewSlots is from how many free places on a page speaks of them.
const fewSlots = 100

// Backed is how many pledges count, or were taken.
func (v View) Backed() int {
	if v.Claim != nil {
		return v.Claim.Pledges()
	}
	return v.Progress.Confirmed.Pledges + v.Progress.Pending.Pledges
}

// pileIn is the pile, labelled in the visitor's language.
func (v View) pileIn(ctx context.Context) Pile {
	p := v.pile()
	p.Label = i18n.T(ctx, "campaign.pile", "Bar", v.Bar().Sentence(ctx), "Goal", sats(p.Goal))
	return p
}

// paidLevel is the level whose beneficiaries are shown: that of the claim, or
// the highest that could be claimed now, or the goal.
func (v View) paidLevel() int {
	level := max(0, v.Progress.Level)
	if v.Claim != nil {
		level = v.Claim.Level
	}
	return min(level, len(v.Campaign.Terms.Levels)-1)
}

// budgetPieces are the lines as parts of a bar.
func budgetPieces(lines []lighthouse.BudgetLine) []piece {
	var total btcutil.Amount
	for _, l := range lines {
		total += l.Amount
	}
	if total <= 0 {
		return nil
	}
	var out []piece
	var sum btcutil.Amount
	at := 0
	for _, l := range lines {
		sum += l.Amount
		end := int(float64(sum) / float64(total) * 1000)
		out = append(out, piece{from: at, width: end - at})
		at = end
	}
	return out
}

func commenter(ctx context.Context, c lighthouse.Comment) string {
	if c.Name == "" {
		return i18n.T(ctx, "campaign.nameless")
	}
	return c.Name
}

func sponsor(ctx context.Context, m Match) string {
	if m.Name == "" {
		return i18n.T(ctx, "campaign.match.nameless")
	}
	return m.Name
}

// paragraphs are a plain text's lines that are not empty.
func paragraphs(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func levelName(ctx context.Context, i int) string {
	if i == 0 {
		return i18n.T(ctx, "campaign.contract")
	}
	return i18n.T(ctx, "campaign.contract.level", "Level", i)
}

// badgeCode is the line that shows the badge on another site.
func (v View) badgeCode() string {
	page := html.EscapeString(v.Origin + v.path())
	return `<a href="` + page + `"><img src="` + page + `/badge.svg" alt="` + html.EscapeString(v.Campaign.Text.Title) + `"></a>`
}
