package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cairn/app/account"
	"cairn/app/audit"
	opstore "cairn/app/operator"
	"cairn/templates/layout"
	"cairn/templates/operator"

	"github.com/labstack/echo/v4"
)

// operatorKey is where a request's operator is kept.
const operatorKey = "operator"

// theOperator is who onlyOperator let through. Session is nil for somebody who
// came in by a link alone, who may look and change nothing.
type theOperator struct {
	Session *account.Session
}

// Name is what the audit log calls him.
func (o theOperator) Name() string {
	if o.Session == nil {
		return opstore.Onlooker
	}
	return opstore.Name(o.Session.Account)
}

// whoOperates is the operator that onlyOperator let through.
func whoOperates(c Ctx) theOperator { return c.Get(operatorKey).(theOperator) }

// onlyOperator lets through operators, by their account's session, and whoever
// holds a session that may look. Everybody else's page leads to the sign-in; the
// rest is refused.
func (s *Server) onlyOperator(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		c.Response().Header().Set("Cache-Control", "private, no-store")
		found, err := s.operatorOf(c)
		if errors.Is(err, ErrNotOperator) && reads(c) && !wantsJSON(c) && !s.hasAccount(c) {
			return c.Redirect(http.StatusSeeOther, "/operator/login?"+url.Values{"next": {c.Request().URL.RequestURI()}}.Encode())
		}
		if err != nil {
			return err
		}
		c.Set(operatorKey, found)
		return next(c)
	}
}

// changes lets through operators only: who came in by a link may look. It comes
// after onlyOperator.
func (s *Server) changes(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		if whoOperates(c).Session == nil {
			return ErrOnlooker
		}
		return next(c)
	}
}

// freshPasskey is for what moves money, or could: it demands that this session
// has shown a passkey that made sure of its owner, at most two minutes ago.
// Errors: ErrOnlooker, ErrPasskeyStale. Forms for it have data-authorise, and
// js/passkey.js asks before it sends them.
func (s *Server) freshPasskey(c Ctx) error {
	session := whoOperates(c).Session
	if session == nil {
		return ErrOnlooker
	}
	if !session.Verified(s.cfg.Now()) {
		return ErrPasskeyStale
	}
	return nil
}

// authorised is freshPasskey as middleware, after onlyOperator.
func (s *Server) authorised(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		if err := s.freshPasskey(c); err != nil {
			return err
		}
		return next(c)
	}
}

// operatorOf finds who asks. Error: ErrNotOperator.
func (s *Server) operatorOf(c Ctx) (theOperator, error) {
	ctx := c.Request().Context()
	if s.deps.Accounts != nil {
		session, err := s.visitor(c)
		if err != nil {
			return theOperator{}, err
		}
		if session != nil {
			is, err := s.deps.Operators.Is(ctx, session.Account)
			if err != nil {
				return theOperator{}, err
			}
			if is {
				return theOperator{Session: session}, nil
			}
		}
	}
	looks, err := s.deps.Operators.Session(ctx, s.cookie(c, sessionCookie))
	if err == nil && !looks {
		err = ErrNotOperator
	}
	return theOperator{}, err
}

// hasAccount reports whether somebody is signed in, with whatever account.
func (s *Server) hasAccount(c Ctx) bool {
	if s.deps.Accounts == nil {
		return false
	}
	session, err := s.visitor(c)
	return err == nil && session != nil
}

// operatorPath reports whether a path is one of the operator's pages.
func operatorPath(path string) bool {
	return ownPath(path) && (path == "/operator" || strings.HasPrefix(path, "/operator/"))
}

// operatorLogin asks for an operator's passkey.
func (s *Server) operatorLogin(c Ctx) error {
	if s.deps.Accounts == nil {
		return ErrNotOperator
	}
	next := c.QueryParam("next")
	if !operatorPath(next) {
		next = "/operator"
	}
	if _, err := s.operatorOf(c); err == nil {
		return c.Redirect(http.StatusSeeOther, next)
	}
	view := operator.LoginView{Meta: s.privateMeta(c, "operator.login.title"), Next: next}
	view.Meta.Modules = []string{"js/passkey.js"}
	view.Here, view.Instead = s.passkeysHere(c)
	return render(c, http.StatusOK, operator.LoginPage(view))
}

