// Package l402 makes and checks L402 credentials: tokens that open a paid
// route, bought over Lightning (lightninglabs/L402, protocol specification
// version 0).
//
// A token is a macaroon (version 2) whose identifier commits to the payment
// hash of an invoice, so that the token and the preimage together prove the
// payment without a look at any database. Its caveats bound what it is good
// for: the service, a time, and how many uses. Anybody may add caveats to his
// token and hand it on; none can be taken away, and one this package does not
// know is refused.
//
// The package is pure: no clock, no randomness, no network. Counting uses is the
// caller's, by the token's id.
package l402

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cairn/channels/httpauth"
	"cairn/channels/invoice"

	"gopkg.in/macaroon.v2"
)

// ErrorKind names what is wrong with a credential; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrSyntax: the header or the token cannot be read.
	ErrSyntax = ErrorKind("this is not an L402 credential")
	// ErrPreimage: the preimage is not that of the token's payment.
	ErrPreimage = ErrorKind("the preimage does not belong to this token")
	// ErrSignature: the token was not made here, or was changed.
	ErrSignature = ErrorKind("this token was not made here")
	// ErrService: the token is for another service.
	ErrService = ErrorKind("this token is for another service")
	// ErrExpired: the token's time is over.
	ErrExpired = ErrorKind("this token has expired")
	// ErrUnknownCaveat: the token has a condition nobody here can check.
	ErrUnknownCaveat = ErrorKind("this token has an unknown condition")
	// ErrTerms: a token with such terms cannot be made.
	ErrTerms = ErrorKind("a token cannot be made with these terms")
)

const (
	scheme   = "L402"
	location = "cairn"
	// idVersion is that of the identifier (protocol-specification.md,
	// "Macaroon Identifier"): version, payment hash, token id.
	idVersion  = 0
	idSize     = 2 + 32 + 32
	maxToken   = 4096 // bytes of the serialised macaroon
	maxCaveats = 32
	maxHeader  = 16 << 10
	maxService = 40
)

// TokenID names a token; it is random.
type TokenID [32]byte

// Terms are what a token is good for.
type Terms struct {
	// Service is 1 to 40 of a–z, 0–9 and hyphens.
	Service string
	// Until is when it ends, to the second; zero for never.
	Until time.Time
	// Count is how many uses it has, 0 for as many as one likes.
	Count int64
}

func (t Terms) check() error {
	if t.Service == "" || len(t.Service) > maxService {
		return fmt.Errorf("%w: a service has a name of 1 to %d bytes", ErrTerms, maxService)
	}
	for _, c := range []byte(t.Service) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return fmt.Errorf("%w: the service's name has the byte %q", ErrTerms, c)
		}
	}
	if t.Count < 0 || (!t.Until.IsZero() && t.Until.Unix() <= 0) {
		return fmt.Errorf("%w: %d uses, until %v", ErrTerms, t.Count, t.Until)
	}
	return nil
}

// Mint makes and checks tokens under one secret, which is never rotated while
// tokens are out.
type Mint struct{ secret [32]byte }

// NewMint takes 32 random bytes.
func NewMint(secret [32]byte) *Mint { return &Mint{secret: secret} }

// rootKey is the macaroon's key, of each token another.
func (m *Mint) rootKey(id TokenID) []byte {
	mac := hmac.New(sha256.New, m.secret[:])
	mac.Write([]byte("cairn l402 root key "))
	mac.Write(id[:])
	return mac.Sum(nil)
}

