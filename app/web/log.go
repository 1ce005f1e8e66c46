package web

import (
	"errors"
	"net/http"
	"strings"

	"cairn/notary"
	"cairn/notary/tlog"
	"cairn/templates/layout"
	"cairn/templates/publiclog"

	"github.com/labstack/echo/v4"
)

func (s *Server) logRoutes() {
	if s.deps.Log == nil {
		return
	}
	s.get("log", "/log", s.log)
	s.get("receipt", "/proof/:digest/receipt", s.receipt, s.limit(20, 200))
}

// logPath tells the files of the public log, which pass none of the pages'
// middleware: programs of any origin read them by the thousand.
func (s *Server) logPath(path string) bool { return s.deps.Log != nil && tlog.Handles(path) }

// log explains the public log to people.
func (s *Server) log(c Ctx) error {
	view := publiclog.View{
		Meta:   s.meta(c, t(c, "log.title"), layout.SectionNone),
		Origin: s.deps.Log.Origin(), Key: s.deps.Log.Key(), Site: strings.TrimRight(s.cfg.PublicURL, "/"),
	}
	head, err := s.deps.Log.Head(c.Request().Context())
	switch {
	case err == nil:
		view.Signed, view.Size, view.Root, view.SignedAt = true, head.Size, head.Root.String(), head.SignedAt
	case !errors.Is(err, tlog.ErrNoCheckpoint):
		return err
	}
	return render(c, http.StatusOK, publiclog.Page(view))
}

// receipt is the signed receipt of a stamped digest, with the proof that it is
// in the log from the next checkpoint on.
func (s *Server) receipt(c Ctx) error {
	anyOrigin(c)
	d, err := notary.ParseDigest(c.Param("digest"))
	if err != nil {
		return err
	}
	text, err := s.deps.Log.Receipt(c.Request().Context(), d)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+d.String()+`.receipt.txt"`)
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", text)
}
