package web

import (
	"net/http"
	"strings"

	"cairn/notary"
	"cairn/notary/tsa"
	"cairn/templates/layout"
	"cairn/templates/timestamps"

	"github.com/labstack/echo/v4"
)

const tsaPath = "/tsa"

func (s *Server) tsaRoutes() {
	if s.deps.TSA == nil {
		return
	}
	s.get("tsa", tsaPath, s.tsaPage)
	s.get("tsa-chain", tsaPath+"/chain.pem", s.tsaChain)
	s.get("tsa-ca", tsaPath+"/ca.pem", s.tsaRoots)
	s.get("token-reply", "/proof/:digest/token.tsr", s.tokenReply)
	s.get("token", "/proof/:digest/token.tst", s.token)
}

// tsaQuery tells time-stamp queries, which programs of any origin post raw, so
// that they pass none of the pages' middleware.
func (s *Server) tsaQuery(r *http.Request) bool {
	return s.deps.TSA != nil && r.URL.Path == tsaPath && r.Method != http.MethodGet && r.Method != http.MethodHead
}

// limitQueries lets each address ask for so many tokens a second: each is
// signed and kept for ever.
func (s *Server) limitQueries(next http.Handler) http.Handler {
	table := newLimiter(5, 200)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !table.allow(s.echo.IPExtractor(r), s.cfg.Now()) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Retry-After", "5")
			http.Error(w, string(ErrTooMany), http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tsaPage says what the authority is and how to use it.
func (s *Server) tsaPage(c Ctx) error {
	return render(c, http.StatusOK, timestamps.Page(timestamps.View{
		Meta:   s.meta(c, t(c, "tsa.title"), layout.SectionNone),
		Site:   strings.TrimRight(s.cfg.PublicURL, "/"),
		Policy: s.deps.TSA.Policy(),
	}))
}

// tsaChain is the signer's chain there is now.
func (s *Server) tsaChain(c Ctx) error {
	return download(c, "application/x-pem-file", "chain.pem", s.deps.TSA.Chain())
}

// tsaRoots is what a verifier has to trust.
func (s *Server) tsaRoots(c Ctx) error {
	roots, err := s.deps.TSA.Roots(c.Request().Context())
	if err != nil {
		return err
	}
	return download(c, "application/x-pem-file", "ca.pem", roots)
}

// tokenReply is a stamped digest's token as the answer to a query.
func (s *Server) tokenReply(c Ctx) error {
	token, d, err := s.findToken(c)
	if err != nil {
		return err
	}
	return download(c, "application/timestamp-reply", d.String()+".tsr", token.Reply())
}

// token is the token alone, whose own digest is stamped as well.
func (s *Server) token(c Ctx) error {
	token, d, err := s.findToken(c)
	if err != nil {
		return err
	}
	return download(c, "application/cms", d.String()+".tst", token.DER)
}

func (s *Server) findToken(c Ctx) (tsa.Token, notary.Digest, error) {
	d, err := notary.ParseDigest(c.Param("digest"))
	if err != nil {
		return tsa.Token{}, d, err
	}
	token, err := s.deps.TSA.Token(c.Request().Context(), d)
	return token, d, err
}

// download answers with a file, to pages of any origin too.
func download(c Ctx, contentType, name string, content []byte) error {
	anyOrigin(c)
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, contentType, content)
}
