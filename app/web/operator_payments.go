package web

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/desk"
	"cairn/channels/invoice"
	"cairn/channels/ln"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	// shownPayments are on one page.
	shownPayments = 50
	// maxExported bounds the file of payments.
	maxExported = 100_000
	// askedFor is how long an invoice of the operator's can be paid.
	askedFor = 24 * time.Hour
	// leastFeeLimit is what paying may cost on top by default at the least, in
	// satoshi; above it a hundredth of the amount.
	leastFeeLimit = 10
)

func (s *Server) paymentRoutes() {
	s.operatorGet("/operator/payments", s.payments)
	s.operatorGet("/operator/payments.csv", s.paymentsFile)
	s.operatorPost("/operator/payments/ask", s.paymentAsk, s.changes)
	s.operatorPost("/operator/payments/check", s.paymentCheck, s.changes)
	s.operatorPost("/operator/payments/pay", s.paymentPay, s.changes, s.authorised)
}

// payments lists what came in, or what was paid.
func (s *Server) payments(c Ctx) error {
	return s.renderPayments(c, http.StatusOK, operator.PaymentsView{
		Out: c.QueryParam("way") == "out", Failed: c.QueryParam("failed") == "yes",
	})
}

func (s *Server) renderPayments(c Ctx, status int, view operator.PaymentsView) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), nodePatience)
	defer cancel()
	view.Frame = s.frame(c, "payments.title", "/operator/payments")
	view.Meta.Path = "/operator/payments"
	below, err := strconv.ParseUint(c.QueryParam("below"), 10, 63)
	if err != nil {
		below = 0
	}
	err = s.fillPayments(ctx, &view, below)
	if errors.Is(err, chain.ErrEngineDown) {
		view.Down = true
		return render(c, status, operator.PaymentsPage(view))
	}
	if err != nil {
		return err
	}
	if view.Order, err = s.paidNotice(c); err != nil {
		return err
	}
	return render(c, status, operator.PaymentsPage(view))
}

func (s *Server) fillPayments(ctx context.Context, view *operator.PaymentsView, below uint64) error {
	channels, err := s.deps.Lightning.Node.Channels(ctx)
	if err != nil {
		return err
	}
	sum := operator.NewLiquidity(channels, nil)
	view.Receivable, view.Sendable = sum.Receivable, sum.Sendable
	var last uint64
	if view.Movements, last, err = s.movements(ctx, view.Out, view.Failed, below, shownPayments); err != nil {
		return err
	}
	if err := s.addNotes(ctx, view.Movements); err != nil {
		return err
	}
	at := url.Values{}
	if view.Out {
		at.Set("way", "out")
	}
	if view.Failed {
		at.Set("failed", "yes")
	}
	if below > 0 {
		view.Newest = "/operator/payments?" + at.Encode()
	}
	if last > 1 {
		at.Set("below", strconv.FormatUint(last, 10))
		view.Older = "/operator/payments?" + at.Encode()
	}
	return nil
}

// addNotes writes what donors wrote beside their payments.
func (s *Server) addNotes(ctx context.Context, list []ln.Movement) error {
	hashes := make([]invoice.Hash, len(list))
	for i, m := range list {
		hashes[i] = m.Hash
	}
	notes, err := s.deps.Lightning.Notes(ctx, hashes)
	if err != nil {
		return err
	}
	for i, m := range list {
		if note := notes[m.Hash]; note != "" {
			list[i].Memo = strings.TrimSpace(m.Memo + " “" + note + "”")
		}
	}
	return nil
}

