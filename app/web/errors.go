package web

import (
	"context"
	"errors"
	"net/http"

	"cairn/templates/layout"
	"cairn/templates/problem"

	"github.com/labstack/echo/v4"
)

// ErrorKind names what a visitor did that the web tier itself refuses; match
// it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrCrossSite: an unsafe request that another site sent.
	ErrCrossSite = ErrorKind("the request comes from another site")
	// ErrTooMany: one address asks too often.
	ErrTooMany = ErrorKind("too many requests from one address")
	// ErrTooManyStreams: too many pages are open and followed live.
	ErrTooManyStreams = ErrorKind("too many live pages are open")
	// ErrFileCount: proofs asked for without a digest, or with too many.
	ErrFileCount = ErrorKind("between 1 and 500 proofs are given at a time")
	// ErrForm: a form that cannot be read.
	ErrForm = ErrorKind("the form cannot be read")
	// ErrTooLarge: a body larger than its route takes.
	ErrTooLarge = ErrorKind("the request is too large")
	// ErrNotOperator: a page for the operator, asked by somebody else.
	ErrNotOperator = ErrorKind("this page is for the operator")
	// ErrOnlooker: who came in by a link alone may look and change nothing.
	ErrOnlooker = ErrorKind("without a passkey, this can be looked at only")
	// ErrPasskeyStale: what was asked for needs a passkey shown just now that
	// made sure of its owner.
	ErrPasskeyStale = ErrorKind("this needs your passkey, shown just now")
	// ErrHeight: not a block height.
	ErrHeight = ErrorKind("a block height is a whole number")
	// ErrBlockHash: not a block hash.
	ErrBlockHash = ErrorKind("a block hash has 64 hexadecimal digits")
	// ErrTxid: not a transaction's number.
	ErrTxid = ErrorKind("a transaction id has 64 hexadecimal digits")
	// ErrNotFound: no such page.
	ErrNotFound = ErrorKind("no such page")
	// ErrMethod: the page exists, the method does not.
	ErrMethod = ErrorKind("this cannot be done with that address")
)

// rule is what a kind of error looks like from outside: a status, a sentence
// and, where there is something to do, advice; both are keys of texts.
type rule struct {
	kind     error
	status   int
	sentence string
	advice   string
}

// unknown is everything that no rule names: our fault, told with the request's
// id and nothing else.
var unknown = rule{nil, http.StatusInternalServerError, "error.unknown", "problem.try-again"}

// ruleFor finds the rule of an error.
func ruleFor(err error) rule {
	err = plain(err)
	for _, r := range rules {
		if errors.Is(err, r.kind) {
			return r
		}
	}
	return unknown
}

// plain turns the router's and net/http's own errors into kinds of ours.
func plain(err error) error {
	if tooLarge(err) {
		return ErrTooLarge
	}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		switch h.Code {
		case http.StatusNotFound:
			return ErrNotFound
		case http.StatusMethodNotAllowed:
			return ErrMethod
		}
	}
	return err
}

func tooLarge(err error) bool {
	var large *http.MaxBytesError
	return errors.As(err, &large)
}

// badForm is the error of a form that could not be read.
func badForm(err error) error {
	if tooLarge(err) {
		return ErrTooLarge
	}
	return ErrForm
}

// sentence is an error in the visitor's language.
func sentence(c Ctx, err error) string { return t(c, ruleFor(err).sentence) }

// handleError answers with an error's page, or JSON for programs, or plain
// text for clients of the block questions. Errors that are ours are logged
// once, here.
func (s *Server) handleError(err error, c Ctx) {
	if c.Response().Committed {
		return
	}
	r := ruleFor(err)
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		// The visitor left; nobody reads this.
		c.Response().Status = http.StatusServiceUnavailable
		return
	}
	if r.status >= http.StatusInternalServerError {
		s.cfg.Log.Error("request failed", "route", c.Path(), "request", requestID(c), "error", err)
	}
	if answerErr := s.answerError(c, r); answerErr != nil {
		s.cfg.Log.Error("the error page could not be sent", "request", requestID(c), "error", answerErr)
	}
}

func (s *Server) answerError(c Ctx, r rule) error {
	h := c.Response().Header()
	if r.status != http.StatusMethodNotAllowed {
		h.Del(echo.HeaderAllow)
	}
	switch {
	case wantsJSON(c):
		return c.JSON(r.status, map[string]string{"error": t(c, r.sentence), "request": requestID(c)})
	case h.Get("Access-Control-Allow-Origin") != "":
		return c.String(r.status, t(c, r.sentence)+"\n")
	}
	view := problem.View{Meta: s.meta(c, t(c, "problem.title"), layout.SectionNone), Sentence: t(c, r.sentence)}
	view.Meta.Private = true
	if r.advice != "" {
		view.Advice = t(c, r.advice)
	}
	if r.status >= http.StatusInternalServerError {
		view.RequestID = requestID(c)
	}
	return render(c, r.status, problem.Page(view))
}
