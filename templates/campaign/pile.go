package campaign

import (
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/btcutil"
)

// The pile: ten stones up to the line of the goal, each a tenth of it, and
// three above the line for what is beyond.
const (
	pileWide = 200
	pileTop  = 66 // of the line: where the tenth stone ends
	pileFoot = 262
	toGoal   = 10
	beyond   = 3
)

// boulder is one stone of the pile: its outline, and between which heights it
// lies.
type boulder struct {
	path        string
	top, bottom int
}

var boulders = heap()

// heap lays the stones from the ground up, each smaller than the one below, a
// little aside, and touching it.
func heap() (out [toGoal + beyond]boulder) {
	aside := [...]int{-2, 4, -3, 3, -4, 3, -2, 3, -2, 1, 2, -2, 1}
	bottom := float64(pileFoot)
	for i := range out {
		width, height := 158-float64(i)*10.4, 24.4-float64(i)*.8
		if i >= toGoal {
			width, height = 50-float64(i-toGoal)*11, 18-float64(i-toGoal)*2
		}
		out[i] = boulder{outline(i, float64(pileWide/2+aside[i]), bottom, width, height), int(bottom - height), int(bottom + 1)}
		bottom -= height - 1.6
		if i == toGoal-1 {
			bottom = pileTop - 5 // the line lies between
		}
	}
	return out
}

// Outlines are the stones up to the line, from the ground up, as paths in a box
// 200 wide and 280 high.
func Outlines() []string {
	out := make([]string, toGoal)
	for i := range out {
		out[i] = boulders[i].path
	}
	return out
}

// shapes are outlines in a box of 1 by 1: a start and four cubic curves.
var shapes = [2][13][2]float64{
	{{.03, .56}, {0, .26}, {.15, 0}, {.46, 0}, {.77, 0}, {1, .2}, {1, .5}, {1, .8}, {.81, 1}, {.47, 1}, {.12, 1}, {.05, .88}, {.03, .56}},
	{{0, .52}, {0, .18}, {.22, 0}, {.5, 0}, {.77, 0}, {1, .18}, {1, .48}, {1, .8}, {.78, 1}, {.49, 1}, {.18, 1}, {0, .86}, {0, .52}},
}

// outline is a stone's path around the middle x, standing on bottom.
func outline(i int, x, bottom, width, height float64) string {
	var b strings.Builder
	for k, p := range shapes[i%2] {
		px := p[0] - .5
		if i%4 >= 2 {
			px = -px
		}
		switch {
		case k == 0:
			b.WriteByte('M')
		case k%3 == 1:
			b.WriteByte('C')
		default:
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%.0f %.0f", x+px*width, bottom-height+p[1]*height)
	}
	return b.String() + "Z"
}

// Pile is the picture of a campaign: firm, confirmed and pending amounts
// against a goal, and a farther one above the line; 0 for none.
type Pile struct {
	Bar
	Beyond btcutil.Amount
	// Label says in words what the picture shows.
	Label string
}

// layer is a stone, or the lower or upper part of one, in one state.
type layer struct {
	boulder
	class string
	// y and height are the window through which the stone is seen.
	y, height int
	whole     bool
}

// layers are what is drawn, from the ground up. A stone that is covered in part
// is seen in part, above a dashed outline of the whole.
func (p Pile) layers() []layer {
	var out []layer
	firm := min(p.Firm, p.Confirmed)
	marks := [...]struct {
		class string
		from  btcutil.Amount
		to    btcutil.Amount
	}{{"firm", 0, firm}, {"solid", firm, p.Confirmed}, {"pending", p.Confirmed, p.Confirmed + p.Pending}}
	for i := range p.stones() {
		low, high := p.span(i)
		if p.Confirmed+p.Pending < high {
			out = append(out, layer{boulder: boulders[i], class: "coming", whole: true})
		}
		for _, m := range marks {
			from, to := share(m.from, low, high), share(m.to, low, high)
			if to <= from {
				continue
			}
			class := m.class
			if i == toGoal-1 && class != "pending" && p.Confirmed >= high {
				class += " top"
			}
			out = append(out, boulders[i].part(class, from, to))
		}
	}
	return out
}

// stones is how many places there are.
func (p Pile) stones() int {
	if p.Beyond > p.Goal && p.Confirmed >= p.Goal {
		return toGoal + beyond
	}
	return toGoal
}

// span is between which amounts a stone lies.
func (p Pile) span(i int) (low, high btcutil.Amount) {
	if i < toGoal {
		return p.Goal * btcutil.Amount(i) / toGoal, p.Goal * btcutil.Amount(i+1) / toGoal
	}
	more := p.Beyond - p.Goal
	return p.Goal + more*btcutil.Amount(i-toGoal)/beyond, p.Goal + more*btcutil.Amount(i-toGoal+1)/beyond
}

// share is where an amount lies between two others, from 0 to 1.
func share(amount, low, high btcutil.Amount) float64 {
	if high <= low {
		return 0
	}
	return max(0, min(1, float64(amount-low)/float64(high-low)))
}

// part is what of a stone lies between two shares of its height.
func (b boulder) part(class string, from, to float64) layer {
	l := layer{boulder: b, class: class, whole: from == 0 && to == 1}
	height := float64(b.bottom - b.top)
	l.y = b.bottom - int(to*height+.5)
	l.height = max(1, b.bottom-int(from*height+.5)-l.y)
	return l
}

// ceiling is the picture's upper edge: without stones above the line it needs
// less sky.
func (p Pile) ceiling() int {
	if p.stones() > toGoal {
		return boulders[toGoal+beyond-1].top - 8
	}
	return pileTop - 26
}

func (p Pile) box() string {
	return fmt.Sprintf("0 %d %d %d", p.ceiling(), pileWide, pileFoot+14-p.ceiling())
}

func (p Pile) reached() bool { return p.Goal > 0 && p.Confirmed >= p.Goal }

func (l layer) box() string { return fmt.Sprintf("0 %d %d %d", l.y, pileWide, l.height) }

// pileOf is the picture for a view's bar.
func (v View) pile() Pile {
	b := v.Bar()
	levels := v.Campaign.Terms.Levels
	p := Pile{Bar: b}
	if v.Claim == nil {
		p.Goal = levels[0].Goal
		if top := levels[len(levels)-1].Goal; top > p.Goal {
			p.Beyond = top
		}
	}
	return p
}
