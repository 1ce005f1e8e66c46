package web

import (
	"net/http"
	"time"

	"cairn/templates/layout"
	"cairn/templates/operator"

	"github.com/labstack/echo/v4"
)

// setupForm is what a one-time link opens. Opening it uses nothing up, so a
// program that looks at links in passing does no harm.
func (s *Server) setupForm(c Ctx) error {
	meta := s.privateMeta(c, "setup.title")
	return render(c, http.StatusOK, operator.SetupPage(operator.SetupView{Meta: meta, Action: c.Request().URL.EscapedPath()}))
}

// setup uses the link up and lets the browser in.
func (s *Server) setup(c Ctx) error {
	session, expires, err := s.deps.Operators.Claim(c.Request().Context(), c.Param("token"))
	if err != nil {
		return err
	}
	s.setCookie(c, sessionCookie, session, expires)
	return c.Redirect(http.StatusSeeOther, "/operator")
}

// onlyOperator lets through who holds a session.
func (s *Server) onlyOperator(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		ok, err := s.deps.Operators.Session(c.Request().Context(), s.cookie(c, sessionCookie))
		if err != nil {
			return err
		}
		if !ok {
			return ErrNotOperator
		}
		return next(c)
	}
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
	return render(c, http.StatusOK, operator.Page(operator.View{
		Meta: s.privateMeta(c, "operator.title"), Overview: overview, Status: status, Now: s.cfg.Now(),
	}))
}

// operatorLeave ends the session.
func (s *Server) operatorLeave(c Ctx) error {
	if err := s.deps.Operators.Leave(c.Request().Context(), s.cookie(c, sessionCookie)); err != nil {
		return err
	}
	s.setCookie(c, sessionCookie, "", time.Time{})
	return c.Redirect(http.StatusSeeOther, "/")
}

func (s *Server) privateMeta(c Ctx, titleKey string) layout.Meta {
	meta := s.meta(c, t(c, titleKey), layout.SectionNone)
	meta.Private = true
	// The address may hold a one-time link: it is told to nobody.
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return meta
}
