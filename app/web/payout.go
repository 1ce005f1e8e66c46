package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"cairn/channels/fees"
	"cairn/channels/lnurl"
	"cairn/channels/payout"
	"cairn/templates/layout"
	payoutpage "cairn/templates/payout"
)

// creditPath is where credit is paid out.
const creditPath = "/credit"

// payoutRoutes are those of having credit paid out.
func (s *Server) payoutRoutes() {
	if s.deps.Payouts == nil {
		return
	}
	s.payout = creditPath
	small := bodyLimit(16 << 10)
	s.get("credit", creditPath, s.credit)
	s.post("credit-payout", creditPath, s.creditPayout, small, s.limit(0.2, 10))
	if s.offersLinks() {
		s.post("credit-offer", creditPath+"/offer", s.creditOffer, small, s.limit(0.2, 10))
		s.echo.GET("/lnurl/withdraw", s.withdraw, s.limit(1, 20)).Name = "lnurl-withdraw"
		s.echo.GET("/lnurl/withdraw/take", s.withdrawTake, s.limit(1, 20)).Name = "lnurl-withdraw-take"
	}
}

// offersLinks reports whether wallets can be led here: they follow secure
// addresses alone (LUD-01).
func (s *Server) offersLinks() bool {
	_, err := lnurl.Encode(s.origin() + "/lnurl/withdraw")
	return err == nil
}

// purse is a credit the visitor may use.
type purse struct{ name, owner string }

// purses are the visitor's: his account's, his browser's, and that of a payment
// whose number he knows, if nobody else's name is on it.
func (s *Server) purses(c Ctx) ([]purse, error) {
	buyers, err := s.buyers(c)
	if err != nil {
		return nil, err
	}
	var list []purse
	for _, buyer := range buyers {
		name, _, _ := strings.Cut(buyer, "/")
		list = append(list, purse{name, fees.Quote{Client: buyer}.CreditOwner()})
	}
	number := c.FormValue("quote")
	if number == "" || s.deps.Till == nil {
		return list, nil
	}
	id, err := fees.ParseID(number)
	if err != nil {
		return nil, err
	}
	q, err := s.deps.Till.Get(c.Request().Context(), id)
	if err != nil {
		return nil, err
	}
	if q.Client == "" {
		list = append(list, purse{"payment", q.CreditOwner()})
	}
	return list, nil
}

// pursed is the purse that a form names. Errors: payout.ErrNothing.
func (s *Server) pursed(c Ctx) (purse, error) {
	list, err := s.purses(c)
	if err != nil {
		return purse{}, err
	}
	i := slices.IndexFunc(list, func(p purse) bool { return p.name == c.FormValue("from") })
	if i < 0 {
		return purse{}, payout.ErrNothing
	}
	return list[i], nil
}

const (
	maxPayouts = 50
	// payoutPatience is how long a visitor without scripts waits for the outcome
	// before he is shown that it is under way.
	payoutPatience = 8 * time.Second
)

// credit is the page.
func (s *Server) credit(c Ctx) error { return s.creditPage(c, nil) }

