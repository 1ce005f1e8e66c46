// Package bip321 writes and reads payment links, "bitcoin:…" (BIP-0321): an
// address, an amount, and a Lightning invoice beside it, so that one QR code
// serves every wallet. It is pure.
package bip321

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"cairn/channels/amount"

	"github.com/btcsuite/btcd/btcutil"
)

// ErrorKind names what is wrong with a link; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrSyntax: the text is no payment link.
	ErrSyntax = ErrorKind("this is not a payment link")
	// ErrRequired: the link needs something this program does not know
	// ("req-…"), and must not be paid without it.
	ErrRequired = ErrorKind("the payment link requires something unknown")
	// ErrRepeated: the link says something twice that can be said once.
	ErrRepeated = ErrorKind("the payment link contradicts itself")
	// ErrAmount: the amount is none.
	ErrAmount = ErrorKind("the payment link has no amount that can be paid")
	// ErrNothing: the link names no way to pay that is known here.
	ErrNothing = ErrorKind("the payment link names no way to pay")
)

// Bounds of what is read and written.
const (
	maxLink    = 16 << 10 // bytes
	maxParams  = 64
	maxAddress = 120  // bytes; the longest of the known kinds have 90
	maxText    = 1000 // bytes of a label or message
)

// Link is a payment link.
type Link struct {
	// Addresses on chain; the first is the link's own.
	Addresses []string
	// Amount is 0 when the payer chooses.
	Amount btcutil.Amount
	// Label names the payee, Message says what it is for.
	Label, Message string
	// Lightning are BOLT 11 invoices, and Offers BOLT 12 offers.
	Lightning, Offers []string
	// Others are parameters not known here, as they came.
	Others []Param
}

// Param is a key, in lower case, and a decoded value.
type Param struct{ Key, Value string }

// addressKeys are the keys that carry segwit addresses, by the prefix of those.
var addressKeys = map[string]bool{"bc": true, "tb": true, "bcrt": true}

// once are the keys that may come once.
var once = map[string]bool{"amount": true, "label": true, "message": true, "pop": true}

