package app

import (
	"context"

	"cairn/app/selling"
	"cairn/channels/fees"
)

// sale is a kind of thing that is delivered as soon as it is paid for, whether
// or not the visitor is still there; see selling.Sale.
type sale struct {
	what    string
	late    bool
	deliver func(ctx context.Context, q fees.Quote) error
}

// sells has a kind of thing delivered. Parts call it in their open… function.
func (a *App) sells(s sale) {
	a.sales = append(a.sales, selling.Sale{What: s.what, Late: s.late, Deliver: s.deliver})
}

// deliver hands over what was paid for until ctx ends. The leader does it.
func (a *App) deliver(ctx context.Context) error {
	desk := &selling.Desk{Till: a.till, Sales: a.sales, Now: a.now, Log: a.log.With("part", "selling")}
	return desk.Run(ctx)
}
