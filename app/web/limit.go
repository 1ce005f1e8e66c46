package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// maxVisitors bounds the table of a rate limit; the visitor not seen for
// longest gives way.
const maxVisitors = 20_000

// limit lets each address do so many requests a second, with bursts.
func (s *Server) limit(perSecond rate.Limit, burst int) echo.MiddlewareFunc {
	table := newLimiter(perSecond, burst)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c Ctx) error {
			if !table.allow(c.RealIP(), s.cfg.Now()) {
				c.Response().Header().Set("Retry-After", "5")
				return ErrTooMany
			}
			return next(c)
		}
	}
}

// limiter holds a bucket per visitor, the latest seen in front.
type limiter struct {
	perSecond rate.Limit
	burst     int

	mu      sync.Mutex // guards what is below
	byKey   map[netip.Prefix]*list.Element
	visited *list.List
}

type caller struct {
	key    netip.Prefix
	bucket *rate.Limiter
}

func newLimiter(perSecond rate.Limit, burst int) *limiter {
	return &limiter{perSecond: perSecond, burst: burst, byKey: make(map[netip.Prefix]*list.Element), visited: list.New()}
}

func (l *limiter) allow(ip string, now time.Time) bool { return l.allowN(ip, now, 1) }

// allowN lets something through that counts for n requests.
func (l *limiter) allowN(ip string, now time.Time, n int) bool {
	key := neighbourhood(ip)
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byKey[key]
	if !ok {
		if l.visited.Len() >= maxVisitors {
			oldest := l.visited.Back()
			l.visited.Remove(oldest)
			delete(l.byKey, oldest.Value.(*caller).key)
		}
		e = l.visited.PushFront(&caller{key, rate.NewLimiter(l.perSecond, l.burst)})
		l.byKey[key] = e
	}
	l.visited.MoveToFront(e)
	return e.Value.(*caller).bucket.AllowN(now, n)
}

// neighbourhood is what counts as one visitor: an IPv4 address, or the /64
// that an IPv6 customer gets whole. What is no address is one visitor too.
func neighbourhood(ip string) netip.Prefix {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Prefix{}
	}
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
