package web

import (
	"net/http"

	"cairn/notary"
	"cairn/templates/home"
	"cairn/templates/layout"

	"github.com/labstack/echo/v4"
)

// home is the first page, or the calendar's status for programs.
func (s *Server) home(c Ctx) error {
	c.Response().Header().Set(echo.HeaderVary, "Accept")
	if wantsJSON(c) {
		return s.status(c)
	}
	return s.renderHome(c, http.StatusOK, home.View{})
}

// renderHome is the home page, with what became of pasted digests. A notary
// that cannot be asked leaves its line out; the page still stands.
func (s *Server) renderHome(c Ctx, status int, view home.View) error {
	st, err := s.deps.Notary.Status(c.Request().Context())
	if err != nil {
		s.cfg.Log.Warn("home page without the calendar's status", "error", err, "request", requestID(c))
		st = notary.Status{}
	}
	meta := s.meta(c, t(c, "home.title"), layout.SectionStamp)
	meta.Path = "/"
	meta.Modules = []string{"js/stamp.js"}
	view.Meta, view.Status, view.Known, view.Hurry = meta, st, err == nil, s.hurry()
	return render(c, status, home.Page(view))
}
