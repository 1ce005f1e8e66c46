package client

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// Whitelist is the calendars that a proof may send us to. Scheme and path must
// be equal; * in the host stands for any characters.
// Source: python-opentimestamps calendar.py, UrlWhitelist.
type Whitelist []string

// PublicCalendars are the calendars that the reference client trusts to be
// calendars. Source: python-opentimestamps calendar.py,
// DEFAULT_CALENDAR_WHITELIST.
var PublicCalendars = Whitelist{
	"https://*.calendar.opentimestamps.org",
	"https://*.calendar.eternitywall.com",
	"https://*.calendar.catallaxy.com",
}

// With adds patterns: an address, or a host alone, which stands for both http
// and https. A slash at the end is dropped. The list itself is not changed.
// Errors: ErrURL.
func (w Whitelist) With(patterns ...string) (Whitelist, error) {
	more := slices.Clone(w)
	for _, p := range patterns {
		candidates := []string{p}
		if !strings.Contains(p, "://") {
			candidates = []string{"http://" + p, "https://" + p}
		}
		for _, c := range candidates {
			u, err := serverURL(c)
			if err != nil {
				return nil, err
			}
			parsed, err := url.Parse(u)
			if err != nil {
				return nil, &Error{Kind: ErrURL, Server: u, Cause: err}
			}
			if _, err := path.Match(parsed.Host, ""); err != nil {
				return nil, &Error{Kind: ErrURL, Server: u, Cause: err}
			}
			more = append(more, u)
		}
	}
	return more, nil
}

// Allows reports whether an address is on the list.
func (w Whitelist) Allows(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return slices.ContainsFunc(w, func(pattern string) bool {
		p, err := url.Parse(pattern)
		if err != nil || u.Scheme != p.Scheme || u.Path != p.Path {
			return false
		}
		matches, err := path.Match(p.Host, u.Host)
		return err == nil && matches
	})
}