// movements reads one page of payments; last is where the next one begins, 0
// when there is none.
func (s *Server) movements(ctx context.Context, out, failed bool, below uint64, limit int) (list []ln.Movement, last uint64, err error) {
	if !out {
		list, err = s.deps.Lightning.Node.Incoming(ctx, below, limit)
		if err == nil && len(list) == limit {
			last = list[limit-1].Index
		}
		return list, last, err
	}
	const most = 20 // pages of payments that came to nothing
	for range most {
		page, err := s.deps.Lightning.Node.Outgoing(ctx, below, limit)
		if err != nil {
			return nil, 0, err
		}
		for _, m := range page {
			if failed || m.State != ln.MovementFailed {
				list = append(list, m)
			}
			if below = m.Index; len(list) == limit {
				return list, below, nil
			}
		}
		if len(page) < limit {
			return list, 0, nil
		}
	}
	return list, below, nil
}

// paidNotice says how the payment stands that the address names.
func (s *Server) paidNotice(c Ctx) (*operator.OrderNotice, error) {
	wanted := c.QueryParam("order")
	if wanted == "" {
		return nil, nil
	}
	orders, err := s.deps.Lightning.Desk.Orders(c.Request().Context(), shownOrders)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if o.ID.String() != wanted {
			continue
		}
		switch o.State {
		case desk.Done:
			return &operator.OrderNotice{Tone: "good", Sentence: t(c, "payments.pay.done", "Amount", o.Amount.String(), "Fee", o.Fee.String())}, nil
		case desk.Failed:
			r := ruleFor(o.Err())
			return &operator.OrderNotice{Tone: "bad", Sentence: t(c, r.sentence), Advice: t(c, "payments.pay.nothing")}, nil
		}
		return &operator.OrderNotice{Tone: "wait", Sentence: t(c, "payments.pay.under"), Advice: t(c, "payments.pay.under.advice")}, nil
	}
	return nil, nil
}

// paymentAsk makes an invoice.
func (s *Server) paymentAsk(c Ctx) error {
	form := operator.AskForm{Amount: c.FormValue("amount"), Memo: strings.TrimSpace(c.FormValue("memo"))}
	ctx, cancel := context.WithTimeout(c.Request().Context(), nodePatience)
	defer cancel()
	made, price, err := s.ask(ctx, form)
	if err != nil {
		r := ruleFor(err)
		if r.status == unknown.status {
			return err
		}
		form.Problem, form.Advice = s.complaint(c, err)
		return s.renderPayments(c, r.status, operator.PaymentsView{Ask: form})
	}
	return render(c, http.StatusOK, operator.AskPage(operator.AskView{
		Frame: s.frame(c, "payments.ask.title", "/operator/payments"), Invoice: made.Text, Amount: price, Memo: form.Memo, ExpiresAt: made.ExpiresAt,
	}))
}

func (s *Server) ask(ctx context.Context, form operator.AskForm) (invoice.Invoice, btcutil.Amount, error) {
	price := btcutil.Amount(whole(form.Amount))
	msat, err := amount.FromSatoshi(price)
	if err != nil || price < 1 {
		return invoice.Invoice{}, 0, ln.ErrAmount
	}
	var preimage invoice.Preimage
	if _, err := io.ReadFull(s.cfg.Rand, preimage[:]); err != nil {
		return invoice.Invoice{}, 0, err
	}
	made, err := s.deps.Lightning.Node.Create(ctx, invoice.Request{Preimage: preimage, Amount: msat, Memo: form.Memo, Expiry: askedFor})
	return made, price, err
}

// paymentCheck reads an invoice and shows what it says, before it is paid.
func (s *Server) paymentCheck(c Ctx) error {
	text := strings.TrimSpace(c.FormValue("invoice"))
	in, err := s.deps.Lightning.Node.Decode(text)
	if err == nil && !s.cfg.Now().Before(in.ExpiresAt) {
		err = ln.ErrExpired
	}
	if err != nil {
		r := ruleFor(err)
		if r.status == unknown.status {
			return err
		}
		view := operator.PaymentsView{Out: true, Pay: operator.PayForm{Invoice: text}}
		view.Pay.Problem, view.Pay.Advice = s.complaint(c, err)
		return s.renderPayments(c, r.status, view)
	}
	limit := max(int64(in.Amount.SatoshiCeil())/100, leastFeeLimit)
	return s.renderPay(c, http.StatusOK, operator.PayView{Invoice: in, Text: text, FeeLimit: strconv.FormatInt(limit, 10)})
}

