package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"cairn/channels/fees"
	"cairn/templates/checkout"
	"cairn/templates/layout"
)

// maxPurchases is how many purchases of each buyer the list shows.
const maxPurchases = 100

// purchases lists what the visitor bought, the newest first.
func (s *Server) purchases(c Ctx) error {
	ctx := c.Request().Context()
	buyers, err := s.buyers(c)
	if err != nil {
		return err
	}
	view := checkout.Purchases{Payout: s.payout, Accounts: s.deps.Accounts != nil, Now: s.cfg.Now()}
	for _, buyer := range buyers {
		list, err := s.deps.Till.List(ctx, buyer, maxPurchases)
		if err != nil {
			return err
		}
		for _, q := range list {
			view.List = append(view.List, checkout.Purchase{Quote: q, Ware: s.wareView(c, q)})
		}
		credit, err := s.deps.Till.Credit(ctx, fees.Quote{Client: buyer}.CreditOwner())
		if err != nil {
			return err
		}
		view.Credit += credit
		view.Account = view.Account || strings.HasPrefix(buyer, accountBuyer)
		view.Browser = view.Browser || strings.HasPrefix(buyer, browserBuyer)
	}
	slices.SortStableFunc(view.List, func(a, b checkout.Purchase) int { return b.Quote.CreatedAt.Compare(a.Quote.CreatedAt) })
	view.Meta = s.meta(c, t(c, "purchases.title"), layout.SectionNone)
	view.Meta.Private = true
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return render(c, http.StatusOK, checkout.PurchasesPage(view))
}

// forgetPurchases lets go of the number under which this browser buys. The
// quotes stay, for whoever has kept their addresses.
func (s *Server) forgetPurchases(c Ctx) error {
	s.setCookie(c, buyerCookie, "", time.Time{})
	return c.Redirect(http.StatusSeeOther, "/purchases")
}
