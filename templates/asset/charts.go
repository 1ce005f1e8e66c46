package asset

import (
	"fmt"
	"math"
	"strings"

	"cairn/assets/ledger"
)

// The chart of a supply.
const (
	chartWide = 360
	chartTall = 110
)

// steps is the line of a supply over heights, from the first block to the last
// that is shown, and the area below it.
func steps(totals []ledger.Total, to int32) (line, area string) {
	if len(totals) == 0 {
		return "", ""
	}
	first, top := totals[0].Height, max(1, most(totals))
	span := float64(max(1, to-first))
	x := func(height int32) float64 { return math.Round(float64(height-first)/span*chartWide*10) / 10 }
	y := func(t ledger.Total) float64 {
		return math.Round((chartTall-2-float64(t.Issued-t.Burnt)/float64(top)*(chartTall-6))*10) / 10
	}
	var b strings.Builder
	for i, t := range totals {
		if i == 0 {
			fmt.Fprintf(&b, "M0 %g", y(t))
			continue
		}
		fmt.Fprintf(&b, "H%gV%g", x(t.Height), y(t))
	}
	fmt.Fprintf(&b, "H%d", chartWide)
	return b.String(), b.String() + fmt.Sprintf("V%dH0Z", chartTall)
}

// most is the largest supply of those.
func most(totals []ledger.Total) (n int64) {
	for _, t := range totals {
		n = max(n, t.Issued-t.Burnt)
	}
	return n
}

// Part is a piece of the bar of holders.
type Part struct{ X, W float64 }

// parts are the shares of the first holders of a supply, out of 100.
func parts(holders []Holder, supply int64) (out []Part) {
	x := 0.0
	for _, h := range holders[:min(len(holders), 8)] {
		w := math.Round(float64(h.Units)/float64(max(1, supply))*1000) / 10
		if w < .4 || x+w > 100.05 {
			break
		}
		out = append(out, Part{x, math.Max(.3, w-.3)})
		x += w
	}
	return out
}

// percent is a share, with one decimal.
func percent(units, supply int64) string {
	return fmt.Sprintf("%.1f", float64(units)/float64(max(1, supply))*100) + " %"
}
