package outbound

import (
	"fmt"
	"net/netip"
)

// public reports whether an address is one that anybody on the internet can be
// reached at. What is left out: the special-purpose registries of IANA
// (RFC 6890 and its updates), and the forms of IPv6 that carry an IPv4 address,
// which a gateway would unwrap behind our back.
func public(addr netip.Addr) bool {
	addr = addr.WithZone("").Unmap()
	if !addr.IsValid() || !addr.IsGlobalUnicast() {
		return false
	}
	if addr.Is6() && !globalV6.Contains(addr) {
		return false
	}
	for _, p := range special {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}

// globalV6 is all of IPv6 that is given out for use on the internet.
var globalV6 = netip.MustParsePrefix("2000::/3")

// special is what IsGlobalUnicast lets pass and is not public all the same.
var special = prefixes(
	"0.0.0.0/8",       // this network (RFC 1122)
	"10.0.0.0/8",      // private (RFC 1918)
	"100.64.0.0/10",   // carrier-grade NAT (RFC 6598)
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, clouds' metadata
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments (RFC 6890)
	"192.0.2.0/24",    // documentation (RFC 5737)
	"192.31.196.0/24", // AS112 (RFC 7535)
	"192.52.193.0/24", // AMT (RFC 7450)
	"192.88.99.0/24",  // 6to4 relays (RFC 7526)
	"192.168.0.0/16",  // private
	"192.175.48.0/24", // AS112 (RFC 7534)
	"198.18.0.0/15",   // benchmarks (RFC 2544)
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast
	"2001::/23",       // protocol assignments: Teredo (2001::/32), benchmarks, ORCHID
	"2001:db8::/32",   // documentation (RFC 3849)
	"2002::/16",       // 6to4 (RFC 3056)
	"2620:4f:8000::/48",
	"3fff::/20", // documentation (RFC 9637)
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// checkAddress refuses an address that is not public. Error: ErrPrivate.
func checkAddress(addr netip.Addr) error {
	if !public(addr) {
		return fmt.Errorf("%w: %s", ErrPrivate, addr)
	}
	return nil
}
