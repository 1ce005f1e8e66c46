// Package web is Cairn's face to browsers: routes, middleware, the error
// table, and one short handler per action. It parses, calls one method of a
// service, and renders a page or redirects; it keeps no state but sessions'
// cookies and counters.
//
// It knows services by the small interfaces in deps.go and imports no store.
// Echo's types stay in package app and below.
package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"cairn/app/web/api"
	"cairn/chain"
	"cairn/public"

	"github.com/labstack/echo/v4"
)

// Ctx is echo's request context.
type Ctx = echo.Context

// Config is what the web server needs to know.
type Config struct {
	// PublicURL is how the world reaches the site, such as
	// "https://cairn.example". With https, cookies are Secure and browsers
	// are told to stay with it.
	PublicURL string
	Network   chain.Network
	// TrustedProxies are the networks of reverse proxies whose
	// X-Forwarded-For is believed; empty believes nobody.
	TrustedProxies []netip.Prefix
	// BlockInterval is how often the sandbox chain mines by itself when
	// something waits; 0 for never. Only with Deps.Demo.
	BlockInterval time.Duration
	// Gallery serves /gallery: every component in every state.
	Gallery bool
	// APIRate is how many digests one address may have stamped through the API
	// per second, ten times as many at once; 0 for no limit.
	APIRate int
	// Version is the program's, shown in the calendar's status.
	Version string
	// Now and Rand are the clock and the source of request ids and nonces;
	// Rand must be cryptographic and safe for concurrent use.
	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// Server answers everything that arrives at the site's address.
type Server struct {
	cfg    Config
	deps   Deps
	secure bool
	echo   *echo.Echo
	static http.Handler
	// tsaQueries is nil without a time-stamp authority.
	tsaQueries http.Handler
	// logFiles is nil without a log.
	logFiles http.Handler
	api      http.Handler // nil without one
	streams  *streams
	// wares are what is sold, by the name of a quote's What.
	wares map[string]ware
	// payout is the page that pays credit out; empty for none.
	payout string
	// walletLogin says that wallets are let in.
	walletLogin bool
	// secret is drawn when it is first asked for, and ends with this process.
	secret func() ([]byte, error)
	// stencils are pages that are the same for many.
	stencils *stencils
	pictures pictures
	closing  chan struct{}
	close    sync.Once
}

// New makes a server; nothing listens before its Handler is served.
func New(cfg Config, deps Deps) *Server {
	s := &Server{
		cfg:     cfg,
		deps:    deps,
		secure:  strings.HasPrefix(cfg.PublicURL, "https://"),
		echo:    echo.New(),
		static:  public.Handler(),
		streams: newStreams(),
		wares:   make(map[string]ware),
		closing: make(chan struct{}),
	}
	if deps.TSA != nil {
		s.tsaQueries = s.limitQueries(deps.TSA)
	}
	if deps.Log != nil {
		s.logFiles = deps.Log.Files()
	}
	s.secret = sync.OnceValues(func() ([]byte, error) { return s.random(32) })
	s.stencils = newStencils(s.secret)
	s.echo.HideBanner = true
	s.echo.IPExtractor = ipExtractor(cfg.TrustedProxies)
	s.echo.HTTPErrorHandler = s.handleError
	s.use()
	s.routes()
	s.openAPI()
	return s
}

// HTTP is a server with limits on slow and large requests, ready to serve a
// listener. Its Shutdown ends the streams of open pages first.
func (s *Server) HTTP() *http.Server {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(s.Close)
	return server
}

// Close ends the streams of open pages; browsers come back by themselves.
func (s *Server) Close() { s.close.Do(func() { close(s.closing) }) }

// ServeHTTP implements http.Handler. The calendar's own routes take raw
// bodies from programs of any origin at tens of thousands a second, so they
// pass none of the pages' middleware.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.secure {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	switch path := r.URL.Path; {
	case calendarPath(path):
		s.deps.Calendar.ServeHTTP(w, r)
	case s.tsaQuery(r):
		s.tsaQueries.ServeHTTP(w, r)
	case s.logPath(path):
		s.logFiles.ServeHTTP(w, r)
	case strings.HasPrefix(path, public.Prefix):
		s.static.ServeHTTP(w, r)
	case s.api != nil && api.Handles(path):
		s.api.ServeHTTP(w, r)
	default:
		s.echo.ServeHTTP(w, r)
	}
}

// calendarPath tells the routes of the OpenTimestamps calendar protocol.
func calendarPath(path string) bool {
	return path == "/digest" || path == "/tip" || strings.HasPrefix(path, "/timestamp/")
}

// origin is the scheme and host of PublicURL, or empty.
func (s *Server) origin() string {
	u, err := url.Parse(s.cfg.PublicURL)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
