package web

import (
	"net/http"
	"time"
)

// Names of cookies; over https they get the prefix that ties them to this
// host.
const (
	langCookie    = "cairn-lang"
	themeCookie   = "cairn-theme"
	sessionCookie = "cairn-operator"
)

func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func (s *Server) cookie(c Ctx, name string) string {
	cookie, err := c.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// remember keeps a choice for a year.
func (s *Server) remember(c Ctx, name, value string) {
	s.setCookie(c, name, value, s.cfg.Now().Add(365*24*time.Hour))
}

// setCookie sets a cookie; an empty value removes it.
func (s *Server) setCookie(c Ctx, name, value string, expires time.Time) {
	cookie := &http.Cookie{
		Name:     s.cookieName(name),
		Value:    value,
		Path:     "/",
		Expires:  expires,
		Secure:   s.secure,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
}