func (s *Server) creditPage(c Ctx, offer *payoutpage.Offer) error {
	ctx := c.Request().Context()
	list, err := s.purses(c)
	if err != nil {
		return err
	}
	view := payoutpage.View{Quote: c.FormValue("quote"), Offer: offer, Offers: s.offersLinks(), Now: s.cfg.Now()}
	view.Latest, _ = payout.ParseID(c.QueryParam("payout")) // what is none is not shown
	for _, p := range list {
		credit, err := s.deps.Payouts.Credit(ctx, p.owner)
		if err != nil {
			return err
		}
		view.Purses = append(view.Purses, payoutpage.Purse{Name: p.name, Credit: credit, Most: payout.Most(credit)})
		made, err := s.deps.Payouts.List(ctx, p.owner, maxPayouts)
		if err != nil {
			return err
		}
		view.Payouts = append(view.Payouts, made...)
	}
	slices.SortStableFunc(view.Payouts, func(a, b payout.Payout) int { return b.CreatedAt.Compare(a.CreatedAt) })
	view.Meta = s.meta(c, t(c, "payout.title"), layout.SectionNone)
	view.Meta.Private = true
	if slices.ContainsFunc(view.Payouts, func(p payout.Payout) bool { return p.State == payout.Paying }) {
		view.Meta.Refresh = 5 * time.Second
		c.Response().Header().Set("Refresh", "5")
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return render(c, http.StatusOK, payoutpage.Page(view))
}

// creditPayout pays an invoice that the visitor has pasted.
func (s *Server) creditPayout(c Ctx) error {
	from, err := s.pursed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.deps.Payouts.Begin(ctx, payout.Request{Owner: from.owner, Invoice: strings.TrimSpace(c.FormValue("invoice"))})
	if err != nil {
		return err
	}
	if _, err := s.deps.Payouts.Wait(ctx, p.ID, payoutPatience); err != nil {
		return err
	}
	to := url.Values{"payout": {p.ID.String()}}
	if number := c.FormValue("quote"); number != "" {
		to.Set("quote", number)
	}
	return c.Redirect(http.StatusSeeOther, creditPath+"?"+to.Encode())
}

// creditOffer shows a code by which a wallet takes a credit, once.
func (s *Server) creditOffer(c Ctx) error {
	from, err := s.pursed(c)
	if err != nil {
		return err
	}
	word, offer, err := s.deps.Payouts.Offer(c.Request().Context(), from.owner)
	if err != nil {
		return err
	}
	text, err := lnurl.Encode(s.origin() + "/lnurl/withdraw?k1=" + lnurl.K1(word).String())
	if err != nil {
		return err
	}
	return s.creditPage(c, &payoutpage.Offer{Text: text, Most: offer.Most, Until: offer.ExpiresAt})
}

// withdraw tells a wallet what it may take (LUD-03).
func (s *Server) withdraw(c Ctx) error {
	k1, err := lnurl.ParseK1(c.QueryParam("k1"))
	if err != nil {
		return s.walletRefusal(c, err)
	}
	offer, err := s.deps.Payouts.Offered(c.Request().Context(), payout.Word(k1))
	if err != nil {
		return s.walletRefusal(c, err)
	}
	answer, err := lnurl.WithdrawRequest{
		Callback: s.origin() + "/lnurl/withdraw/take", K1: k1, Least: payout.Least, Most: offer.Most, Text: t(c, "payout.offer.memo"),
	}.JSON()
	if err != nil {
		return s.walletRefusal(c, err)
	}
	return walletAnswer(c, answer)
}

// withdrawTake has a wallet's invoice paid. It is a GET by the specification;
// its word is good for one.
func (s *Server) withdrawTake(c Ctx) error {
	asked, err := lnurl.ParseWithdraw(c.QueryParams())
	if err != nil {
		return s.walletRefusal(c, err)
	}
	if _, err := s.deps.Payouts.Take(c.Request().Context(), payout.Word(asked.K1), asked.Invoice); err != nil {
		return s.walletRefusal(c, err)
	}
	return walletAnswer(c, lnurl.OK())
}

// walletAnswer answers a wallet, which may be a page of another site.
func walletAnswer(c Ctx, answer []byte) error {
	h := c.Response().Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "application/json", answer)
}

// walletRefusal says why not, in the way and with the status wallets expect.
func (s *Server) walletRefusal(c Ctx, err error) error {
	sentence := "error.payout.request"
	var malformed lnurl.ErrorKind
	if !errors.As(err, &malformed) {
		r := ruleFor(err)
		sentence = r.sentence
		if r.status >= http.StatusInternalServerError {
			s.cfg.Log.Error("a wallet was refused", "request", requestID(c), "error", err)
		}
	}
	return walletAnswer(c, lnurl.Refusal(t(c, sentence)))
}
