package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cairn/app/db/outbox"
	"cairn/app/payment"
	"cairn/chain"
	"cairn/channels/bip321"
	"cairn/templates/layout"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	// walletPayments and walletAddresses are how many of each a page lists.
	walletPayments  = 50
	walletAddresses = 20
)

// walletRoutes look into the node's wallet, send and receive.
func (s *Server) walletRoutes() {
	if s.deps.Payments == nil {
		return
	}
	s.operatorGet("/operator/wallet", s.wallet)
	s.operatorPost("/operator/wallet/send", s.walletSend, s.changes)
	s.operatorGet("/operator/wallet/receive", s.walletReceive)
	s.operatorPost("/operator/wallet/receive", s.walletAddress, s.changes)
	s.operatorGet("/operator/wallet/payments/:payment", s.walletPayment)
	s.operatorPost("/operator/wallet/payments/:payment", s.walletConfirm, s.changes, s.authorised)
	s.operatorPost("/operator/wallet/payments/:payment/bump", s.walletBump, s.changes, s.authorised)
}

// wallet shows what the wallet holds.
func (s *Server) wallet(c Ctx) error {
	return s.renderWallet(c, http.StatusOK, operator.SendForm{})
}

func (s *Server) renderWallet(c Ctx, status int, form operator.SendForm) error {
	ctx := c.Request().Context()
	view := operator.WalletView{Frame: s.frame(c, "operator.wallet", "/operator/wallet"), Form: form}
	view.Meta.Path = "/operator/wallet"
	coffer, err := s.deps.Coffer(ctx)
	switch {
	case err == nil:
		view.Coffer = &coffer
	case !errors.Is(err, chain.ErrEngineDown):
		return err
	}
	list, err := s.deps.Payments.List(ctx, walletPayments)
	if err != nil {
		return err
	}
	for _, p := range list {
		view.Payments = append(view.Payments, paymentView(p))
	}
	if view.Coffer != nil {
		label(view.Coffer.Movements, list)
	}
	return render(c, status, operator.WalletPage(view))
}

// label writes what the operator noted beside the transactions it is about.
func label(movements []operator.Movement, payments []payment.Payment) {
	notes := make(map[string]string, len(payments))
	for _, p := range payments {
		notes[payment.Purpose+p.ID.String()] = p.Label
	}
	for i := range movements {
		movements[i].Note = notes[movements[i].Purpose]
	}
}

// paymentView is a payment as the pages show it.
func paymentView(p payment.Payment) operator.Payment {
	out := operator.Payment{
		ID: p.ID.String(), Address: p.Address, Label: p.Label, Whole: p.Whole, Amount: p.Amount, Fee: p.Fee, Rate: p.Rate,
		By: p.By, CreatedAt: p.CreatedAt, Height: p.Height, Bumps: p.Bumps, State: operator.PaymentLost,
	}
	switch {
	case p.State == payment.Draft:
		out.State = operator.PaymentDraft
	case p.State == payment.Chosen:
		out.State = operator.PaymentChosen
		out.Choice = operator.Speed{Rate: p.ChosenRate(), Fee: p.Fee, Amount: p.Amount}.Choice()
	case p.Waiting():
		out.State = operator.PaymentWaiting
	case p.Chain == outbox.Confirmed:
		out.State = operator.PaymentConfirmed
	}
	if p.State == payment.Sent {
		out.Txid = p.Txid.String()
	}
	return out
}

// walletSend writes a payment down, to be looked at before it is sent.
func (s *Server) walletSend(c Ctx) error {
	form := operator.SendForm{
		To: c.FormValue("to"), Amount: c.FormValue("amount"), Label: c.FormValue("label"), Whole: c.FormValue("whole") == "yes",
	}
	id, err := s.deps.Payments.Draft(c.Request().Context(), payment.Request{
		To: form.To, Amount: form.Amount, Whole: form.Whole, Label: form.Label, By: whoOperates(c).Name(),
	})
	var foreign *payment.Foreign
	switch {
	case err == nil:
		return c.Redirect(http.StatusSeeOther, "/operator/wallet/payments/"+id.String())
	case errors.As(err, &foreign):
		form.Problem = t(c, "error.payment.foreign-of", "Network", layout.NetworkName(foreign.Network))
	case ruleFor(err).status < http.StatusInternalServerError:
		form.Problem = sentence(c, err)
	default:
		return err
	}
	return s.renderWallet(c, http.StatusUnprocessableEntity, form)
}

// walletPayment shows a payment, with its fees while it is a draft.
func (s *Server) walletPayment(c Ctx) error {
	id, err := payment.ParseID(c.Param("payment"))
	if err != nil {
		return err
	}
	return s.renderPayment(c, http.StatusOK, id, "")
}

