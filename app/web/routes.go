package web

import (
	"net/http"

	"cairn/chain"

	"github.com/labstack/echo/v4"
)

// routes names every page. What is not listed here does not exist; the tests
// crawl this table.
func (s *Server) routes() {
	s.notaryRoutes()
	s.apiRoutes()
	s.proofsRoutes()
	s.expressRoutes()
	s.bulkRoutes()
	s.logRoutes()
	s.findRoutes()
	s.tsaRoutes()
	s.evidenceRoutes()
	s.accountRoutes()
	s.payoutRoutes()
	s.ticketsRoutes()
	s.donationRoutes()
	s.walletLoginRoutes()
	s.checkoutRoutes()
	s.operatorRoutes()
	s.sandboxRoutes()
	s.fiveRoutes()
	s.campaignRoutes()
	s.creatorRoutes()
	s.walletsRoutes()
	s.assetRoutes()
	s.assetDeskRoutes()
	s.shopRoutes()
	s.guardRoutes()
	s.receiptRoutes()
	s.pledgeRoutes()
	s.siteRoutes()
}

func (s *Server) notaryRoutes() {
	stampLimit := s.limit(2, 100)
	verifyLimit := s.limit(1, 30)

	s.get("home", "/", s.home)
	s.post("stamp", "/stamp", s.stamp, bodyLimit(maxStampBody), stampLimit)
	s.get("proof", "/proof/:digest", s.proof)
	s.echo.GET("/proof/:digest/events", s.proofEvents).Name = "proof-events"
	s.get("verify-form", "/verify", s.verifyForm)
	s.post("verify", "/verify", s.verify, bodyLimit(maxVerifyBody), verifyLimit)

	s.get("esplora-height", "/esplora/block-height/:height", s.esploraHeight)
	s.get("esplora-block", "/esplora/block/:hash", s.esploraBlock)
	s.get("esplora-header", "/esplora/block/:hash/header", s.esploraHeader)
}

func (s *Server) sandboxRoutes() {
	if s.deps.Demo != nil {
		s.post("demo-mine", "/demo/mine", s.mine, bodyLimit(4<<10), s.limit(2, 20))
	}
	if s.cfg.Gallery || s.cfg.Network == chain.Devnet {
		s.get("gallery", "/gallery", s.gallery)
		s.get("gallery-checkout", "/gallery/checkout", s.galleryCheckout)
		s.get("gallery-pledge", "/gallery/pledge", s.galleryPledge)
		s.get("gallery-campaign", "/gallery/campaign", s.galleryCampaign)
		s.get("gallery-desk", "/gallery/desk", s.galleryDesk)
		s.get("gallery-campaigns", "/gallery/campaigns", s.galleryCampaigns)
		s.get("gallery-guard", "/gallery/guard", s.galleryGuard)
		s.get("gallery-asset", "/gallery/asset", s.galleryAsset)
		s.get("gallery-assetdesk", "/gallery/assetdesk", s.galleryAssetDesk)
		s.get("gallery-receipt", "/gallery/receipt", s.galleryReceipt)
		s.get("gallery-voucher", "/gallery/voucher", s.galleryVoucher)
	}
}

func (s *Server) siteRoutes() {
	s.post("theme", "/theme", s.theme, bodyLimit(4<<10))
	s.get("livez", "/livez", s.livez)
	s.get("readyz", "/readyz", s.readyz)
	s.get("robots", "/robots.txt", s.robots)
}

// get serves a page to GET and to HEAD.
func (s *Server) get(name, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
	s.echo.GET(path, h, m...).Name = name
	s.echo.HEAD(path, h, m...).Name = name + "-head"
}

func (s *Server) post(name, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
	s.echo.POST(path, h, m...).Name = name
}

// bodyLimit refuses bodies of more than n bytes, also when their length was
// not announced.
func bodyLimit(n int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c Ctx) error {
			c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, n)
			return next(c)
		}
	}
}
