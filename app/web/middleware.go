package web

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"cairn/templates/i18n"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// use lays what every page passes, outermost first.
func (s *Server) use() {
	s.echo.Pre(s.identify)
	s.echo.Use(
		s.logged,
		middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: s.logPanic}),
		s.secured,
		s.spoken,
		s.sameOrigin(),
	)
}

// identify gives the request an id of our own making, for the log and for
// error pages; what a visitor claims is not believed.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		raw, err := s.random(9)
		if err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderXRequestID, hex.EncodeToString(raw))
		return next(c)
	}
}

func (s *Server) random(n int) ([]byte, error) {
	raw := make([]byte, n)
	_, err := io.ReadFull(s.cfg.Rand, raw)
	return raw, err
}

func requestID(c Ctx) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// logged writes one line per request: the route, never the path or the query,
// which may hold a one-time link.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		start := s.cfg.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		level := slog.LevelInfo
		if quiet[c.Path()] {
			level = slog.LevelDebug
		}
		s.cfg.Log.LogAttrs(c.Request().Context(), level, "request",
			slog.String("method", c.Request().Method),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.Int64("bytes", c.Response().Size),
			slog.Duration("took", s.cfg.Now().Sub(start)),
			slog.String("request", requestID(c)))
		return nil
	}
}

// quiet are routes that machines ask every few seconds.
var quiet = map[string]bool{"/livez": true, "/readyz": true}

func (s *Server) logPanic(c Ctx, err error, stack []byte) error {
	s.cfg.Log.Error("a handler panicked", "route", c.Path(), "request", requestID(c), "error", err, "stack", string(stack))
	return err
}

// secured sets the headers that confine a page. The nonce is new for each
// answer; pages put it on their scripts and on htmx's elements.
func (s *Server) secured(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		raw, err := s.random(16)
		if err != nil {
			return err
		}
		nonce := base64.RawStdEncoding.EncodeToString(raw)
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy(nonce))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cache-Control", "private, no-cache")
		c.SetRequest(c.Request().WithContext(templ.WithNonce(c.Request().Context(), nonce)))
		return next(c)
	}
}

// policy is the content security policy of pages: scripts by nonce only, no
// inline styles, nothing from elsewhere, and no text becomes markup or script
// outside of two named Trusted Types policies: htmx's, which accepts elements
// that carry the nonce, and Cairn's, which names the hashing worker.
func policy(nonce string) string {
	return "default-src 'none'; " +
		"script-src 'nonce-" + nonce + "' 'strict-dynamic'; " +
		"style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
		"worker-src 'self'; manifest-src 'self'; form-action 'self'; " +
		"base-uri 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'; trusted-types htmx cairn"
}

// spoken chooses the language: ?lang=, which is remembered, then the cookie,
// then what the browser asks for.
func (s *Server) spoken(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) error {
		asked := c.QueryParam("lang")
		tag := i18n.Match(asked, s.cookie(c, langCookie), c.Request().Header.Get("Accept-Language"))
		if wanted, ok := i18n.Find(asked); ok {
			s.remember(c, langCookie, wanted.String())
		}
		c.SetRequest(c.Request().WithContext(i18n.With(c.Request().Context(), tag)))
		return next(c)
	}
}

// sameOrigin refuses unsafe requests that a browser says come from another
// site (Sec-Fetch-Site, else Origin against Host). Programs send neither and
// hold no cookies to abuse.
func (s *Server) sameOrigin() echo.MiddlewareFunc {
	protection := http.NewCrossOriginProtection()
	if origin := s.origin(); origin != "" {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			s.cfg.Log.Warn("the public URL is no origin", "error", err)
		}
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c Ctx) error {
			if err := protection.Check(c.Request()); err != nil {
				return ErrCrossSite
			}
			return next(c)
		}
	}
}

// ipExtractor reads the visitor's address: the connection's own, or, behind
// proxies that are trusted by name, what the last of them says.
func ipExtractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		_, network, err := net.ParseCIDR(p.Masked().String())
		if err == nil {
			options = append(options, echo.TrustIPRange(network))
		}
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// camera lets a page use the camera, which no other page may.
func camera(c Ctx) {
	h := c.Response().Header()
	h.Set("Permissions-Policy", strings.Replace(h.Get("Permissions-Policy"), "camera=()", "camera=(self)", 1))
}
