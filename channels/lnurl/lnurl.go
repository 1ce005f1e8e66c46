// Package lnurl has the codecs of LNURL (lnurl/luds): the bech32 text of a link
// (LUD-01), withdrawing (LUD-03), logging in with a wallet (LUD-04), paying
// (LUD-06) and Lightning addresses (LUD-16). It is pure: requests are made and
// served, and one-time values kept, by others.
package lnurl

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/btcsuite/btcd/btcutil/bech32"
)

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrText: the text is no LNURL.
	ErrText = ErrorKind("this is not an LNURL")
	// ErrLink: the link inside is not one to follow.
	ErrLink = ErrorKind("the LNURL leads to no secure address")
	// ErrAddress: the text is no Lightning address.
	ErrAddress = ErrorKind("this is not a Lightning address")
	// ErrRequest: parameters are missing or make no sense.
	ErrRequest = ErrorKind("the wallet's request makes no sense")
	// ErrAmount: the amount is not within what was offered.
	ErrAmount = ErrorKind("the amount is not within what was offered")
	// ErrSignature: the signature is not the key's over the challenge.
	ErrSignature = ErrorKind("the wallet's signature is wrong")
	// ErrReply: a service answered something else than was asked.
	ErrReply = ErrorKind("the service's answer makes no sense")
	// ErrRefused: a service answered with an error of its own.
	ErrRefused = ErrorKind("the service refused")
)

const (
	prefix   = "lnurl"
	maxText  = 4096 // characters
	maxReply = 64 << 10
)

// Encode writes a link as bech32 in upper case, the smallest in a QR code
// (LUD-01). Links to this machine need no https, for trying things out. Errors:
// ErrLink.
func Encode(link string) (string, error) {
	if err := checkLink(link); err != nil && !onThisMachine(link) {
		return "", err
	}
	data, err := bech32.ConvertBits([]byte(link), 8, 5, true)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrLink, err)
	}
	text, err := bech32.Encode(prefix, data)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrLink, err)
	}
	return strings.ToUpper(text), nil
}

// Decode reads bech32 in one case, with or without "lightning:" before it.
// Errors: ErrText, ErrLink.
func Decode(text string) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > 10 && strings.EqualFold(text[:10], "lightning:") {
		text = text[10:]
	}
	if len(text) > maxText {
		return "", fmt.Errorf("%w: it has %d characters", ErrText, len(text))
	}
	hrp, data, err := bech32.DecodeNoLimit(text)
	if err != nil || hrp != prefix {
		return "", fmt.Errorf("%w: %w", ErrText, fallback(err))
	}
	link, err := bech32.ConvertBits(data, 5, 8, false)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrText, err)
	}
	return string(link), checkLink(string(link))
}

func fallback(err error) error {
	if err == nil {
		return ErrText
	}
	return err
}

// checkLink takes https, and http to hidden services alone (LUD-01).
func checkLink(link string) error {
	u, err := url.Parse(link)
	if err != nil || len(link) > maxText/2 || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("%w: %.60q", ErrLink, link)
	}
	if u.Scheme == "https" || u.Scheme == "http" && strings.HasSuffix(u.Hostname(), ".onion") {
		return nil
	}
	return fmt.Errorf("%w: %.60q", ErrLink, link)
}

// onThisMachine reports whether a link leads to this machine alone, as a site in
// a sandbox does. Such links are shown, and never followed.
func onThisMachine(link string) bool {
	u, err := url.Parse(link)
	if err != nil || len(link) > maxText/2 || u.Scheme != "http" || u.User != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}

// Address is a Lightning address, "name@host" (LUD-16).
type Address struct{ Name, Host string }

// String is the address.
func (a Address) String() string { return a.Name + "@" + a.Host }

// Link is where its pay request is served.
func (a Address) Link() string {
	scheme := "https"
	if strings.HasSuffix(a.Host, ".onion") {
		scheme = "http"
	}
	return scheme + "://" + a.Host + "/.well-known/lnurlp/" + url.PathEscape(a.Name)
}

// ParseAddress reads an address: a name of a–z, 0–9 and "-_.+", and a host.
// Capitals are taken for small letters. Errors: ErrAddress.
func ParseAddress(s string) (Address, error) {
	name, host, ok := strings.Cut(strings.ToLower(strings.TrimSpace(s)), "@")
	if !ok || name == "" || len(name) > 64 || len(host) > 253 || !strings.Contains(host, ".") {
		return Address{}, fmt.Errorf("%w: %.60q", ErrAddress, s)
	}
	for _, c := range []byte(name) {
		if !letter(c) && strings.IndexByte("-_.+", c) < 0 {
			return Address{}, fmt.Errorf("%w: %.60q", ErrAddress, s)
		}
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return Address{}, fmt.Errorf("%w: %.60q", ErrAddress, s)
		}
		for _, c := range []byte(label) {
			if !letter(c) && c != '-' {
				return Address{}, fmt.Errorf("%w: %.60q", ErrAddress, s)
			}
		}
	}
	return Address{name, host}, nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// status is how services say that something went well, or did not.
type status struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// OK is the answer to a request that was carried out.
func OK() []byte { return mustJSON(status{Status: "OK"}) }

// Refusal is the answer to one that was not, with a sentence for people.
func Refusal(reason string) []byte { return mustJSON(status{"ERROR", reason}) }

func mustJSON(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil { // strings, numbers and lists of them always marshal
		return nil
	}
	return raw
}

// readReply reads the answer of a service. Errors: ErrReply, ErrRefused.
func readReply(raw []byte, into any) error {
	if len(raw) > maxReply {
		return fmt.Errorf("%w: %d bytes", ErrReply, len(raw))
	}
	var s status
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("%w: %w", ErrReply, err)
	}
	if strings.EqualFold(s.Status, "ERROR") {
		return fmt.Errorf("%w: %.200q", ErrRefused, s.Reason)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%w: %w", ErrReply, err)
	}
	return nil
}
