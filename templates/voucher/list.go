package voucher

import (
	"context"
	"time"

	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"
)

// State is how a voucher is.
type State string

// The states.
const (
	Planned   State = "planned"   // its issue is not in a block yet
	GivenUp   State = "given-up"  // what was to issue it came to nothing
	Good      State = "good"      // it can be redeemed
	Booked    State = "booked"    // redeemed a moment ago, to be sent
	Redeemed  State = "redeemed"  // nothing is left
	Expired   State = "expired"   // and still there
	Reclaimed State = "reclaimed" // the shop took it back
	Claimed   State = "claimed"   // in a wallet
	Gone      State = "gone"      // moved elsewhere by somebody who has the code
)

// Voucher is one of a series, as the shop knows it: not its code.
type Voucher struct {
	Name  string // the public one
	Label string
	Note  string
	Units int64 // issued
	Left  int64
	State State
}

// SeriesView is a series on the desk.
type SeriesView struct {
	Meta     layout.Meta
	Key      string
	Role     Role
	Shop     Shop
	Series   Series
	Vouchers []Voucher
	Page     int // from 1
	More     bool
	// Pay is where the vouchers that wait are paid for; empty when that is done, or
	// their owner's wallet pays.
	Pay string
	// Reclaim is set when there are expired units that the owner can take back.
	Reclaim bool
	// Asset is the explorer's page of the asset; empty for none.
	Asset string
}

func stateName(ctx context.Context, s State) string {
	switch s {
	case Planned:
		return i18n.T(ctx, "voucher.is.planned")
	case GivenUp:
		return i18n.T(ctx, "voucher.is.given-up")
	case Good:
		return i18n.T(ctx, "voucher.is.good")
	case Booked:
		return i18n.T(ctx, "voucher.is.booked")
	case Redeemed:
		return i18n.T(ctx, "voucher.is.redeemed")
	case Expired:
		return i18n.T(ctx, "voucher.is.expired")
	case Reclaimed:
		return i18n.T(ctx, "voucher.is.reclaimed")
	}
	if s == Gone {
		return i18n.T(ctx, "voucher.is.gone")
	}
	return i18n.T(ctx, "voucher.is.claimed")
}

func (s State) tone() string {
	switch s {
	case Good:
		return "good"
	case Planned, Booked, Expired:
		return "wait"
	}
	return ""
}

// reclaimWords are the sentences of taking back what expired.
func reclaimWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"done":        i18n.T(ctx, "voucher.reclaim.done", ui.Places("Units")...),
		"none":        i18n.T(ctx, "voucher.reclaim.none"),
		"wait":        i18n.T(ctx, "voucher.reclaim.wait"),
		"unreachable": i18n.T(ctx, "voucher.unreachable"),
	})
}

// LogView is what happened in a shop, the latest first.
type LogView struct {
	Meta    layout.Meta
	Key     string
	Role    Role
	Shop    Shop
	Entries []Entry
	// Older is the path of what came before; empty for nothing.
	Older string
}

// happened is an entry in words.
func happened(ctx context.Context, e Entry) string {
	switch e.What {
	case "shop-edited":
		return i18n.T(ctx, "voucher.log.settings")
	case "staff-added":
		return i18n.T(ctx, "voucher.log.staff")
	case "staff-revoked":
		return i18n.T(ctx, "voucher.log.revoked")
	case "till-added":
		return i18n.T(ctx, "voucher.log.till")
	case "till-revoked":
		return i18n.T(ctx, "voucher.log.till-off")
	case "series-added":
		return i18n.T(ctx, "voucher.log.series")
	case "series-closed":
		return i18n.T(ctx, "voucher.log.closed")
	case "vouchers-added":
		return i18n.T(ctx, "voucher.log.issued")
	case "vouchers-given-up":
		return i18n.T(ctx, "voucher.log.given-up")
	case "redeemed":
		return i18n.T(ctx, "voucher.log.redeemed")
	case "undone":
		return i18n.T(ctx, "voucher.log.undone")
	case "sent":
		return i18n.T(ctx, "voucher.log.sent")
	case "raised":
		return i18n.T(ctx, "voucher.log.raised")
	case "confirmed":
		return i18n.T(ctx, "voucher.log.confirmed")
	case "claimed":
		return i18n.T(ctx, "voucher.log.claimed")
	case "reclaimed":
		return i18n.T(ctx, "voucher.log.reclaimed")
	case "offline-uncovered":
		return i18n.T(ctx, "voucher.log.uncovered")
	case "conflict":
		return i18n.T(ctx, "voucher.log.conflict")
	case "allowance-paid":
		return i18n.T(ctx, "voucher.log.bought")
	}
	return e.What
}

// ReportView is what happened in numbers.
type ReportView struct {
	Meta   layout.Meta
	Key    string
	Role   Role
	Shop   Shop
	From   time.Time
	To     time.Time // the last day
	Days   []Day
	Tills  []TillSum
	Series []Series
}

// Day is one day: how often something was redeemed, and what.
type Day struct {
	At          time.Time
	Redemptions int64
	Redeemed    []Amount
}

// TillSum is what one till took.
type TillSum struct {
	Name        string
	Sums        []Amount
	Redemptions int64
}

// redeemed is what was redeemed in all.
func (v ReportView) redeemed() (sum []Amount) {
	for _, d := range v.Days {
		for _, a := range d.Redeemed {
			sum = Add(sum, a)
		}
	}
	return sum
}

// height is a day's in the chart: its units where there is one kind of them, and how
// often something was redeemed where there are several.
func (v ReportView) height(d Day, kinds int) int64 {
	if kinds != 1 {
		return d.Redemptions
	}
	sum := int64(0)
	for _, a := range d.Redeemed {
		sum += a.Units
	}
	return sum
}

// bar is a day in the chart, whose box is 100 high and one wide for each day.
type bar struct {
	x, y, width, height float64
}

func (v ReportView) bars() []bar {
	kinds := len(v.redeemed())
	var most int64 = 1
	for _, d := range v.Days {
		most = max(most, v.height(d, kinds))
	}
	out := make([]bar, len(v.Days))
	step := 720 / float64(max(1, len(v.Days)))
	for i, d := range v.Days {
		height := float64(v.height(d, kinds)) / float64(most) * 150
		out[i] = bar{
			x: float64(i) * step, y: 160 - height, width: max(1, step-min(4, step/4)), height: height,
		}
	}
	return out
}

// periods are the spans to choose from, in days.
func periods() []int { return []int{7, 30, 90, 365} }

func (v ReportView) days() int { return len(v.Days) }
