package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/lnurl"
	"cairn/templates/donate"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	// donationComment is how many characters may be written along (LUD-12).
	donationComment = 200
	// donationHolds is how long an invoice for a wallet can be paid, and
	// donationOpen how long a checkout.
	donationHolds = 10 * time.Minute
	donationOpen  = 30 * time.Minute
)

// donationRoutes are those of gifts to the operator: a page, and what wallets
// ask that were given the Lightning address.
func (s *Server) donationRoutes() {
	if s.deps.Donations == nil || s.deps.Till == nil {
		return
	}
	s.get("donate", "/donate", s.donate)
	s.post("donate-go", "/donate", s.donateGo, bodyLimit(8<<10), s.limit(0.5, 20))
	if s.offersLinks() {
		s.echo.GET("/.well-known/lnurlp/:name", s.donationOffer, s.limit(2, 60)).Name = "lnurlp"
		s.echo.GET("/lnurl/pay/:name", s.donationInvoice, s.limit(0.5, 20)).Name = "lnurl-pay"
		s.echo.GET("/lnurl/verify/:quote", s.donationVerify, s.limit(2, 60)).Name = "lnurl-verify"
	}
}

// lightningAddress is the Lightning address of the site; empty where wallets cannot find
// it: it has no port, and stands for https.
func (s *Server) lightningAddress() lnurl.Address {
	u, err := url.Parse(s.cfg.PublicURL)
	if err != nil || u.Port() != "" || u.Scheme != "https" && !strings.HasSuffix(u.Hostname(), ".onion") {
		return lnurl.Address{}
	}
	a, err := lnurl.ParseAddress(s.deps.Donations.Name + "@" + u.Hostname())
	if err != nil {
		return lnurl.Address{}
	}
	return a
}

// donationTerms are what a wallet is offered. What its invoice commits to must not change
// from one request to the next, so it is in one language.
func (s *Server) donationTerms() lnurl.PayRequest {
	d := s.deps.Donations
	p := lnurl.PayRequest{
		Callback: s.origin() + "/lnurl/pay/" + d.Name, Least: d.Least, Most: d.Most,
		Text: "A donation to the operator of " + hostOf(s.cfg.PublicURL), Comment: donationComment,
	}
	if a := s.lightningAddress(); a.Name != "" {
		p.Identifier = a.String()
	}
	return p
}

func hostOf(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// donationOffer answers a wallet that was given the address (LUD-06, LUD-16).
func (s *Server) donationOffer(c Ctx) error {
	if !strings.EqualFold(c.Param("name"), s.deps.Donations.Name) {
		return s.walletRefusal(c, ErrNotFound)
	}
	answer, err := s.donationTerms().JSON()
	if err != nil {
		return s.walletRefusal(c, err)
	}
	return walletAnswer(c, answer)
}

// donationInvoice makes the invoice a wallet asks for, and says where its owner
// finds the receipt (LUD-09) and how to see that it was paid (LUD-21).
func (s *Server) donationInvoice(c Ctx) error {
	ctx := c.Request().Context()
	if c.Param("name") != s.deps.Donations.Name {
		return s.walletRefusal(c, ErrNotFound)
	}
	offer := s.donationTerms()
	asked, err := offer.ParsePay(c.QueryParams())
	if err != nil {
		return s.walletRefusal(c, err)
	}
	q, err := s.deps.Till.Quote(ctx, fees.Request{
		What: Donation, Price: asked.Amount, Expiry: donationHolds, MemoHash: offer.MemoHash(), LightningOnly: true,
	})
	if err == nil && asked.Comment != "" {
		err = s.deps.Donations.Note(ctx, q.InvoiceHash, asked.Comment)
	}
	if err != nil {
		return s.walletRefusal(c, err)
	}
	return walletAnswer(c, lnurl.Invoice(q.Invoice, t(c, "donate.thanks"), s.origin()+payPath(q.ID), s.origin()+"/lnurl/verify/"+q.ID.String()))
}

// donationVerify says whether a donation was paid.
func (s *Server) donationVerify(c Ctx) error {
	id, err := fees.ParseID(c.Param("quote"))
	if err != nil {
		return s.walletRefusal(c, err)
	}
	q, err := s.deps.Till.Get(c.Request().Context(), id)
	if err == nil && q.What != Donation {
		err = fees.ErrUnknownQuote
	}
	if err != nil {
		return s.walletRefusal(c, err)
	}
	preimage := ""
	if q.Received >= q.Price {
		preimage = s.deps.Till.Preimage(id).Text()
	}
	return walletAnswer(c, lnurl.Verified(q.Invoice, preimage))
}

// donate is the page of donations.
func (s *Server) donate(c Ctx) error { return s.renderDonate(c, http.StatusOK, donate.Form{}) }

func (s *Server) renderDonate(c Ctx, status int, form donate.Form) error {
	d := s.deps.Donations
	view := donate.View{
		Meta: s.meta(c, t(c, "donate.title"), layout.SectionNone), Form: form,
		Least: d.Least.SatoshiCeil(), Most: d.Most.SatoshiFloor(), Address: "",
	}
	view.Meta.Path = "/donate"
	if a := s.lightningAddress(); a.Name != "" {
		view.Address = a.String()
	}
	if s.offersLinks() {
		code, err := lnurl.Encode(s.origin() + "/.well-known/lnurlp/" + d.Name)
		if err != nil {
			return err
		}
		view.Code = code
	}
	return render(c, status, donate.Page(view))
}

// donateGo makes a quote for a donation and leads to its checkout.
func (s *Server) donateGo(c Ctx) error {
	// The Enter key in a field presses the first button: what was typed counts.
	form := donate.Form{Amount: strings.TrimSpace(c.FormValue("other")), Note: strings.TrimSpace(c.FormValue("note"))}
	if form.Amount == "" {
		form.Amount = c.FormValue("amount")
	}
	price, err := amount.FromSatoshi(btcutil.Amount(whole(form.Amount)))
	d := s.deps.Donations
	switch {
	case err != nil || price < d.Least || price > d.Most:
		form.Problem = t(c, "donate.bounds")
	case len([]rune(form.Note)) > donationComment:
		form.Problem = t(c, "donate.note.long")
	}
	if form.Problem != "" {
		return s.renderDonate(c, http.StatusUnprocessableEntity, form)
	}
	client, err := s.newBuyer(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	q, err := s.deps.Till.Quote(ctx, fees.Request{
		What: Donation, Client: client, Price: price, Expiry: donationOpen, Memo: "A donation to the operator of " + hostOf(s.cfg.PublicURL),
	})
	if err == nil && form.Note != "" && q.InvoiceHash != (invoice.Hash{}) {
		err = s.deps.Donations.Note(ctx, q.InvoiceHash, form.Note)
	}
	if errors.Is(err, fees.ErrUnpayable) {
		form.Problem, _ = s.complaint(c, err)
		return s.renderDonate(c, ruleFor(err).status, form)
	}
	if err != nil {
		return err
	}
	return s.checkout(c, q)
}