// passkeysHere reports whether passkeys work at the address the page was opened
// at, and if not, its address where they do, or nothing.
func (s *Server) passkeysHere(c Ctx) (here bool, instead string) {
	if s.deps.Accounts == nil {
		return false, ""
	}
	here, instead = s.deps.Accounts.Site().Here(c.Request().Host)
	if instead != "" {
		instead += c.Request().URL.RequestURI()
	}
	return here, instead
}

// setupForm is what a one-time link opens. Opening it uses nothing up, so a
// program that looks at links in passing does no harm.
func (s *Server) setupForm(c Ctx) error {
	link := c.Param("token")
	good, err := s.deps.Operators.Good(c.Request().Context(), link)
	if err != nil {
		return err
	}
	if !good {
		return opstore.ErrLink
	}
	view := operator.SetupView{
		Meta: s.privateMeta(c, "setup.title"), Action: c.Request().URL.EscapedPath(), Link: link, SignedIn: s.hasAccount(c),
	}
	view.Meta.Modules = []string{"js/passkey.js"}
	view.Here, view.Instead = s.passkeysHere(c)
	return render(c, http.StatusOK, operator.SetupPage(view))
}

// setup uses the link up: for the account that is signed in, or to look.
func (s *Server) setup(c Ctx) error {
	ctx, link := c.Request().Context(), c.Param("token")
	if c.FormValue("as") == "look" {
		session, expires, err := s.deps.Operators.Look(ctx, link)
		if err != nil {
			return err
		}
		s.setCookie(c, sessionCookie, session, expires)
		return c.Redirect(http.StatusSeeOther, "/operator")
	}
	if err := s.setupGood(c, link); err != nil {
		return err
	}
	if s.deps.Accounts == nil {
		return ErrForm
	}
	session, err := s.visitor(c)
	if err != nil {
		return err
	}
	if session == nil {
		return account.ErrSignedOut
	}
	if err := s.deps.Operators.Claim(ctx, link, session.Account); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/operator/access")
}

// setupGood refuses a link that does not work before a passkey is made for it.
func (s *Server) setupGood(c Ctx, link string) error {
	if link == "" {
		return nil
	}
	if s.deps.Operators == nil {
		return ErrForm
	}
	good, err := s.deps.Operators.Good(c.Request().Context(), link)
	if err == nil && !good {
		err = opstore.ErrLink
	}
	return err
}

// operatorLeave ends the sessions of this browser, both kinds.
func (s *Server) operatorLeave(c Ctx) error {
	ctx := c.Request().Context()
	if whoOperates(c).Session != nil {
		if err := s.deps.Accounts.Leave(ctx, s.cookie(c, accountCookie)); err != nil {
			return err
		}
		s.letOut(c)
		if err := s.record(c, "operator.signed-out", nil); err != nil {
			return err
		}
	}
	if err := s.deps.Operators.Leave(ctx, s.cookie(c, sessionCookie)); err != nil {
		return err
	}
	s.setCookie(c, sessionCookie, "", time.Time{})
	return c.Redirect(http.StatusSeeOther, "/")
}

// record writes what the operator did into the audit log, in a transaction of
// its own: for what is done outside the database. What changes the database
// records within its own transaction.
func (s *Server) record(c Ctx, what string, detail map[string]string) error {
	return s.deps.Audit.Record(c.Request().Context(), audit.Event{Who: whoOperates(c).Name(), What: what, Detail: detail})
}

func (s *Server) privateMeta(c Ctx, titleKey string) layout.Meta {
	meta := s.meta(c, t(c, titleKey), layout.SectionNone)
	meta.Private = true
	// The address may hold a one-time link: it is told to nobody else. (With
	// "no-referrer", forms would be sent without an origin, and refused.)
	c.Response().Header().Set("Referrer-Policy", "same-origin")
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return meta
}
