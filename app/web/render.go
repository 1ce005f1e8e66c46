package web

import (
	"net/http"
	"strings"

	"cairn/chain"
	"cairn/templates/five"
	"cairn/templates/i18n"
	"cairn/templates/layout"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// render writes a page whole or not at all: a template that fails half way
// becomes an error page.
func render(c Ctx, status int, page templ.Component) error {
	b := takeBuffer()
	defer giveBuffer(b)
	if err := page.Render(c.Request().Context(), b); err != nil {
		return err
	}
	c.Response().Header().Add(echo.HeaderVary, "Accept-Language, Cookie")
	return pack(c, status, echo.MIMETextHTMLCharsetUTF8, b.Bytes())
}

// meta is what the frame of every page needs; title is the page's own.
func (s *Server) meta(c Ctx, title string, section layout.Section) layout.Meta {
	m := layout.Meta{
		Title:   title,
		Section: section,
		Path:    c.Request().URL.Path,
		Theme:   layout.ParseTheme(s.cookie(c, themeCookie)),
		Network: s.cfg.Network,
	}
	// A node that is still starting is not news; one that fell is.
	if e := s.deps.Engine.Status(); e.Phase == chain.EngineDown || e.Phase == chain.EngineRefused {
		m.EngineDown, m.EngineReason = true, e.Reason
	}
	m.Vault, m.Campaigns = s.deps.Accounts != nil, s.deps.Campaigns != nil
	m.Assets, m.Shops = s.deps.Explorer != nil, s.deps.Vouchers != nil
	if s.deps.Demo != nil {
		m.Sandbox = &layout.Sandbox{BlockInterval: s.cfg.BlockInterval}
	}
	m.Rooms = s.rooms(c)
	return m
}

// rooms are the pages in the footer, as far as there are any.
func (s *Server) rooms(c Ctx) []layout.Room {
	var rooms []layout.Room
	if s.deps.Log != nil {
		rooms = append(rooms, layout.Room{Path: "/log", Name: t(c, "room.log")})
	}
	if s.deps.TSA != nil {
		rooms = append(rooms, layout.Room{Path: "/tsa", Name: t(c, "room.tsa")})
	}
	if s.deps.Explorer != nil {
		rooms = append(rooms, layout.Room{Path: "/assets", Name: t(c, "room.assets")})
	}
	if s.deps.Guard != nil {
		rooms = append(rooms, layout.Room{Path: "/assets/guard", Name: t(c, "guard.room")})
	}
	if s.deps.Till != nil {
		rooms = append(rooms, layout.Room{Path: "/purchases", Name: t(c, "room.purchases")})
	}
	if s.deps.Donations != nil && s.deps.Till != nil {
		rooms = append(rooms, layout.Room{Path: "/donate", Name: t(c, "room.donate")})
	}
	if s.deps.Pledges != nil {
		rooms = append(rooms, layout.Room{Path: "/pledges", Name: t(c, "pledge.desk")})
	}
	if s.deps.Wallets != nil {
		rooms = append(rooms, layout.Room{Path: "/wallet", Name: t(c, "wallets.title")})
	}
	if s.deps.Vouchers != nil {
		rooms = append(rooms, layout.Room{Path: "/shop", Name: t(c, "voucher.room")})
	}
	if s.deps.Five != nil {
		rooms = append(rooms, layout.Room{Path: five.Path, Name: t(c, "five.link")})
	}
	if s.deps.Tickets != nil && s.deps.Till != nil {
		rooms = append(rooms, layout.Room{Path: "/tickets", Name: t(c, "room.tickets")})
	}
	return append(rooms,
		layout.Room{Path: "/api", Name: t(c, "room.api")},
		layout.Room{Path: "/verify.html", Name: t(c, "room.offline")})
}

// t is the text under key in the visitor's language.
func t(c Ctx, key string, args ...any) string {
	return i18n.T(c.Request().Context(), key, args...)
}

// wantsJSON tells a program from a browser.
func wantsJSON(c Ctx) bool {
	accept := c.Request().Header.Get(echo.HeaderAccept)
	return strings.Contains(accept, echo.MIMEApplicationJSON) && !strings.Contains(accept, echo.MIMETextHTML)
}

// back redirects to the path a form says it came from, if that is a path of
// ours, else to the first page.
func back(c Ctx) error {
	path := c.FormValue("back")
	if !ownPath(path) {
		path = "/"
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// ownPath reports whether a path cannot lead to another site: "//host" and
// "/\host" do in browsers.
func ownPath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.ContainsAny(path, "\\\r\n\t")
}
