package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"cairn/app/account"
	"cairn/templates/layout"

	"github.com/labstack/echo/v4"
)

const accountCookie = "cairn-account"

// whoKey is where a request's session is kept.
const whoKey = "account"

// signedIn lets through who holds a session. A page leads to where one signs
// in, and back afterwards; anything else is refused.
func (s *Server) signedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		session, err := s.deps.Accounts.Session(c.Request().Context(), s.cookie(c, accountCookie))
		c.Response().Header().Set("Cache-Control", "private, no-store")
		if errors.Is(err, account.ErrSignedOut) && reads(c) && !wantsJSON(c) {
			return c.Redirect(http.StatusSeeOther, "/account?"+url.Values{"next": {c.Request().URL.RequestURI()}}.Encode())
		}
		if err != nil {
			return err
		}
		c.Set(whoKey, session)
		return next(c)
	}
}

func reads(c Ctx) bool {
	return c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead
}

// who is the session that signedIn let through.
func who(c Ctx) account.Session { return c.Get(whoKey).(account.Session) }

// visitor is the session of whoever asks, nil when nobody is signed in.
func (s *Server) visitor(c Ctx) (*account.Session, error) {
	session, err := s.deps.Accounts.Session(c.Request().Context(), s.cookie(c, accountCookie))
	if errors.Is(err, account.ErrSignedOut) {
		return nil, nil
	}
	return &session, err
}

// letIn gives the browser its session.
func (s *Server) letIn(c Ctx, o account.Opened) {
	s.setCookie(c, accountCookie, o.Token, o.Expires)
}

func (s *Server) letOut(c Ctx) { s.setCookie(c, accountCookie, "", time.Time{}) }

// ownMeta is the frame of a page that only its owner sees.
func (s *Server) ownMeta(c Ctx, title string) layout.Meta {
	meta := s.meta(c, title, layout.SectionVault)
	meta.Private = true
	c.Response().Header().Set("Referrer-Policy", "same-origin")
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return meta
}

// nextPage is where a form or address wants to go on, if that is ours.
func nextPage(next, otherwise string) string {
	if ownPath(next) {
		return next
	}
	return otherwise
}
