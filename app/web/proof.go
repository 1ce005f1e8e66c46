package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"cairn/notary"
	"cairn/templates/layout"
	"cairn/templates/proof"

	"github.com/labstack/echo/v4"
)

// proof is the page of a digest, or with ".ots" behind it the proof itself.
func (s *Server) proof(c Ctx) error {
	text, isFile := strings.CutSuffix(c.Param("digest"), ".ots")
	d, err := notary.ParseDigest(text)
	if err != nil {
		return err
	}
	if isFile {
		return s.proofFile(c, d)
	}
	view, err := s.proofView(c.Request().Context(), d)
	if err != nil {
		return err
	}
	view.Meta = s.meta(c, t(c, "proof.title", "Digest", d.String()[:8]), layout.SectionNone)
	view.Meta.Private = true
	if !view.Proof.Settled() {
		view.Meta.Live, view.Meta.Refresh = true, 10*time.Second
	}
	return render(c, http.StatusOK, proof.Page(view))
}

// proofView is what the page and its live part show, without the frame.
func (s *Server) proofView(ctx context.Context, d notary.Digest) (proof.View, error) {
	p, err := s.deps.Notary.Proof(ctx, d)
	if err != nil {
		return proof.View{}, err
	}
	view := proof.View{Proof: p, Address: s.address(d), Express: s.expressView(p), Logged: s.deps.Log != nil, Vault: s.deps.Accounts != nil, Now: s.cfg.Now()}
	if s.deps.TSA != nil {
		if view.Token, err = s.deps.TSA.Has(ctx, d); err != nil {
			return proof.View{}, err
		}
	}
	return view, nil
}

// proofFile is the detached OpenTimestamps file as it stands now.
func (s *Server) proofFile(c Ctx, d notary.Digest) error {
	file, err := s.deps.Notary.File(c.Request().Context(), d)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	// No file name here: the address ends in one, and the page's link may
	// have a better one that only the browser knows.
	h.Set(echo.HeaderContentDisposition, "attachment")
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, "application/vnd.opentimestamps.v1", file)
}
