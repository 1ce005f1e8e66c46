package web

import (
	"net/http"

	"cairn/templates/operator"

	"github.com/labstack/echo/v4"
)

// operatorRoutes are those of the person who runs this.
func (s *Server) operatorRoutes() {
	if s.deps.Operators == nil {
		return
	}
	setupLimit := s.limit(0.2, 10)
	s.get("setup-form", "/setup/:token", s.setupForm)
	s.post("setup", "/setup/:token", s.setup, bodyLimit(4<<10), setupLimit)
	s.get("operator-login", "/operator/login", s.operatorLogin)

	s.operatorGet("/operator", s.operator)
	s.operatorPost("/operator/leave", s.operatorLeave)
	s.walletRoutes()
	s.lightningRoutes()
	s.seedRoutes()
	s.figuresRoutes()
	s.moderationRoutes()
	s.auditRoutes()
	s.accessRoutes()
}

// operatorGet serves a page to operators and onlookers.
func (s *Server) operatorGet(path string, h echo.HandlerFunc) {
	s.get(path, path, h, s.onlyOperator)
}

// operatorPost takes a form from operators and onlookers; more tells whom it
// lets through further: s.changes for operators only, s.authorised for those
// who have just shown their passkey.
func (s *Server) operatorPost(path string, h echo.HandlerFunc, more ...echo.MiddlewareFunc) {
	s.post(path, path, h, append([]echo.MiddlewareFunc{bodyLimit(16 << 10), s.limit(1, 30), s.onlyOperator}, more...)...)
}

// frame is what all of the operator's pages have; tab is the path of one.
func (s *Server) frame(c Ctx, titleKey, tab string) operator.Frame {
	f := operator.Frame{Meta: s.privateMeta(c, titleKey), Tab: tab, Onlooker: whoOperates(c).Session == nil}
	f.Meta.Modules = []string{"js/passkey.js"}
	f.Here, f.Instead = s.passkeysHere(c)
	f.Tabs = s.tabs()
	return f
}

// tabs are the operator's pages, as far as there are any.
func (s *Server) tabs() []operator.Tab {
	tabs := []operator.Tab{{Path: "/operator", Key: "operator.tab.overview"}}
	if s.deps.Payments != nil {
		tabs = append(tabs, operator.Tab{Path: "/operator/wallet", Key: "operator.tab.wallet"})
	}
	tabs = append(tabs, s.lightningTabs()...)
	if s.deps.Figures != nil {
		tabs = append(tabs, operator.Tab{Path: "/operator/figures", Key: "operator.tab.figures"})
	}
	if s.deps.Moderation != nil {
		tabs = append(tabs, operator.Tab{Path: operatorCampaigns, Key: "operator.tab.campaigns"})
	}
	if s.deps.Seed != nil {
		tabs = append(tabs, operator.Tab{Path: "/operator/seed", Key: "operator.tab.seed"})
	}
	return append(tabs,
		operator.Tab{Path: "/operator/audit", Key: "operator.tab.audit"},
		operator.Tab{Path: "/operator/access", Key: "operator.tab.access"})
}

// operator is the status page.
func (s *Server) operator(c Ctx) error {
	ctx := c.Request().Context()
	overview, err := s.deps.Overview(ctx)
	if err != nil {
		return err
	}
	status, err := s.deps.Notary.Status(ctx)
	if err != nil {
		return err
	}
	advice, err := s.advice(c, overview)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, operator.Page(operator.View{
		Frame: s.frame(c, "operator.title", "/operator"), Advice: advice, Overview: overview, Status: status, Now: s.cfg.Now(),
	}))
}
