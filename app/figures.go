package app

import (
	"context"
	"time"

	"cairn/channels/amount"
	"cairn/templates/operator"
)

// figures gathers what came in and went out on each of so many days of UTC, of
// which today is the last.
func (a *App) figures(ctx context.Context, days int) (operator.Figures, error) {
	const day = 24 * time.Hour
	first := a.now().UTC().Truncate(day).Add(-time.Duration(days-1) * day)
	var f operator.Figures
	at := make(map[int64]int, days)
	for i := range days {
		date := first.Add(time.Duration(i) * day)
		at[date.Unix()] = i
		f.Days = append(f.Days, operator.FigureDay{Date: date, Income: map[string]amount.MilliSatoshi{}})
	}
	on := func(date time.Time) *operator.FigureDay {
		if i, ok := at[date.Unix()]; ok {
			return &f.Days[i]
		}
		return &operator.FigureDay{} // a clock that was set back
	}

	booked, err := a.till.Days(ctx, first)
	if err != nil {
		return f, err
	}
	for _, b := range booked {
		d := on(b.Date)
		d.Income, d.Lightning, d.OnChain, d.Lost, d.Routing = b.Income, b.Lightning, b.OnChain, b.Lost, b.Routing
		for _, earned := range b.Income {
			d.Earned += earned
		}
	}
	fees, err := a.wallet.FeesByDay(ctx, first, "anchor/")
	if err != nil {
		return f, err
	}
	for _, w := range fees {
		d := on(w.Date)
		d.Fees, d.AnchorFees = w.All, w.Of
	}
	anchors, err := a.ledger.Days(ctx, first)
	if err != nil {
		return f, err
	}
	for _, n := range anchors {
		d := on(n.Date)
		d.Anchors, d.Digests = n.Anchors, n.Digests
	}
	for _, d := range f.Days {
		f.Total.Add(d)
	}
	books, err := a.till.Books(ctx)
	if err != nil {
		return f, err
	}
	f.Owed, f.Held = books.Credit, books.Held
	return f, nil
}
