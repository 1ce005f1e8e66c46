package operator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"cairn/channels/amount"
	"cairn/templates/i18n"

	"github.com/btcsuite/btcd/btcutil"
)

// FiguresView is what came in and went out, by day.
type FiguresView struct {
	Frame
	Figures Figures
	// Days is how many are shown, of those that can be chosen.
	Days    int
	Choices []int
}

// Figures are those of a stretch of days, the oldest first, every day of it.
type Figures struct {
	Days []FigureDay
	// Total adds the days up.
	Total FigureDay
	// Owed is what is owed to clients now, and Held what came in for quotes that
	// are neither used nor returned.
	Owed, Held amount.MilliSatoshi
}

// FigureDay is one day of UTC.
type FigureDay struct {
	Date time.Time
	// Income is by what was sold, Earned all of it.
	Income map[string]amount.MilliSatoshi
	Earned amount.MilliSatoshi
	// Lightning and OnChain are how what the node has moved by sales.
	Lightning, OnChain amount.MilliSatoshi
	// Lost was undone by reorganisations, Routing is what paying out cost.
	Lost, Routing amount.MilliSatoshi
	// Fees went to miners, AnchorFees of them for anchors.
	Fees, AnchorFees btcutil.Amount
	// Anchors were made, over so many Digests.
	Anchors, Digests int64
}

// Add counts another day in.
func (d *FigureDay) Add(o FigureDay) {
	if d.Income == nil {
		d.Income = map[string]amount.MilliSatoshi{}
	}
	for what, earned := range o.Income {
		d.Income[what] += earned
	}
	d.Earned, d.Lightning, d.OnChain = d.Earned+o.Earned, d.Lightning+o.Lightning, d.OnChain+o.OnChain
	d.Lost, d.Routing = d.Lost+o.Lost, d.Routing+o.Routing
	d.Fees, d.AnchorFees = d.Fees+o.Fees, d.AnchorFees+o.AnchorFees
	d.Anchors, d.Digests = d.Anchors+o.Anchors, d.Digests+o.Digests
}

// sold lists what was sold in the stretch, what earned most first.
func (f Figures) sold() []string {
	var out []string
	for what := range f.Total.Income {
		out = append(out, what)
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(f.Total.Income[b], f.Total.Income[a]), cmp.Compare(a, b))
	})
	return out
}

// wares are the words for what is sold; what has none stands as it is.
var wares = map[string]string{
	"express-anchor": "figures.ware.express",
	"stamps":         "figures.ware.stamps",
	"tickets":        "figures.ware.tickets",
	"donation":       "figures.ware.donation",
	"api":            "figures.ware.api",
	"sponsor":        "figures.ware.sponsor",
	"purse":          "figures.ware.purse",
}

func ware(ctx context.Context, what string) string {
	if key, ok := wares[what]; ok {
		return i18n.T(ctx, key)
	}
	return what
}

// dayBar is one day's pair of bars on a drawing of 100 units in height.
type dayBar struct {
	X             int
	Earned, Spent int
}

const barStep = 10

// bars scales the days to the highest of them.
func (f Figures) bars() []dayBar {
	most := amount.MilliSatoshi(1)
	for _, d := range f.Days {
		most = max(most, d.Earned, spent(d))
	}
	out := make([]dayBar, len(f.Days))
	for i, d := range f.Days {
		out[i] = dayBar{X: i * barStep, Earned: tall(d.Earned, most), Spent: tall(spent(d), most)}
	}
	return out
}

// spent is what a day cost.
func spent(d FigureDay) amount.MilliSatoshi {
	return amount.MilliSatoshi(d.Fees)*amount.PerSatoshi + d.Routing + d.Lost
}

// tall is a height of 100; what is there at all is at least seen.
func tall(part, whole amount.MilliSatoshi) int {
	if part <= 0 {
		return 0
	}
	return max(2, int(part*100/whole))
}

func barBox(f Figures) string { return fmt.Sprintf("0 0 %d 100", max(1, len(f.Days))*barStep) }
