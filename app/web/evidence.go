package web

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"cairn/chain"
	"cairn/notary"
	"cairn/notary/bundle"
	"cairn/notary/certificate"
	"cairn/notary/tsa"
	"cairn/public"
	"cairn/templates/i18n"
	"cairn/templates/proof"

	"github.com/btcsuite/btcd/wire"
	"github.com/labstack/echo/v4"
)

const (
	// leastHeaders is how many block headers a bundle holds at least, if the
	// chain has them: the block's own and those upon it.
	leastHeaders = 6
	// maxPrinting is how many certificates are made at once: each takes some
	// tens of milliseconds of processor and some megabytes.
	maxPrinting = 2
	// printingPatience is how long a visitor waits for his turn.
	printingPatience = 5 * time.Second
)

func (s *Server) evidenceRoutes() {
	limit, turn := s.limit(0.5, 20), takeTurns(maxPrinting, printingPatience)
	for _, page := range []struct {
		name, path string
		handler    echo.HandlerFunc
	}{
		{"certificate", "/proof/:digest/certificate.pdf", s.certificate},
		{"bundle", "/proof/:digest/bundle.zip", s.bundle},
	} {
		s.get(page.name, page.path, page.handler, limit, turn)
		s.post(page.name+"-named", page.path, page.handler, bodyLimit(4<<10), limit, turn)
	}
	s.get("offline-page", "/verify.html", s.offlinePage)
}

// takeTurns lets so many requests do something dear at once; others wait.
func takeTurns(n int, patience time.Duration) echo.MiddlewareFunc {
	turns := make(chan struct{}, n)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c Ctx) error {
			wait := time.NewTimer(patience)
			defer wait.Stop()
			select {
			case turns <- struct{}{}:
			case <-wait.C:
				c.Response().Header().Set("Retry-After", "5")
				return ErrTooMany
			case <-c.Request().Context().Done():
				return c.Request().Context().Err()
			}
			defer func() { <-turns }()
			return next(c)
		}
	}
}

// evidence is what speaks for a digest whose proof is complete.
type evidence struct {
	digest  notary.Digest
	name    string // of the file, if the visitor gave it; not kept
	proof   []byte
	height  int32
	headers []wire.BlockHeader // the block's own first
}

// certificate is the PDF of a complete proof. The file's name is known to the
// browser alone: a form may send it.
func (s *Server) certificate(c Ctx) error {
	e, err := s.evidenceFor(c)
	if err != nil {
		return err
	}
	language := certificate.Language(i18n.Lang(c.Request().Context()))
	if tag, ok := i18n.Find(c.FormValue("language")); ok {
		language = certificate.Language(tag.String())
	}
	pdf, err := s.print(e, language)
	if err != nil {
		return err
	}
	attach(c, e, ".certificate.pdf")
	return c.Blob(http.StatusOK, "application/pdf", pdf)
}

// bundle is the archive of all that speaks for a file.
func (s *Server) bundle(c Ctx) error {
	e, err := s.evidenceFor(c)
	if err != nil {
		return err
	}
	contents, err := s.contents(c.Request().Context(), e)
	if err != nil {
		return err
	}
	attach(c, e, ".bundle.zip")
	c.Response().Header().Set(echo.HeaderContentType, "application/zip")
	c.Response().WriteHeader(http.StatusOK)
	return bundle.Write(c.Response(), contents)
}

// offlinePage is the page that checks proofs without a network, to be saved.
func (s *Server) offlinePage(c Ctx) error {
	page, err := public.OfflinePage(public.Evidence{Network: string(s.cfg.Network)})
	if err != nil {
		return err
	}
	h := c.Response().Header()
	// It is to be kept, not visited: it has a policy of its own, which a page
	// of ours would not be given.
	h.Set(echo.HeaderContentDisposition, `attachment; filename="verify.html"`)
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return pack(c, http.StatusOK, echo.MIMEOctetStream, page)
}

// evidenceFor gathers what the certificate and the bundle are made of. Errors:
// certificate.ErrIncomplete before the proof is complete, certificate.ErrName.
func (s *Server) evidenceFor(c Ctx) (evidence, error) {
	d, err := notary.ParseDigest(c.Param("digest"))
	if err != nil {
		return evidence{}, err
	}
	if err := c.Request().ParseForm(); err != nil {
		return evidence{}, badForm(err)
	}
	// Of the body only: what stands in an address is written down by many.
	e := evidence{digest: d, name: baseName(c.Request().PostForm.Get("name"))}
	ctx := c.Request().Context()
	p, err := s.deps.Notary.Proof(ctx, d)
	if err != nil {
		return evidence{}, err
	}
	if p.Stage < notary.StageComplete {
		return evidence{}, certificate.ErrIncomplete
	}
	if e.proof, err = s.deps.Notary.File(ctx, d); err != nil {
		return evidence{}, err
	}
	e.height = p.Anchor.Block.Height
	e.headers, err = s.headersFrom(ctx, e.height, max(leastHeaders, p.Anchor.Needed))
	return e, err
}