func (s *Server) renderPay(c Ctx, status int, view operator.PayView) (err error) {
	view.Frame = s.frame(c, "payments.pay.title", "/operator/payments")
	view.Meta.Path = "/operator/payments"
	view.Now = s.cfg.Now()
	if view.Next, err = s.orderNumber(); err != nil {
		return err
	}
	return render(c, status, operator.PayPage(view))
}

// paymentPay pays an invoice, once.
func (s *Server) paymentPay(c Ctx) error {
	id, err := desk.ParseID(c.FormValue("order"))
	if err != nil {
		return err
	}
	text := c.FormValue("invoice")
	in, err := s.deps.Lightning.Node.Decode(text)
	if err != nil {
		return err
	}
	order, err := payOrder(text, in, whole(c.FormValue("fee")), whole(c.FormValue("amount")))
	if err == nil {
		_, err = s.deps.Lightning.Desk.Pay(c.Request().Context(), id, whoOperates(c).Name(), order)
	}
	if err == nil || stillGoes(err) {
		return c.Redirect(http.StatusSeeOther, "/operator/payments?"+url.Values{"way": {"out"}, "order": {id.String()}}.Encode())
	}
	r := ruleFor(err)
	if r.status == unknown.status {
		return err
	}
	view := operator.PayView{Invoice: in, Text: text, Amount: c.FormValue("amount"), FeeLimit: c.FormValue("fee")}
	view.Problem, view.Advice = s.complaint(c, err)
	return s.renderPay(c, r.status, view)
}

// payOrder is what is to be paid; fee and chosen are in satoshi, the latter for
// invoices that leave the amount to the payer. Errors: ln.ErrAmount.
func payOrder(text string, in ln.Decoded, fee, chosen int64) (ln.Order, error) {
	order := ln.Order{Invoice: text}
	var err error
	if order.FeeLimit, err = amount.FromSatoshi(btcutil.Amount(fee)); err != nil || fee < 0 {
		return ln.Order{}, fmt.Errorf("%w: a fee of at most %d sat", ln.ErrAmount, fee)
	}
	if in.Amount > 0 {
		return order, nil
	}
	if order.Amount, err = amount.FromSatoshi(btcutil.Amount(chosen)); err != nil || chosen < 1 {
		return ln.Order{}, fmt.Errorf("%w: %d sat", ln.ErrAmount, chosen)
	}
	return order, nil
}

// paymentsFile is all payments of one way as a table for a spreadsheet.
func (s *Server) paymentsFile(c Ctx) error {
	out := c.QueryParam("way") == "out"
	name := "payments-in.csv"
	if out {
		name = "payments-out.csv"
	}
	ctx := c.Request().Context()
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"time (UTC)", "state", "amount (msat)", "fee (msat)", "memo", "payment hash"}}
	for below, n := uint64(0), 0; n < maxExported; {
		list, last, err := s.movements(ctx, out, true, below, 1000)
		if err != nil {
			return err
		}
		for _, m := range list {
			rows = append(rows, []string{
				m.At.UTC().Format(time.DateTime), string(m.State), strconv.FormatInt(int64(m.Amount), 10), strconv.FormatInt(int64(m.Fee), 10),
				harmless(m.Memo), m.Hash.String(),
			})
		}
		n += len(list)
		if below = last; last <= 1 {
			break
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "private, no-store")
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", []byte(b.String()))
}

// harmless keeps somebody else's words from being a formula in a spreadsheet.
func harmless(text string) string {
	// In East Asian spreadsheets wide signs begin formulas, too.
	if text != "" && strings.ContainsAny(string([]rune(text)[:1]), "=+-@\t\r\n＝＋－＠") {
		return "'" + text
	}
	return text
}
