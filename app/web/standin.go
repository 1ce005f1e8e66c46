package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"

	"cairn/public"
	"cairn/templates/voucher"

	"github.com/a-h/templ"
)

// standIn is a folder whose pages open without a network too: a service worker
// keeps a frame for them, which is empty and the same for everybody.
type standIn struct {
	folder, pages, frame string
	files                []string
	page                 func(c Ctx) templ.Component
}

// tillStandIn is the counter's. The frame has no key: its script reads that from
// the address.
func (s *Server) tillStandIn() standIn {
	return standIn{
		folder: voucher.TillFolder, pages: "^/till/[0-9a-f]{32}$", frame: voucher.TillFolder + "frame",
		files: []string{"css/cairn.css", "img/icon.svg", "js/cairn.js", "js/till.js", "js/bearer.js", "js/qrread.js"},
		page:  s.tillFrame,
	}
}

// bearerStandIn is that of whoever holds a voucher; its page is a frame anyway.
func (s *Server) bearerStandIn() standIn {
	return standIn{
		folder: voucher.BearerFolder, pages: "^/v/$", frame: voucher.BearerFolder,
		files: []string{"css/cairn.css", "img/icon.svg", "js/cairn.js", "js/voucher.js", "js/bearer.js", "js/qr.js"},
		page:  s.bearerFrame,
	}
}

// worker serves the service worker. It is other bytes whenever the frame or a file
// of it is, in this visitor's language and colours: browsers that look for a new one
// then find it.
func (s *Server) worker(of standIn) func(Ctx) error {
	return func(c Ctx) error {
		plan := public.StandInPlan{Folder: of.folder, Pages: of.pages, Frame: of.frame}
		for _, name := range of.files {
			plan.Files = append(plan.Files, public.URL(name))
		}
		var page bytes.Buffer
		if err := of.page(c).Render(withoutNonce(c.Request().Context()), &page); err != nil {
			return err
		}
		sum := sha256.Sum256(fmt.Appendf(page.Bytes(), "%q", plan.Files))
		plan.Version = hex.EncodeToString(sum[:8])
		script, err := public.StandIn(plan)
		if err != nil {
			return err
		}
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; frame-ancestors 'none'")
		h.Set("Vary", "Accept-Language, Cookie")
		return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", script)
	}
}

// withoutNonce is for pages that are compared, as each answer has a nonce of its own.
func withoutNonce(ctx context.Context) context.Context { return templ.WithNonce(ctx, "") }
