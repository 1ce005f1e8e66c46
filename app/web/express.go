package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"cairn/channels/fees"
	"cairn/notary"
	"cairn/notary/express"
	view "cairn/templates/express"
	"cairn/templates/i18n"
	"cairn/templates/proof"

	"github.com/btcsuite/btcd/btcutil"
)

// expressWhat is the name of a transaction of its own among what is sold; a
// quote's subject is the digest, a space, and the form.
const expressWhat = "express-anchor"

func (s *Server) expressRoutes() {
	if s.deps.Express == nil {
		return
	}
	s.post("express", "/proof/:digest/express", s.buyExpress, bodyLimit(4<<10), s.limit(0.5, 20))
	w := stock[expressWhat]
	w.again = s.expressAgain
	s.offer(expressWhat, w)
}

// buyExpress makes a quote for a transaction of its own and leads to where it
// is paid. One that has it already is led to the proof.
func (s *Server) buyExpress(c Ctx) error {
	d, err := notary.ParseDigest(c.Param("digest"))
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	form, err := notary.ParseForm(c.Request().PostForm.Get("form"))
	if err != nil {
		return err
	}
	// Only of what was stamped here: the page it leads back to must exist.
	if _, err := s.deps.Notary.Proof(c.Request().Context(), d); err != nil {
		return err
	}
	client, err := s.newBuyer(c)
	if err != nil {
		return err
	}
	q, err := s.sellExpress(c.Request().Context(), d, form, client)
	if (errors.Is(err, express.ErrOrdered) || errors.Is(err, express.ErrComplete)) && !wantsJSON(c) {
		return c.Redirect(http.StatusSeeOther, proof.Path(d))
	}
	if err != nil {
		return err
	}
	return s.checkout(c, q)
}

func (s *Server) sellExpress(ctx context.Context, d notary.Digest, form notary.Form, client string) (fees.Quote, error) {
	return s.deps.Express.Sell(ctx, ExpressSale{
		Digest: d, Form: form, Client: client, Memo: i18n.T(ctx, "express.memo", "Digest", d.String()[:8]),
	})
}

// expressAgain makes a new quote for what an old one was for.
func (s *Server) expressAgain(ctx context.Context, subject, client string) (fees.Quote, error) {
	digits, name, _ := strings.Cut(subject, " ")
	d, err := notary.ParseDigest(digits)
	if err != nil {
		return fees.Quote{}, err
	}
	form, err := notary.ParseForm(name)
	if err != nil {
		return fees.Quote{}, err
	}
	return s.sellExpress(ctx, d, form, client)
}

// expressView is what a proof's page says of transactions of its own.
func (s *Server) expressView(p notary.Proof) view.View {
	v := view.View{Action: proof.Path(p.Digest) + "/express", Stage: p.Stage, Own: p.Own}
	if p.Anchor != nil {
		v.Main = p.Anchor.Form
	}
	v.Offer = s.expressOffer()
	return v
}

// expressOffer is what they cost now; nil when none can be sold.
func (s *Server) expressOffer() *view.Offer {
	if s.deps.Express == nil {
		return nil
	}
	plain, err := s.deps.Express.Price(notary.FormPlain)
	if err != nil {
		return nil
	}
	docproof, err := s.deps.Express.Price(notary.FormDocproof)
	if err != nil {
		return nil
	}
	return &view.Offer{
		Plain: plain.Price.SatoshiCeil(), Docproof: docproof.Price.SatoshiCeil(), Within: plain.Within, Sandbox: s.deps.SandboxPayer != nil,
	}
}

// hurry is what the plain form costs now; 0 when none can be sold.
func (s *Server) hurry() btcutil.Amount {
	if offer := s.expressOffer(); offer != nil {
		return offer.Plain
	}
	return 0
}