func (s *Server) renderPayment(c Ctx, status int, id payment.ID, problem string) error {
	ctx := c.Request().Context()
	p, err := s.deps.Payments.Get(ctx, id)
	if err != nil {
		return err
	}
	view := operator.PaymentView{
		Frame: s.frame(c, "operator.payment.title", "/operator/wallet"), Payment: paymentView(p), Problem: problem,
		Own: strings.TrimSpace(c.QueryParam("rate")),
	}
	view.Meta.Path = "/operator/wallet/payments/" + id.String()
	if p.State == payment.Draft {
		if err := s.speeds(c, id, &view); err != nil {
			return err
		}
	}
	if p.Waiting() {
		rate, fee, err := s.deps.Payments.BumpRate(ctx, id)
		switch {
		case err == nil:
			view.BumpRate, view.BumpFee = rate, fee
		case ruleFor(err).status >= http.StatusInternalServerError && !errors.Is(err, chain.ErrEngineDown):
			return err
		}
	}
	return render(c, status, operator.PaymentPage(view))
}

// speeds fills in the fees to choose from, or why there are none.
func (s *Server) speeds(c Ctx, id payment.ID, view *operator.PaymentView) error {
	var own chain.FeeRate
	var err error
	if view.Own != "" {
		own, err = payment.ParseRate(view.Own)
	}
	var list []payment.Speed
	if err == nil {
		list, err = s.deps.Payments.Speeds(c.Request().Context(), id, own)
	}
	if err != nil {
		if ruleFor(err).status == unknown.status {
			return err
		}
		if view.Problem == "" {
			view.Problem = sentence(c, err)
		}
	}
	for _, speed := range list {
		view.Speeds = append(view.Speeds, operator.Speed{
			Span: s.span(speed.Blocks), Rate: speed.Rate, Fee: speed.Fee, Amount: speed.Amount, Left: speed.Left,
		})
	}
	return nil
}

// span is about how long so many blocks take; 0 when it is not known.
func (s *Server) span(blocks int32) time.Duration {
	every := 10 * time.Minute
	if s.cfg.Network == chain.Devnet {
		every = s.cfg.BlockInterval
	}
	return time.Duration(blocks) * every
}

// walletConfirm sends a payment at the fee that was chosen. Sending it twice
// sends it once.
func (s *Server) walletConfirm(c Ctx) error {
	id, err := payment.ParseID(c.Param("payment"))
	if err != nil {
		return err
	}
	choice, err := readChoice(c.FormValue("choice"))
	if err != nil {
		return err
	}
	choice.By = whoOperates(c).Name()
	_, err = s.deps.Payments.Confirm(c.Request().Context(), id, choice)
	return s.toPayment(c, id, err)
}

// toPayment goes on to a payment's page, which says what was in the way.
func (s *Server) toPayment(c Ctx, id payment.ID, err error) error {
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/operator/wallet/payments/"+id.String())
	}
	if r := ruleFor(err); r.status == unknown.status || errors.Is(err, payment.ErrUnknown) {
		return err
	}
	return s.renderPayment(c, ruleFor(err).status, id, sentence(c, err))
}

// readChoice reads what operator.Speed.Choice wrote. Error: ErrForm.
func readChoice(text string) (payment.Choice, error) {
	parts := strings.Split(text, "-")
	if len(parts) != 3 {
		return payment.Choice{}, ErrForm
	}
	var n [3]int64
	for i, p := range parts {
		v, err := strconv.ParseInt(p, 10, 64)
		if err != nil || v < 0 {
			return payment.Choice{}, ErrForm
		}
		n[i] = v
	}
	return payment.Choice{Rate: chain.FeeRate(n[0]), Fee: btcutil.Amount(n[1]), Amount: btcutil.Amount(n[2])}, nil
}

// walletBump sends a payment again at the fee that was shown.
func (s *Server) walletBump(c Ctx) error {
	id, err := payment.ParseID(c.Param("payment"))
	if err != nil {
		return err
	}
	rate, err := strconv.ParseInt(c.FormValue("rate"), 10, 64)
	if err != nil || rate <= 0 {
		return payment.ErrRate
	}
	_, err = s.deps.Payments.Bump(c.Request().Context(), id, chain.FeeRate(rate), whoOperates(c).Name())
	return s.toPayment(c, id, err)
}

// walletReceive shows the addresses given out.
func (s *Server) walletReceive(c Ctx) error { return s.renderReceive(c, http.StatusOK, "") }

func (s *Server) renderReceive(c Ctx, status int, problem string) error {
	view := operator.ReceiveView{Frame: s.frame(c, "operator.receive.title", "/operator/wallet"), Problem: problem}
	list, err := s.deps.Payments.Received(c.Request().Context(), walletAddresses)
	if err != nil {
		return err
	}
	for _, a := range list {
		link, err := bip321.Link{Addresses: []string{a.Address}}.String()
		if err != nil {
			return err
		}
		view.Addresses = append(view.Addresses, operator.Address{Address: a.Address, Label: a.Label, CreatedAt: a.CreatedAt, Link: link})
	}
	return render(c, status, operator.ReceivePage(view))
}

// walletAddress gives out a new address.
func (s *Server) walletAddress(c Ctx) error {
	_, err := s.deps.Payments.Receive(c.Request().Context(), c.FormValue("label"))
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/operator/wallet/receive")
	}
	if r := ruleFor(err); r.status == unknown.status {
		return err
	}
	return s.renderReceive(c, ruleFor(err).status, sentence(c, err))
}
