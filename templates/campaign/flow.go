package campaign

import (
	"context"
	"fmt"

	"cairn/templates/i18n"

	"github.com/btcsuite/btcd/btcutil"
)

// The drawing of a claim: bands run from the pledges on the left to those who
// are paid on the right, each as thick as its amount.
const (
	flowWide  = 640
	flowLeft  = 190 // where the bands begin
	flowRight = 450 // and end
	flowTall  = 360 // of all bands together
	flowGap   = 4
	// flowSingles is how many pledges have a band of their own, and flowGroups
	// into how many bands the others are put.
	flowSingles, flowGroups = 8, 6
	// thinnest a band is drawn.
	thinnest = 1.5
)

// band is one end of the flow, on the left or the right.
type band struct {
	label, amount string
	class         string
	y, height     float64
	path          string
}

// tone alternates the colors of neighbours.
func tone(i int) string { return [...]string{"band-1", "band-2", "band-3"}[i%3] }

// group is several pledges in one band.
type group struct {
	name   string
	count  int
	amount btcutil.Amount
	fee    bool
}

// groups puts the pledges, the largest first, into few bands.
func groups(from []Inflow) []group {
	var out []group
	rest := from
	if len(from) > flowSingles+flowGroups {
		rest = from[:flowSingles]
	}
	for _, in := range rest {
		out = append(out, group{in.Name, 1, in.Amount, in.Fee})
	}
	others := from[len(rest):]
	for i := range flowGroups {
		low, high := len(others)*i/flowGroups, len(others)*(i+1)/flowGroups
		if low == high {
			continue
		}
		g := group{count: high - low}
		for _, in := range others[low:high] {
			g.amount += in.Amount
		}
		out = append(out, g)
	}
	return out
}

// flow is the drawing, ready to be written.
type flow struct {
	in, out []band
	tall    float64
}

// flow lays out the claim's bands.
func (c *Claim) flow(ctx context.Context) flow {
	gs := groups(c.From)
	var total btcutil.Amount
	for _, g := range gs {
		total += g.amount
	}
	if total <= 0 {
		return flow{}
	}
	var f flow
	for i, g := range gs {
		b := band{label: g.name, amount: i18n.Number(int64(g.amount)) + " sat", class: tone(i)}
		switch {
		case g.fee:
			b.label, b.class = i18n.T(ctx, "campaign.flow.speed"), "band-fee"
		case g.count > 1:
			b.label = i18n.N(ctx, "campaign.flow.pledges", int64(g.count))
		case b.label == "":
			b.label = i18n.T(ctx, "campaign.nameless")
		}
		b.height = scaled(g.amount, total)
		f.in = append(f.in, b)
	}
	for _, o := range c.To {
		f.out = append(f.out, band{label: o.Name, amount: i18n.Number(int64(o.Amount)) + " sat", class: "band-paid", height: scaled(o.Amount, total)})
	}
	if c.Fee > 0 {
		f.out = append(f.out, band{label: i18n.T(ctx, "campaign.flow.fee"), amount: i18n.Number(int64(c.Fee)) + " sat", class: "band-fee", height: scaled(c.Fee, total)})
	}
	f.tall = max(stack(f.in), stack(f.out))
	join(f.in, f.tall, flowLeft)
	join(f.out, f.tall, flowRight)
	return f
}

func scaled(amount, total btcutil.Amount) float64 {
	return max(thinnest, float64(amount)/float64(total)*flowTall)
}

// rowTall is the least height that the two lines of a label need.
const rowTall = 30

// stack puts bands below each other with room for their labels, and returns how
// tall they are together.
func stack(bands []band) (tall float64) {
	for i := range bands {
		room := max(rowTall, bands[i].height)
		bands[i].y = tall + (room-bands[i].height)/2
		tall += room + flowGap
	}
	return tall
}

// join gives the bands their places in the middle, where all are one, and their
// outlines from x to there.
func join(bands []band, tall, x float64) {
	own := stack(bands)
	var sum float64
	for i := range bands {
		bands[i].y += (tall - own) / 2
		sum += bands[i].height
	}
	const middle, narrow = flowWide / 2, .5
	at := (tall - sum*narrow) / 2
	for i := range bands {
		b := &bands[i]
		h := b.height * narrow
		half := (x + middle) / 2
		b.path = fmt.Sprintf("M%g %.1fC%g %.1f %g %.1f %g %.1fV%.1fC%g %.1f %g %.1f %g %.1fZ",
			x, b.y, half, b.y, half, at, float64(middle), at, at+h, half, at+h, half, b.y+b.height, x, b.y+b.height)
		at += h
	}
}

func (f flow) box() string { return fmt.Sprintf("0 0 %d %.0f", flowWide, f.tall) }

// narrowBox leaves the labels out.
func (f flow) narrowBox() string {
	return fmt.Sprintf("%d 0 %d %.0f", flowLeft, flowRight-flowLeft, f.tall)
}

func (b band) labelY() string  { return fmt.Sprintf("%.1f", b.y+b.height/2-2) }
func (b band) amountY() string { return fmt.Sprintf("%.1f", b.y+b.height/2+13) }

// short keeps a label inside the picture.
func short(label string, most int) string {
	runes := []rune(label)
	wide := 0
	for i, r := range runes {
		wide++
		if r > 0x2e80 {
			wide++
		}
		if wide > most {
			return string(runes[:i]) + "…"
		}
	}
	return label
}
