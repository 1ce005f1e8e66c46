package web

import (
	"context"
	"math"
	"net/http"

	"cairn/app/web/api"
	"cairn/templates/i18n"

	"golang.org/x/time/rate"
)

// APIDeps is what the JSON API needs beside what the pages have.
type APIDeps struct {
	Notary api.Notary
	Keys   api.Keys
	// Wall asks to be paid for what is not free; nil where nothing costs.
	Wall api.Wall
	// Sponsor pays the network fee of visitors' transactions; nil for nobody's.
	Sponsor api.Sponsor
	// Crowdfunding is nil where there are no campaigns.
	Crowdfunding *api.Crowdfunding
	// Compose builds transactions of assets; nil for none.
	Compose api.Compose
	// Receipts prove what coins hold; nil for none.
	Receipts api.Receipts
	// Ledger is compared with others; nil for none.
	Ledger api.AssetLedger
	// Shops keeps the books of shops; nil for none.
	Shops api.Shops
}

// openAPI mounts the JSON API, which shares the error table, the languages and
// the limits on streams with the pages, and none of their middleware: it reads
// no cookie and answers programs of any origin.
func (s *Server) openAPI() {
	if s.deps.API == nil {
		return
	}
	s.api = api.New(api.Config{
		Notary:  s.deps.API.Notary,
		Keys:    s.deps.API.Keys,
		Sponsor: s.deps.API.Sponsor,
		Wall:    s.deps.API.Wall,
		Express: s.apiExpress(),

		Crowdfunding: s.deps.API.Crowdfunding,
		Guard:        s.apiGuard(),
		Compose:      s.deps.API.Compose,
		Receipts:     s.deps.API.Receipts,
		Ledger:       s.deps.API.Ledger,
		Explorer:     s.apiExplorer(),
		Shops:        s.deps.API.Shops,

		Tip:     s.deps.Headers.Tip,
		Network: s.cfg.Network,
		Version: s.cfg.Version,
		Rule: func(ctx context.Context, err error) (int, string) {
			r := ruleFor(err)
			return r.status, i18n.T(ctx, r.sentence)
		},
		Speak: func(r *http.Request) context.Context {
			return i18n.With(r.Context(), i18n.Match(r.Header.Get("Accept-Language")))
		},
		Address:    s.echo.IPExtractor,
		Client:     func(r *http.Request) string { return clientOf(s.echo.IPExtractor(r)) },
		AllowOffer: s.offerLimit(),
		Allow:      s.digestLimit(s.cfg.APIRate),
		AllowRead:  s.digestLimit(s.cfg.APIRate),
		Enter:      s.streams.enter,
		Closing:    s.closing,
		Now:        s.cfg.Now,
		Rand:       s.cfg.Rand,
		Log:        s.cfg.Log,
	})
}

// clientOf is who shares what is free with an address.
func clientOf(address string) string { return neighbourhood(address).String() }

// offerLimit lets each address be told so many prices: each costs the node an
// invoice.
func (s *Server) offerLimit() func(address string) bool {
	table := newLimiter(1, 30)
	return func(address string) bool { return table.allow(address, s.cfg.Now()) }
}

// digestLimit lets each address have so many digests a second, and ten times
// as many at once.
func (s *Server) digestLimit(perSecond int) func(address string, digests int) bool {
	if perSecond <= 0 || perSecond > math.MaxInt32/10 {
		return func(string, int) bool { return true }
	}
	table := newLimiter(rate.Limit(perSecond), 10*perSecond)
	return func(address string, digests int) bool { return table.allowN(address, s.cfg.Now(), digests) }
}

// apiExplorer is what the API tells of assets; nil for nothing.
func (s *Server) apiExplorer() *api.Explorer {
	if s.deps.Explorer == nil {
		return nil
	}
	return &api.Explorer{Ledger: s.deps.Explorer.Ledger, Definitions: s.deps.Explorer.Definitions, Address: s.scriptText}
}
