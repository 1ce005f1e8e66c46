// Package outbound asks servers that strangers name. A visitor's address must
// not make Cairn knock at doors inside its own network (server-side request
// forgery, OWASP ASVS 5.0 1.3.6), so:
//
//   - addresses are https on port 443, without credentials;
//   - the IP address is checked at the moment of the connection, after names
//     were resolved, so that a name cannot change its mind in between;
//   - redirects are not followed, proxies of the environment are not used,
//     cookies are not kept, and answers are bounded in time and size.
//
// It is a leaf that imports nothing of ours.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrorKind names why an address is not asked; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrURL: not an https address that can be asked.
	ErrURL = ErrorKind("not an https address")
	// ErrPort: another port than https's own.
	ErrPort = ErrorKind("only port 443 is asked")
	// ErrPrivate: the address is, or leads to, a private network.
	ErrPrivate = ErrorKind("the address leads to a private network")
	// ErrNoHost: the name leads nowhere.
	ErrNoHost = ErrorKind("no server goes by that name")
)

// Limits of one exchange.
const (
	// Timeout is from the look-up of the name to the last byte.
	Timeout = 5 * time.Second
	// MaxAnswer is how much of an answer may be read, in bytes.
	MaxAnswer = 64 << 10
	maxHeader = 16 << 10
	// lookupTime is how long Check waits for a name.
	lookupTime = 3 * time.Second
)

// UserAgent is how Cairn presents itself.
const UserAgent = "Cairn-Webhook/1"

// Resolver finds the addresses of a name; net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Guard decides what may be asked. The zero value is the one to use; tests
// loosen it to reach a server of their own.
type Guard struct {
	// Port is the one that may be asked; 0 is 443.
	Port uint16
	// Resolver finds names; nil is the system's.
	Resolver Resolver
	// Allow replaces the check of addresses; nil lets public ones pass.
	Allow func(netip.Addr) error
	// Roots replaces the system's certificate authorities; nil keeps them.
	Roots *x509.CertPool
}

func (g Guard) port() uint16 {
	if g.Port == 0 {
		return 443
	}
	return g.Port
}

func (g Guard) allow(addr netip.Addr) error {
	if g.Allow != nil {
		return g.Allow(addr)
	}
	return checkAddress(addr)
}

func (g Guard) resolver() Resolver {
	if g.Resolver == nil {
		return net.DefaultResolver
	}
	return g.Resolver
}

// Client is an http.Client that keeps to the guard. Its errors wrap ErrPrivate
// and ErrPort where the guard spoke.
func (g Guard) Client() *http.Client {
	dialer := &net.Dialer{Timeout: Timeout, KeepAlive: -1, Control: g.control}
	if r, ok := g.resolver().(*net.Resolver); ok {
		dialer.Resolver = r
	}
	transport := &http.Transport{
		Proxy:                  nil,
		DialContext:            g.dial(dialer),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: g.Roots},
		TLSHandshakeTimeout:    Timeout,
		ResponseHeaderTimeout:  Timeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true,
		DisableCompression:     true,
	}
	return &http.Client{
		Transport:     checked{g, transport},
		Timeout:       Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dial resolves the name by the guard's resolver and connects to one of its
// addresses; the dialer's Control looks at each once more.
func (g Guard) dial(dialer *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		addrs, err := g.lookup(ctx, host)
		if err != nil {
			return nil, err
		}
		var errs []error
		for _, addr := range addrs {
			conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(addr.String(), port))
			if err == nil {
				return conn, nil
			}
			errs = append(errs, err)
		}
		return nil, errors.Join(errs...)
	}
}

// control runs between the making of a socket and its connection: the address
// is final here.
func (g Guard) control(network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return fmt.Errorf("%w: %s", ErrPrivate, network)
	}
	if ap.Port() != g.port() {
		return fmt.Errorf("%w, not %d", ErrPort, ap.Port())
	}
	return g.allow(ap.Addr())
}

// checked refuses requests whose address alone is wrong, before any look-up.
type checked struct {
	guard Guard
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := c.guard.parse(r.URL.String()); err != nil {
		return nil, err
	}
	return c.next.RoundTrip(r)
}
