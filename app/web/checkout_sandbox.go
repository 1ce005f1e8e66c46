package web

import (
	"context"
	"net/http"
	"time"

	"cairn/channels/fees"
	"cairn/templates/checkout"
)

// taken is how long a payment from the sandbox is waited for to show.
const taken = 3 * time.Second

// paySandbox pays a quote with the devnet's play money: its invoice, or its
// address when the form's "way" says "chain".
func (s *Server) paySandbox(c Ctx) error {
	ctx := c.Request().Context()
	view, err := s.checkoutView(c)
	if err != nil {
		return err
	}
	way := checkout.ParseWay(c.FormValue("way"))
	request, ok := checkout.NewRequest(view.Quote, way)
	if !ok || !view.Asks() {
		return ErrNothingToPay
	}
	changed, stop := s.deps.Till.Watch(view.Quote.ID)
	defer stop()
	back := payPath(view.Quote.ID)
	switch {
	case way == checkout.Chain && request.Address != "":
		err = s.deps.SandboxPayer.PayOnChain(ctx, request.Address, request.OnChain)
		back += "?sent=chain"
	case way != checkout.Chain && request.Invoice != "":
		if err = s.deps.SandboxPayer.Pay(ctx, request.Invoice); err == nil {
			s.shows(ctx, view.Quote, changed)
		}
	default:
		err = ErrNothingToPay
	}
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, back)
}

// shows waits until the till has taken a payment in, so that the page that
// follows is the receipt also where no script brings it up to date.
func (s *Server) shows(ctx context.Context, before fees.Quote, changed <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, taken)
	defer cancel()
	for {
		now, err := s.deps.Till.Get(ctx, before.ID)
		if err != nil || now.State != before.State {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}
