// Package client speaks to servers on behalf of a proof: to OpenTimestamps
// calendars, which stamp digests and complete proofs, and to Esplora servers,
// which know block headers.
//
// Whatever a server says is checked, bounded, and never followed elsewhere:
// redirects are errors. The package keeps no state and imports no database.
package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrorKind names what went wrong with a server; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrURL: an address that cannot be a calendar's or a server's.
	ErrURL = ErrorKind("this is not the address of a server")
	// ErrUnreachable: no answer (name, connection, time).
	ErrUnreachable = ErrorKind("the server does not answer")
	// ErrPending: the calendar has no block for the commitment yet, or does
	// not know it; what it says stands in Error.Text.
	ErrPending = ErrorKind("the calendar has no block for it yet")
	// ErrRefused: an answer that says no.
	ErrRefused = ErrorKind("the server refuses")
	// ErrAnswer: an answer that is malformed, too long, or not what was asked
	// for.
	ErrAnswer = ErrorKind("the server's answer cannot be used")
	// ErrNotAllowed: a proof names a calendar that is not on the list.
	ErrNotAllowed = ErrorKind("the calendar is not on the list of those that may be asked")
	// ErrTooFew: fewer calendars answered than were asked for.
	ErrTooFew = ErrorKind("too few calendars answered")
)

// Error is a kind with the server it is about.
type Error struct {
	Kind   ErrorKind
	Server string
	// Status is the HTTP status; 0 without an answer.
	Status int
	// Text is what the server said, as plain text, or another detail; it may
	// be empty.
	Text string
	// Cause is what lies below; it may be nil.
	Cause error
}

// Error renders "server: kind: details".
func (e *Error) Error() string {
	s := e.Server + ": " + string(e.Kind)
	if e.Status != 0 && e.Kind != ErrPending {
		s += fmt.Sprintf(" (status %d)", e.Status)
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives errors.Is the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// HTTP returns an http.Client as this package wants it: it follows no
// redirects, keeps no cookies, and gives up after timeout, from the connection
// to the last byte.
func HTTP(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Timeout is how long the reference client waits for a calendar.
// Source: opentimestamps-client, --timeout.
const Timeout = 5 * time.Second

// userAgent is how we present ourselves; servers sometimes refuse Go's own.
const userAgent = "cairn"

// serverURL checks an address and takes a slash at its end away, since a
// pending attestation names a calendar without. Errors: ErrURL.
func serverURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", &Error{Kind: ErrURL, Server: fmt.Sprintf("%q", text), Text: "http://host or https://host expected"}
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", &Error{Kind: ErrURL, Server: u.Redacted(), Text: "no password, query or fragment allowed"}
	}
	return strings.TrimRight(text, "/"), nil
}

// fetch sends a request and reads an answer of at most limit bytes.
// Errors: ErrUnreachable, ErrAnswer.
func fetch(h *http.Client, server string, req *http.Request, limit int64) (status int, body []byte, err error) {
	req.Header.Set("User-Agent", userAgent)
	resp, err := h.Do(req)
	if err != nil {
		return 0, nil, unreachable(server, err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return 0, nil, unreachable(server, err)
	}
	if int64(len(body)) > limit {
		return 0, nil, &Error{Kind: ErrAnswer, Server: server, Status: resp.StatusCode, Text: fmt.Sprintf("more than %d bytes", limit)}
	}
	return resp.StatusCode, body, nil
}

// unreachable drops the address from net/http's error: it is said already.
func unreachable(server string, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: ErrUnreachable, Server: server, Text: "it took too long", Cause: err}
	}
	return &Error{Kind: ErrUnreachable, Server: server, Cause: err}
}

// plain makes a server's words safe to show on one line: at most 160
// characters, and _ for all but a few. Source: python-opentimestamps
// calendar.py, get_sanitised_resp_msg.
func plain(body []byte) string {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#-.,; "
	text := strings.TrimSpace(string(body[:min(len(body), 160)]))
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(allowed, r) {
			return r
		}
		return '_'
	}, text)
}