// baseName is a name without the folders before it.
func baseName(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return ""
	}
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}

// headersFrom are the headers of a block and of those upon it, as far as there
// are any.
func (s *Server) headersFrom(ctx context.Context, height, count int32) ([]wire.BlockHeader, error) {
	var headers []wire.BlockHeader
	for h := height; h < height+count; h++ {
		header, err := s.deps.Headers.HeaderAt(ctx, h)
		if errors.Is(err, chain.ErrNoBlock) && len(headers) > 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		headers = append(headers, *header)
	}
	return headers, nil
}

func (s *Server) print(e evidence, language certificate.Language) ([]byte, error) {
	return certificate.Make(certificate.Facts{
		Language: language, Proof: e.proof, Name: e.name, Height: e.height, Header: e.headers[0],
		Network: s.cfg.Network, Page: s.address(e.digest), Made: s.cfg.Now(),
	})
}

// address is how the world reaches a proof's page.
func (s *Server) address(d notary.Digest) string {
	return strings.TrimRight(s.cfg.PublicURL, "/") + proof.Path(d)
}

// contents are the parts of a bundle; the log and the authority may have
// nothing to add.
func (s *Server) contents(ctx context.Context, e evidence) (bundle.Contents, error) {
	c := bundle.Contents{
		ProofName: certificate.FileName(e.name), Digest: e.digest.String(), Hash: "SHA-256", Proof: e.proof,
		Address: s.address(e.digest), Made: s.cfg.Now(),
	}
	if !s.cfg.Network.Real() {
		c.TestNetwork = string(s.cfg.Network)
	}
	for _, l := range []struct {
		language certificate.Language
		short    string
	}{{certificate.English, "en"}, {certificate.Chinese, "zh"}} {
		pdf, err := s.print(e, l.language)
		if err != nil {
			return c, err
		}
		c.Certificates = append(c.Certificates, bundle.Certificate{Language: l.short, PDF: pdf})
	}
	var err error
	texts := headerTexts(e.headers)
	for i, text := range texts {
		c.Headers = fmt.Appendf(c.Headers, "%d %s\n", int(e.height)+i, text)
	}
	if c.Page, err = public.OfflinePage(public.Evidence{
		Name: e.name, Network: string(s.cfg.Network), Proof: e.proof, Height: e.height, Headers: texts,
	}); err != nil {
		return c, err
	}
	if s.deps.Log != nil {
		if c.Receipt, err = s.deps.Log.Receipt(ctx, e.digest); err != nil && !errors.Is(err, notary.ErrUnknownDigest) {
			return c, err
		}
	}
	c.Token, err = s.tokenParts(ctx, e.digest)
	return c, err
}

func headerTexts(headers []wire.BlockHeader) []string {
	texts := make([]string, len(headers))
	for i := range headers {
		var raw strings.Builder
		// Writing to memory does not fail.
		_ = headers[i].Serialize(hex.NewEncoder(&raw))
		texts[i] = raw.String()
	}
	return texts
}

// tokenParts are a time-stamp and what belongs to it; empty when there is none.
func (s *Server) tokenParts(ctx context.Context, d notary.Digest) (bundle.Token, error) {
	if s.deps.TSA == nil {
		return bundle.Token{}, nil
	}
	token, err := s.deps.TSA.Token(ctx, d)
	if errors.Is(err, tsa.ErrNoToken) {
		return bundle.Token{}, nil
	}
	if err != nil {
		return bundle.Token{}, err
	}
	roots, err := s.deps.TSA.Roots(ctx)
	if err != nil {
		return bundle.Token{}, err
	}
	own, err := s.deps.Notary.File(ctx, token.Digest)
	if err != nil && !errors.Is(err, notary.ErrUnknownDigest) {
		return bundle.Token{}, err
	}
	return bundle.Token{Reply: token.Reply(), DER: token.DER, Proof: own, Chain: token.Chain, Roots: roots}, nil
}

// attach makes the answer a download. It names the download only where a form
// asked for it: a link may have a better name, which only the browser knows.
func attach(c Ctx, e evidence, end string) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	h.Set(echo.HeaderContentDisposition, "attachment")
	if c.Request().Method != http.MethodPost {
		return
	}
	file := e.digest.String() + end
	if e.name != "" {
		file = strings.TrimSuffix(certificate.FileName(e.name), ".ots") + end
	}
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": file}))
}
