package web

import (
	"errors"
	"net/http"
	"time"

	"cairn/chain"
	"cairn/channels/fees"
	"cairn/templates/checkout"
	"cairn/templates/layout"

	"github.com/labstack/echo/v4"
)

// checkoutRoutes are those of paying and of receipts.
func (s *Server) checkoutRoutes() {
	if s.deps.Till == nil {
		return
	}
	small, formLimit := bodyLimit(4<<10), s.limit(0.5, 20)
	s.get("pay", "/pay/:quote", s.pay)
	s.echo.GET("/pay/:quote/events", s.payEvents).Name = "pay-events"
	s.get("receipt-text", "/pay/:quote/receipt.txt", s.receiptText)
	s.get("receipt-json", "/pay/:quote/receipt.json", s.receiptJSON)
	s.post("pay-again", "/pay/:quote/again", s.payAgain, small, s.limit(0.2, 10))
	s.post("pay-return", "/pay/:quote/return", s.payReturn, small, formLimit)
	s.post("pay-credit", "/pay/:quote/credit", s.payCredit, small, formLimit)
	if s.deps.SandboxPayer != nil {
		s.post("pay-sandbox", "/pay/:quote/sandbox", s.paySandbox, small, s.limit(1, 20))
	}
	s.get("purchases", "/purchases", s.purchases)
	s.post("purchases-forget", "/purchases/forget", s.forgetPurchases, small, formLimit)
}

// pay is the page of a quote: what to pay, how it stands, and the receipt in
// the end. Its number is the key to it.
func (s *Server) pay(c Ctx) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "private, no-store")
	h.Add(echo.HeaderVary, "Accept")
	view, err := s.checkoutView(c)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, view.State())
	}
	view.Meta = s.meta(c, view.Title(c.Request().Context()), layout.SectionNone)
	view.Meta.Private = true
	view.Meta.Modules = []string{"js/checkout.js"}
	if !view.Quote.State.Final() {
		view.Meta.Live, view.Meta.Refresh = true, 10*time.Second
	}
	return render(c, http.StatusOK, checkout.Page(view))
}

// quoteOf is the quote of the address. Errors: fees.ErrUnknownQuote.
func (s *Server) quoteOf(c Ctx) (fees.Quote, error) {
	id, err := fees.ParseID(c.Param("quote"))
	if err != nil {
		return fees.Quote{}, err
	}
	return s.deps.Till.Get(c.Request().Context(), id)
}

// checkoutView is what the page and its live part show, without the frame.
func (s *Server) checkoutView(c Ctx) (checkout.View, error) {
	ctx := c.Request().Context()
	q, err := s.quoteOf(c)
	if err != nil {
		return checkout.View{}, err
	}
	view := checkout.View{
		Quote: q, Ware: s.wareView(c, q), Only: checkout.ParseWay(c.QueryParam("only")), Sent: c.QueryParam("sent") != "",
		Payout: s.payout, NodeDown: s.deps.Engine.Status().Phase != chain.EngineReady, Now: s.cfg.Now(),
	}
	if view.Owner, err = s.owns(c, q); err != nil {
		return checkout.View{}, err
	}
	if view.Owner && q.Client != "" && q.State.Payable() {
		if view.Credit, err = s.deps.Till.Credit(ctx, q.CreditOwner()); err != nil {
			return checkout.View{}, err
		}
	}
	if s.payout != "" && q.Client == "" {
		view.Payout += "?quote=" + q.ID.String()
	}
	// Only who has paid over Lightning knows the preimage, and only the buyer
	// is shown it: a receipt may be passed on, its proof not.
	if view.Owner && q.Paid(fees.OverLightning) > 0 {
		view.Preimage = s.deps.Till.Preimage(q.ID).Text()
	}
	if s.deps.SandboxPayer != nil && q.State.Payable() {
		view.Sandbox = &checkout.Sandbox{Ready: s.deps.SandboxPayer.Ready(ctx)}
	}
	return view, nil
}

// receiptText is the receipt in plain text.
func (s *Server) receiptText(c Ctx) error {
	view, err := s.receiptView(c)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMETextPlainCharsetUTF8, []byte(view.Text(c.Request().Context(), s.origin())))
}

// receiptJSON is the receipt for programs.
func (s *Server) receiptJSON(c Ctx) error {
	view, err := s.receiptView(c)
	if err != nil {
		return err
	}
	raw, err := view.JSON(s.origin())
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, raw)
}

// receiptView is a quote that has a receipt. Errors: ErrNoReceipt.
func (s *Server) receiptView(c Ctx) (checkout.View, error) {
	c.Response().Header().Set("Cache-Control", "private, no-store")
	view, err := s.checkoutView(c)
	if err == nil && !view.Paid() {
		err = ErrNoReceipt
	}
	return view, err
}

// payAgain asks for the same at today's price. What came too late for the old
// price is credited first and pays the new one, if it is enough.
func (s *Server) payAgain(c Ctx) error {
	ctx := c.Request().Context()
	old, err := s.quoteOf(c)
	if err != nil {
		return err
	}
	w := s.wareOf(old)
	if w.again == nil {
		return c.Redirect(http.StatusSeeOther, w.shop)
	}
	mine, err := s.owns(c, old)
	if err != nil {
		return err
	}
	late := mine && old.Client != "" && old.State == fees.Late
	client := old.Client
	if late {
		_, err = s.deps.Till.Return(ctx, old.ID)
	} else {
		client, err = s.newBuyer(c)
	}
	if err != nil {
		return err
	}
	fresh, err := w.again(ctx, old.Subject, client)
	if err != nil {
		return err
	}
	if late {
		if _, err := s.deps.Till.PayFromCredit(ctx, fresh.ID); err != nil && !errors.Is(err, fees.ErrCredit) {
			return err
		}
	}
	return s.checkout(c, fresh)
}

// payReturn gives what came for a quote back as credit.
func (s *Server) payReturn(c Ctx) error {
	q, err := s.ownQuote(c)
	if err != nil {
		return err
	}
	if q, err = s.deps.Till.Return(c.Request().Context(), q.ID); err != nil {
		return err
	}
	return s.checkout(c, q)
}

// payCredit pays a quote from its buyer's credit.
func (s *Server) payCredit(c Ctx) error {
	q, err := s.ownQuote(c)
	if err != nil {
		return err
	}
	if q, err = s.deps.Till.PayFromCredit(c.Request().Context(), q.ID); err != nil {
		return err
	}
	return s.checkout(c, q)
}

// ownQuote is the quote of the address, if it is the visitor's. Errors:
// ErrNotBuyer.
func (s *Server) ownQuote(c Ctx) (fees.Quote, error) {
	q, err := s.quoteOf(c)
	if err != nil {
		return fees.Quote{}, err
	}
	mine, err := s.owns(c, q)
	if err == nil && !mine {
		err = ErrNotBuyer
	}
	return q, err
}
