package asset

import (
	"fmt"
	"sort"

	"cairn/assets"
)

// Bands are the picture of units on their way through a transaction: inputs on
// the left, outputs on the right, between them a band for each run of units, as
// wide as there are units of its asset. What is destroyed falls out at the foot.
type Bands struct {
	Height int
	Ends   []End
	Bands  []Band
	// Left counts inputs and outputs that the picture has no room for.
	Left int
}

// End is where bands begin or end.
type End struct {
	Right  bool
	Index  int // assets.Issued or assets.Destroyed for those
	Y, H   int
	LabelY int
}

// Band is one run of units.
type Band struct {
	Flow  assets.Flow
	Path  string
	Falls bool
}

const (
	// BandsWide is the width of the picture.
	BandsWide = 360
	bandLeft  = 92
	bandRight = BandsWide - 92
	bandTall  = 150 // of all units of an asset
	bandThin  = 5
	bandGap   = 28 // as two lines of a label need
	bandTop   = 14
	mostEnds  = 20 // on a side
)

// Draw lays the bands of flows out.
func Draw(flows []assets.Flow) Bands {
	total := map[assets.ID]int64{}
	for _, f := range flows {
		total[f.Asset] += min(f.Units, 1<<62/int64(max(1, len(flows))))
	}
	left, lost := ends(flows, false)
	right, more := ends(flows, true)
	var b Bands
	b.Left = lost + more
	thick := func(f assets.Flow) int {
		return max(bandThin, int(float64(f.Units)/float64(max(1, total[f.Asset]))*bandTall/float64(len(total))))
	}
	var shown []assets.Flow
	for _, f := range flows {
		if has(left, f.From) && has(right, f.To) {
			shown = append(shown, f)
		}
	}
	from, footL := place(left, shown, func(f assets.Flow) int { return f.From }, thick, false)
	to, footR := place(right, shown, func(f assets.Flow) int { return f.To }, thick, true)
	b.Height = max(footL, footR) + bandTop
	b.Ends = append(append(b.Ends, from...), to...)
	atL, atR := tops(from), tops(to)
	for _, f := range shown {
		h := thick(f)
		y0, y1 := atL[f.From], atR[f.To]
		atL[f.From] += h
		atR[f.To] += h
		const mid = (bandLeft + bandRight) / 2
		b.Bands = append(b.Bands, Band{
			Flow: f, Falls: f.To == assets.Destroyed,
			Path: fmt.Sprintf("M%d %dC%d %d %d %d %d %dV%dC%d %d %d %d %d %dZ", bandLeft, y0, mid, y0, mid, y1, bandRight, y1, y1+h, mid, y1+h, mid, y0+h, bandLeft, y0+h),
		})
	}
	return b
}

// ends are the inputs or outputs of flows in order, new units first and destroyed
// ones last, as many as there is room for, and how many there is none for.
func ends(flows []assets.Flow, right bool) (out []int, lost int) {
	seen := map[int]bool{}
	for _, f := range flows {
		at := f.From
		if right {
			at = f.To
		}
		if !seen[at] {
			seen[at] = true
			out = append(out, at)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if right && (out[i] < 0) != (out[j] < 0) {
			return out[j] < 0
		}
		return out[i] < out[j]
	})
	if len(out) > mostEnds {
		out, lost = out[:mostEnds], len(out)-mostEnds
	}
	return out, lost
}

func has(list []int, n int) bool {
	for _, v := range list {
		if v == n {
			return true
		}
	}
	return false
}

// place gives each end its place, one below the other, as high as its bands.
func place(list []int, flows []assets.Flow, end func(assets.Flow) int, thick func(assets.Flow) int, right bool) (out []End, foot int) {
	y := bandTop
	for _, at := range list {
		h := 0
		for _, f := range flows {
			if end(f) == at {
				h += thick(f)
			}
		}
		out = append(out, End{Right: right, Index: at, Y: y, H: h, LabelY: y + h/2 - 3})
		y += h + bandGap
	}
	return out, y - bandGap + bandThin
}

func tops(list []End) map[int]int {
	out := map[int]int{}
	for _, e := range list {
		out[e.Index] = e.Y
	}
	return out
}
