package campaign

import (
	"context"
	"fmt"

	"cairn/templates/i18n"

	"github.com/btcsuite/btcd/btcutil"
)

// Bar is how far a campaign is: Firm is a part of Confirmed, Pending comes on
// top.
type Bar struct {
	Firm, Confirmed, Pending, Goal btcutil.Amount
}

// Percent is the confirmed part of the goal in whole percent, rounded down, so
// that 100 means reached; a goal of nothing is never reached.
func (b Bar) Percent() int { return percentOf(b.Confirmed, b.Goal) }

// percentOf is bounded by 9,999.
func percentOf(part, whole btcutil.Amount) int {
	if whole <= 0 || part <= 0 {
		return 0
	}
	return int(min(9_999, float64(part)/float64(whole)*100+1e-9))
}

// Thousandths is how much of the goal an amount is, at most all of it.
func (b Bar) Thousandths(amount btcutil.Amount) int {
	if b.Goal <= 0 || amount <= 0 {
		return 0
	}
	return int(min(1000, float64(amount)/float64(b.Goal)*1000))
}

// Sentence is the bar in words.
func (b Bar) Sentence(ctx context.Context) string {
	if pending := percentOf(b.Pending, b.Goal); b.Pending > 0 {
		return i18n.T(ctx, "campaign.bar.pending", "Percent", b.Percent(), "Pending", max(1, pending))
	}
	return i18n.T(ctx, "campaign.bar", "Percent", b.Percent())
}

// piece is a part of the bar, in thousandths of its width.
type piece struct {
	class       string
	from, width int
}

func (p piece) x() string     { return fmt.Sprintf("%g%%", float64(p.from)/10) }
func (p piece) share() string { return fmt.Sprintf("%g%%", float64(p.width)/10) }

// pieces are the parts there are, from the left. What is there at all is seen,
// and nothing goes over the end.
func (b Bar) pieces() []piece {
	whole := max(b.Goal, b.Confirmed)
	if whole <= 0 {
		return nil
	}
	at := 0
	var pieces []piece
	add := func(class string, amount btcutil.Amount) {
		if amount <= 0 || at >= 1000 {
			return
		}
		width := min(1000-at, max(6, int(float64(amount)/float64(whole)*1000)))
		pieces = append(pieces, piece{class, at, width})
		at += width
	}
	firm := min(b.Firm, b.Confirmed)
	add("firm", firm)
	add("sure", b.Confirmed-firm)
	add("way", b.Pending)
	return pieces
}
