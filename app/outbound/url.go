package outbound

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// maxURL bounds an address, in bytes.
const maxURL = 500

// Check reads an address that somebody wants asked later, and looks where its
// name leads now. It returns the address as it is to be kept: with the name in
// lower case and ASCII, without port and fragment. What it leads to is checked
// again at each connection. Errors: ErrURL, ErrPort, ErrPrivate, ErrNoHost.
func (g Guard) Check(ctx context.Context, text string) (string, error) {
	u, err := g.parse(text)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	addrs, err := g.lookup(ctx, u.Hostname())
	if err != nil {
		return "", err
	}
	for _, addr := range addrs {
		if err := g.allow(addr); err != nil {
			return "", err
		}
	}
	return u.String(), nil
}

// parse checks all of an address that can be seen without asking anybody.
func (g Guard) parse(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxURL || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == '\\' }) {
		return nil, ErrURL
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Opaque != "" || u.User != nil || u.Hostname() == "" {
		return nil, ErrURL
	}
	if port := u.Port(); port != "" && port != strconv.Itoa(int(g.port())) {
		return nil, fmt.Errorf("%w, not %s", ErrPort, port)
	}
	host, err := g.host(u.Hostname())
	if err != nil {
		return nil, err
	}
	if g.port() != 443 {
		host += ":" + strconv.Itoa(int(g.port()))
	}
	u.Host, u.Fragment, u.RawFragment = host, "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// host checks a name or address and returns it as URLs write it.
func (g Guard) host(name string) (string, error) {
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" {
			return "", ErrURL
		}
		if err := g.allow(addr); err != nil {
			return "", err
		}
		if addr.Is6() {
			return "[" + addr.String() + "]", nil
		}
		return addr.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil || ascii == "" || len(ascii) > 253 {
		return "", ErrURL
	}
	ascii = strings.ToLower(ascii)
	// Full-width digits are digits once they are ASCII.
	if addr, err := netip.ParseAddr(ascii); err == nil {
		if err := g.allow(addr); err != nil {
			return "", err
		}
		return ascii, nil
	}
	last := ascii[strings.LastIndexByte(ascii, '.')+1:]
	// A last label that is a number makes the whole an IPv4 address for some
	// readers: decimal, octal, hexadecimal, or with parts left out (WHATWG URL,
	// "ends in a number").
	if _, err := strconv.ParseUint(last, 0, 64); err == nil || allDigits(last) || strings.HasPrefix(last, "0x") {
		return "", ErrPrivate
	}
	if localName(ascii) {
		return "", ErrPrivate
	}
	return ascii, nil
}

// localName tells names that never mean a server on the internet: without a
// dot, or below a top-level domain kept for local use (RFC 6761, 6762, 8375,
// 9476; ICANN's "internal").
func localName(name string) bool {
	if !strings.Contains(name, ".") {
		return true
	}
	for _, top := range []string{"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "onion", "alt", "invalid", "test", "example"} {
		if strings.HasSuffix(name, "."+top) {
			return true
		}
	}
	return false
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// lookup finds a name's addresses, or takes an address as it is. Error:
// ErrNoHost.
func (g Guard) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	addrs, err := g.resolver().LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoHost, err)
	}
	if len(addrs) == 0 {
		return nil, ErrNoHost
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, nil
}