// Token makes the token that the payment of an invoice opens. Errors: ErrTerms.
func (m *Mint) Token(id TokenID, payment invoice.Hash, terms Terms) (Token, error) {
	if err := terms.check(); err != nil {
		return nil, err
	}
	identifier := binary.BigEndian.AppendUint16(nil, idVersion)
	identifier = append(append(identifier, payment[:]...), id[:]...)
	mac, err := macaroon.New(m.rootKey(id), identifier, location, macaroon.V2)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTerms, err)
	}
	conditions := []string{"services=" + terms.Service + ":0"}
	if !terms.Until.IsZero() {
		conditions = append(conditions, terms.Service+"_valid_until="+strconv.FormatInt(terms.Until.Unix(), 10))
	}
	if terms.Count > 0 {
		conditions = append(conditions, terms.Service+"_count="+strconv.FormatInt(terms.Count, 10))
	}
	for _, c := range conditions {
		if err := mac.AddFirstPartyCaveat([]byte(c)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTerms, err)
		}
	}
	raw, err := mac.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTerms, err)
	}
	return raw, nil
}

// Token is a serialised macaroon.
type Token []byte

// Challenge is the value of a WWW-Authenticate header that offers a token for
// the payment of an invoice. It names the token twice, as the specification
// does (token=) and as deployed clients read it (macaroon=).
func Challenge(token Token, bolt11 string) (string, error) {
	text := base64.StdEncoding.EncodeToString(token)
	c := httpauth.Challenge{Scheme: scheme, Params: []httpauth.Param{
		{Name: "version", Value: "0"}, {Name: "token", Value: text}, {Name: "macaroon", Value: text}, {Name: "invoice", Value: bolt11},
	}}
	if err := c.Check(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrTerms, err)
	}
	return c.String(), nil
}

// ParseChallenge finds the first offer of a token in the WWW-Authenticate
// headers of a reply, for clients. Older servers say LSAT. Errors: ErrSyntax.
func ParseChallenge(headers []string) (Token, string, error) {
	for _, h := range headers {
		list, err := httpauth.Parse(h)
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrSyntax, err)
		}
		for _, c := range list {
			if !c.Is(scheme) && !c.Is("LSAT") {
				continue
			}
			text := c.Get("token")
			if text == "" {
				text = c.Get("macaroon")
			}
			token, err := decode(text)
			if err == nil && c.Get("invoice") != "" {
				return token, c.Get("invoice"), nil
			}
		}
	}
	return nil, "", fmt.Errorf("%w: no header offers one", ErrSyntax)
}

// Credential is a token with the preimage that its payer learnt.
type Credential struct {
	Token    Token
	Preimage invoice.Preimage
}

// Header is the value of an Authorization header.
func (c Credential) Header() string {
	return scheme + " " + base64.StdEncoding.EncodeToString(c.Token) + ":" + c.Preimage.Text()
}

// IsCredential reports whether an Authorization header is of this scheme.
func IsCredential(header string) bool {
	name, _, _ := strings.Cut(header, " ")
	return strings.EqualFold(name, scheme) || strings.EqualFold(name, "LSAT")
}

