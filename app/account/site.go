package account

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Site is the address passkeys belong to. Browsers make passkeys for a host
// with a name, over https; "localhost" needs no https (WebAuthn Level 3 §5.1.3,
// Secure Contexts §3.1). An IP address has no passkeys at all.
type Site struct {
	host, origin string
}

// ParseSite finds where passkeys can work for a site with this public URL. One
// on this machine's own address is reached as localhost.
func ParseSite(publicURL string) Site {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return Site{}
	}
	host := strings.ToLower(u.Hostname())
	if addr, err := netip.ParseAddr(host); err == nil {
		if !addr.IsLoopback() {
			return Site{}
		}
		host = "localhost"
	} else if u.Scheme == "http" && host != "localhost" {
		return Site{}
	}
	origin := u.Scheme + "://" + host
	if port := u.Port(); port != "" {
		origin = u.Scheme + "://" + net.JoinHostPort(host, port)
	}
	return Site{host: host, origin: origin}
}

// Usable reports whether passkeys work at all.
func (s Site) Usable() bool { return s.host != "" }

// Here reports whether passkeys work for a page opened at this host (and
// port), as a request names it. If not, instead is the address at which they
// do, or empty.
func (s Site) Here(host string) (ok bool, instead string) {
	if !s.Usable() {
		return false, ""
	}
	if s.origin == "http://"+strings.ToLower(host) || s.origin == "https://"+strings.ToLower(host) {
		return true, ""
	}
	return false, s.origin
}
