package web

import "cairn/templates/layout"

// theme remembers the visitor's colors and goes back to where he was.
func (s *Server) theme(c Ctx) error {
	s.remember(c, themeCookie, string(layout.ParseTheme(c.FormValue("theme"))))
	return back(c)
}
