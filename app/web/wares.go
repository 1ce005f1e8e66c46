package web

import (
	"context"
	"strings"

	"cairn/channels/fees"
	"cairn/lighthouse"
	"cairn/notary"
	"cairn/templates/campaign"
	"cairn/templates/checkout"
	"cairn/templates/creator"
)

// ware is something that is sold, as its checkout and its receipt speak of it.
// A part that sells says so with offer, in its …Routes function.
type ware struct {
	// name is the key of the text that says what it is.
	name string
	// shop is the page it is bought on.
	shop string
	// thing is the page of what was bought, by a quote's subject; nil or an
	// empty path for none. open is the key of the words that lead there.
	thing func(subject string) (path string)
	open  string
	// about is what of a subject a receipt shows; nil for nothing.
	about func(subject string) string
	// again asks for the same at today's price, for a client (Server.newBuyer);
	// nil sends the visitor to the shop.
	again func(ctx context.Context, subject, client string) (fees.Quote, error)
}

// stock are the wares that are known before anybody offers them.
var stock = map[string]ware{
	"express-anchor": {name: "ware.express", shop: "/", thing: proofOf, open: "ware.express.open", about: digestOf},
	"stamps":         {name: "ware.stamps", shop: "/", thing: at("/"), open: "ware.stamps.open"},
	"tickets":        {name: "ware.tickets", shop: "/tickets", thing: at("/tickets"), open: "ware.tickets.open"},
	"donation":       {name: "ware.donation", shop: "/donate"},
	"sponsor":        {name: "ware.sponsor", shop: "/api"},
	"claim-bump":     {name: "ware.claim-bump", shop: creator.ListPath, thing: campaignOf, open: "ware.claim-bump.open"},
	"api":            {name: "ware.api", shop: "/api", thing: at("/api"), open: "ware.api.open"},
}

// otherWare is what is no longer sold, or not by a page.
var otherWare = ware{name: "ware.other", shop: "/"}

// offer puts something on sale, under the name of a quote's What.
func (s *Server) offer(what string, w ware) { s.wares[what] = w }

// wareOf is what a quote is for.
func (s *Server) wareOf(q fees.Quote) ware {
	if w, ok := s.wares[q.What]; ok {
		return w
	}
	if w, ok := stock[q.What]; ok {
		return w
	}
	return otherWare
}

// wareView is what a quote is for, in the visitor's language.
func (s *Server) wareView(c Ctx, q fees.Quote) checkout.Ware {
	w := s.wareOf(q)
	view := checkout.Ware{Name: t(c, w.name), Back: w.shop}
	if w.thing != nil {
		view.Thing = w.thing(q.Subject)
	}
	if draft := s.draftPaid(c, q); draft != "" {
		view.Name, view.Thing = t(c, "ware.assets"), draft
		w.open = "ware.assets.open"
	}
	if desk := s.deskPaid(c, q); desk != "" {
		view.Name, view.Thing = t(c, "ware.vouchers"), desk
		w.open = "ware.vouchers.open"
	}
	if view.Thing != "" {
		view.Open, view.Back = t(c, w.open), view.Thing
	}
	if w.about != nil {
		view.About = w.about(q.Subject)
	}
	return view
}

// campaignOf is the page of the campaign that a subject begins with: the desk's
// address is nobody's to keep in a purchase.
func campaignOf(subject string) string {
	name, _, _ := strings.Cut(subject, " ")
	id, err := lighthouse.ParseID(name)
	if err != nil {
		return ""
	}
	return campaign.Path(id)
}

func at(path string) func(string) string { return func(string) string { return path } }

// proofOf is the page of the digest that a subject begins with.
func proofOf(subject string) string {
	if digest := digestOf(subject); digest != "" {
		return "/proof/" + digest
	}
	return ""
}

// digestOf is the digest that a subject begins with; empty for none.
func digestOf(subject string) string {
	digits, _, _ := strings.Cut(subject, " ")
	d, err := notary.ParseDigest(digits)
	if err != nil {
		return ""
	}
	return d.String()
}