// ParseCredential reads an Authorization header. Errors: ErrSyntax.
func ParseCredential(header string) (Credential, error) {
	if len(header) > maxHeader || !IsCredential(header) {
		return Credential{}, ErrSyntax
	}
	_, value, _ := strings.Cut(header, " ")
	text, preimage, ok := strings.Cut(strings.Trim(value, " "), ":")
	if !ok {
		return Credential{}, fmt.Errorf("%w: it has no preimage", ErrSyntax)
	}
	token, err := decode(text)
	if err != nil {
		return Credential{}, err
	}
	p, err := invoice.ParsePreimage(preimage)
	if err != nil {
		return Credential{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return Credential{Token: token, Preimage: p}, nil
}

// decode reads base64, with or without padding, of either alphabet.
func decode(text string) (Token, error) {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	if plain == "" || strings.ContainsAny(plain, "\r\n") || len(plain) > base64.RawStdEncoding.EncodedLen(maxToken) {
		return nil, fmt.Errorf("%w: the token has %d characters", ErrSyntax, len(text))
	}
	raw, err := base64.RawStdEncoding.Strict().DecodeString(plain)
	if err != nil {
		return nil, fmt.Errorf("%w: the token is not base64", ErrSyntax)
	}
	return raw, nil
}

// Grant is what a good credential opens.
type Grant struct {
	ID      TokenID
	Payment invoice.Hash
	// Count is how many uses the token has, 0 for no bound.
	Count int64
	// Until is when it ends; zero for never.
	Until time.Time
}

// Verify checks a credential for a service at a time. Errors: ErrSyntax,
// ErrPreimage, ErrSignature, ErrUnknownCaveat, ErrService, ErrExpired.
func (m *Mint) Verify(c Credential, service string, now time.Time) (Grant, error) {
	mac, g, err := read(c.Token)
	if err != nil {
		return Grant{}, err
	}
	if c.Preimage.Hash() != g.Payment {
		return Grant{}, ErrPreimage
	}
	conditions, err := mac.VerifySignature(m.rootKey(g.ID), nil)
	if err != nil {
		return Grant{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	named := false
	for _, condition := range conditions {
		if err := g.narrow(condition, service, &named); err != nil {
			return Grant{}, err
		}
	}
	if !named {
		return Grant{}, fmt.Errorf("%w: it names none", ErrService)
	}
	if !g.Until.IsZero() && !now.Before(g.Until) {
		return Grant{}, fmt.Errorf("%w: at %s", ErrExpired, g.Until.Format(time.RFC3339))
	}
	return g, nil
}

// read parses a macaroon and its identifier. Errors: ErrSyntax.
func read(token Token) (mac *macaroon.Macaroon, g Grant, err error) {
	if len(token) == 0 || len(token) > maxToken {
		return nil, Grant{}, fmt.Errorf("%w: the token has %d bytes", ErrSyntax, len(token))
	}
	mac = new(macaroon.Macaroon)
	if err := mac.UnmarshalBinary(token); err != nil {
		return nil, Grant{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	again, err := mac.MarshalBinary()
	if err != nil || !bytes.Equal(again, token) || mac.Version() != macaroon.V2 || len(mac.Caveats()) > maxCaveats {
		return nil, Grant{}, fmt.Errorf("%w: not a macaroon of version 2 alone", ErrSyntax)
	}
	for _, c := range mac.Caveats() {
		if len(c.VerificationId) > 0 {
			return nil, Grant{}, fmt.Errorf("%w: it asks a third party", ErrUnknownCaveat)
		}
	}
	id := mac.Id()
	if len(id) != idSize || binary.BigEndian.Uint16(id) != idVersion {
		return nil, Grant{}, fmt.Errorf("%w: its identifier is %s", ErrSyntax, hex.EncodeToString(id[:min(len(id), 40)]))
	}
	g.Payment, g.ID = invoice.Hash(id[2:34]), TokenID(id[34:])
	return mac, g, nil
}

var errNumber = errors.New("it has no number")

// narrow takes in one condition; later ones can only take away.
func (g *Grant) narrow(condition, service string, named *bool) error {
	name, value, ok := strings.Cut(condition, "=")
	unknown := fmt.Errorf("%w: %.80q", ErrUnknownCaveat, condition)
	if !ok {
		return unknown
	}
	if name == "services" {
		*named = true
		for _, s := range strings.Split(value, ",") {
			if s == service+":0" {
				return nil
			}
		}
		return fmt.Errorf("%w: %.80q", ErrService, value)
	}
	n, err := positive(value)
	if err != nil {
		return unknown
	}
	switch name {
	case service + "_valid_until":
		if until := time.Unix(n, 0).UTC(); g.Until.IsZero() || until.Before(g.Until) {
			g.Until = until
		}
	case service + "_count":
		if g.Count == 0 || n < g.Count {
			g.Count = n
		}
	default:
		return unknown
	}
	return nil
}

// positive reads a decimal number above zero, written the one way it can be.
func positive(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != s {
		return 0, errNumber
	}
	return n, nil
}
