package campaign

import (
	"context"
	"fmt"
	"html"
	"strings"

	"cairn/templates/i18n"
)

// The size of a badge, in pixels.
const BadgeWidth, BadgeHeight = 360, 96

// BadgeWords are how far a campaign is.
func BadgeWords(ctx context.Context, c Card) string {
	return i18n.T(ctx, "campaign.badge.words", "Percent", c.Bar().Percent(), "Goal", sats(c.Goal))
}

// BadgeStyle is the badge's own style sheet.
const BadgeStyle = `.p{fill:#fffdf8;stroke:#e2dccf}.i{fill:#1f1e1b}.s{fill:#625d54}.g{fill:#d9d2c3}.m{fill:#2c6b57}.w{fill:#a55a19}.a{fill:#8d8677}.b{fill:#a39c8c}` +
	`@media(prefers-color-scheme:dark){.p{fill:#1b1f25;stroke:#2d323a}.i{fill:#ece8df}.s{fill:#aaa497}.g{fill:#333941}.m{fill:#7cc6aa}.w{fill:#e3a35c}}` +
	`text{font-family:system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}`

// Badge is a campaign as a picture for other sites (SVG): a small pile, its
// title, the bar, and how it stands. It brings its own colors for light and
// dark.
func Badge(ctx context.Context, c Card, clock Clock) []byte {
	var b strings.Builder
	state := c.State(ctx, clock)
	words := BadgeWords(ctx, c)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%s"><title>%[3]s</title>`,
		BadgeWidth, BadgeHeight, html.EscapeString(c.Title+": "+words+", "+state))
	b.WriteString("<style>" + BadgeStyle + "</style>")
	fmt.Fprintf(&b, `<rect class="p" x=".5" y=".5" width="%d" height="%d" rx="12"/>`, BadgeWidth-1, BadgeHeight-1)
	b.WriteString(`<g transform="translate(4 -25) scale(.42)">`)
	for i := range toGoal {
		class := "g"
		if low := 10 * i; c.Bar().Percent() >= low+10 {
			class = [...]string{"a", "b"}[i%2]
		} else if c.Bar().Percent() > low {
			class = "w"
		}
		if i == toGoal-1 && c.Bar().Percent() >= 100 {
			class = "m"
		}
		fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, class, boulders[i].path)
	}
	b.WriteString(`</g>`)
	fmt.Fprintf(&b, `<text class="i" x="96" y="30" font-size="15" font-weight="650">%s</text>`, html.EscapeString(short(c.Title, 30)))
	b.WriteString(`<rect class="g" x="96" y="42" width="248" height="10" rx="5"/>`)
	if width := min(248, 248*c.Bar().Percent()/100); width > 0 {
		fmt.Fprintf(&b, `<rect class="m" x="96" y="42" width="%d" height="10" rx="5"/>`, max(10, width))
	}
	fmt.Fprintf(&b, `<text class="i" x="96" y="70" font-size="13">%s</text>`, html.EscapeString(words))
	fmt.Fprintf(&b, `<text class="s" x="96" y="86" font-size="12">%s</text></svg>`, html.EscapeString(state))
	return []byte(b.String())
}