// Parse reads a link. Scheme and keys may be in any case; keys that are neither
// known nor required go to Others. Addresses and invoices are not checked: that
// takes a network. Errors: ErrSyntax, ErrRequired, ErrRepeated, ErrAmount,
// ErrNothing.
func Parse(s string) (Link, error) {
	if len(s) > maxLink || !utf8.ValidString(s) {
		return Link{}, fmt.Errorf("%w: it has %d bytes", ErrSyntax, len(s))
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !strings.EqualFold(scheme, "bitcoin") {
		return Link{}, fmt.Errorf("%w: it is of another scheme", ErrSyntax)
	}
	rest, _, _ = strings.Cut(rest, "#") // a fragment says nothing
	address, query, _ := strings.Cut(rest, "?")
	var l Link
	if address != "" {
		if err := l.addAddress(address); err != nil {
			return Link{}, err
		}
	}
	seen := make(map[string]bool)
	parts := strings.Split(query, "&")
	if len(parts) > maxParams {
		return Link{}, fmt.Errorf("%w: it has %d parameters", ErrSyntax, len(parts))
	}
	for _, part := range parts {
		if part == "" {
			continue
		}
		if err := l.take(part, seen); err != nil {
			return Link{}, err
		}
	}
	if len(l.Addresses)+len(l.Lightning)+len(l.Offers) == 0 {
		return Link{}, ErrNothing
	}
	return l, nil
}

func (l *Link) addAddress(s string) error {
	if len(s) > maxAddress || !alphanumeric(s) {
		return fmt.Errorf("%w: the address %.40q", ErrSyntax, s)
	}
	l.Addresses = append(l.Addresses, s)
	return nil
}

// take reads one parameter.
func (l *Link) take(part string, seen map[string]bool) error {
	rawKey, rawValue, _ := strings.Cut(part, "=")
	key, err := unescape(strings.ToLower(rawKey))
	if err != nil || key == "" {
		return fmt.Errorf("%w: the parameter %.40q", ErrSyntax, part)
	}
	value, err := unescape(rawValue)
	if err != nil {
		return fmt.Errorf("%w: the value of %.40q", ErrSyntax, key)
	}
	plain, required := strings.CutPrefix(key, "req-")
	if once[plain] {
		if seen[plain] {
			return fmt.Errorf("%w: %s comes twice", ErrRepeated, plain)
		}
		seen[plain] = true
	}
	switch {
	case plain == "amount":
		if l.Amount, err = amount.ParseBitcoin(value); err != nil {
			return fmt.Errorf("%w: %w", ErrAmount, err)
		}
	case plain == "label":
		l.Label, err = text(value)
	case plain == "message":
		l.Message, err = text(value)
	case plain == "lightning" && value != "":
		l.Lightning, err = instruction(l.Lightning, value)
	case plain == "lno" && value != "":
		l.Offers, err = instruction(l.Offers, value)
	case addressKeys[plain] && strings.HasPrefix(strings.ToLower(value), plain+"1"):
		err = l.addAddress(value)
	case required:
		return fmt.Errorf("%w: %.40q", ErrRequired, key)
	default:
		l.Others = append(l.Others, Param{key, value})
	}
	return err
}

func instruction(list []string, value string) ([]string, error) {
	if !alphanumeric(value) {
		return nil, fmt.Errorf("%w: the invoice %.40q", ErrSyntax, value)
	}
	return append(list, value), nil
}

func text(s string) (string, error) {
	if len(s) > maxText {
		return "", fmt.Errorf("%w: a text of %d bytes", ErrSyntax, len(s))
	}
	return s, nil
}

// unescape undoes percent-encoding; a plus is a plus (RFC 3986).
func unescape(s string) (string, error) {
	out, err := url.PathUnescape(s)
	if err == nil && (!utf8.ValidString(out) || strings.ContainsRune(out, 0)) {
		err = ErrSyntax
	}
	return out, err
}

func alphanumeric(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}

// String writes the link for the smallest QR code: bech32 in upper case, which
// a code packs into 5.5 bits a character instead of 8, the rest in lower case.
// What is copied should be this text too, so that both say the same. Errors: the
// kinds of Parse for a link that could not be read back.
func (l Link) String() (string, error) {
	var own string
	if len(l.Addresses) > 0 {
		own = smallest(l.Addresses[0])
	}
	out := "bitcoin:" + own
	var params []string
	add := func(key, value string) { params = append(params, key+"="+value) }
	if l.Amount != 0 {
		text, err := amount.FormatBitcoin(l.Amount)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrAmount, err)
		}
		add("amount", text)
	}
	if l.Label != "" {
		add("label", escape(l.Label))
	}
	if l.Message != "" {
		add("message", escape(l.Message))
	}
	for key, list := range map[string][]string{"lightning": l.Lightning, "lno": l.Offers} {
		for _, value := range list {
			if !alphanumeric(value) {
				return "", fmt.Errorf("%w: the %s %.40q", ErrSyntax, key, value)
			}
		}
	}
	for _, in := range l.Lightning {
		add("lightning", strings.ToUpper(in))
	}
	for _, offer := range l.Offers {
		add("lno", strings.ToUpper(offer))
	}
	for i, address := range l.Addresses {
		if i == 0 {
			continue
		}
		prefix, ok := bech32Prefix(address)
		if !ok {
			return "", fmt.Errorf("%w: a second address must be bech32, not %.40q", ErrSyntax, address)
		}
		add(prefix, smallest(address))
	}
	for _, p := range l.Others {
		add(escape(p.Key), escape(p.Value))
	}
	if len(params) > 0 {
		out += "?" + strings.Join(params, "&")
	}
	if _, err := Parse(out); err != nil {
		return "", err
	}
	return out, nil
}

// LightningOnly is a link to the first invoice alone, for wallets that read the
// other half of a unified one. Errors: ErrNothing without an invoice.
func (l Link) LightningOnly() (string, error) {
	if len(l.Lightning) == 0 || !alphanumeric(l.Lightning[0]) {
		return "", ErrNothing
	}
	return "LIGHTNING:" + strings.ToUpper(l.Lightning[0]), nil
}

// OnChainOnly is the link without invoices and offers. Errors: ErrNothing
// without an address.
func (l Link) OnChainOnly() (string, error) {
	l.Lightning, l.Offers = nil, nil
	return l.String()
}

// smallest writes bech32 in upper case; in base58 the case has a meaning.
func smallest(address string) string {
	if _, ok := bech32Prefix(address); ok {
		return strings.ToUpper(address)
	}
	return address
}

// bech32Prefix is the key under which a segwit address goes.
func bech32Prefix(address string) (string, bool) {
	lower := strings.ToLower(address)
	if lower != address && strings.ToUpper(address) != address {
		return "", false // mixed case is no bech32 (BIP-0173)
	}
	for prefix := range addressKeys {
		if strings.HasPrefix(lower, prefix+"1") {
			return prefix, true
		}
	}
	return "", false
}

// escape percent-encodes all but the unreserved characters of RFC 3986.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
