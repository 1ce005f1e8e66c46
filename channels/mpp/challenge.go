package mpp

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"

	"cairn/channels/httpauth"
)

const (
	scheme   = "Payment"
	maxField = 16 << 10 // bytes of one parameter
)

// Challenge are the parameters of one offer (draft §5.1). The order of the
// fields is that of the JSON in credentials.
type Challenge struct {
	ID     string `json:"id"`
	Realm  string `json:"realm"`
	Method string `json:"method"`
	Intent string `json:"intent"`
	// Request is the method's own JSON, canonical and in base64url.
	Request string `json:"request"`
	// Expires is a time of RFC 3339, or empty.
	Expires     string `json:"expires,omitempty"`
	Description string `json:"description,omitempty"`
	// Opaque is the server's own JSON, canonical and in base64url, or empty.
	Opaque string `json:"opaque,omitempty"`
	// Digest is that of the request's body (RFC 9530), or empty.
	Digest string `json:"digest,omitempty"`
}

// bound are the parameters that the id is made of, in its order.
func (c Challenge) bound() []string {
	return []string{c.Realm, c.Method, c.Intent, c.Request, c.Expires, c.Digest, c.Opaque}
}

// id is the keyed hash over the parameters, joined by pipes (draft §5.1.3). The
// pipe is not escaped, so that whoever signs refuses values with one.
func (c Challenge) id(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(strings.Join(c.bound(), "|")))
	return encode(mac.Sum(nil))
}

func (c Challenge) header() httpauth.Challenge {
	out := httpauth.Challenge{Scheme: scheme, Params: []httpauth.Param{
		{Name: "id", Value: c.ID}, {Name: "realm", Value: c.Realm}, {Name: "method", Value: c.Method},
		{Name: "intent", Value: c.Intent}, {Name: "request", Value: c.Request},
	}}
	for _, p := range []httpauth.Param{
		{Name: "expires", Value: c.Expires}, {Name: "digest", Value: c.Digest},
		{Name: "description", Value: c.Description}, {Name: "opaque", Value: c.Opaque},
	} {
		if p.Value != "" {
			out.Params = append(out.Params, p)
		}
	}
	return out
}

// Header is the value of a WWW-Authenticate header.
func (c Challenge) Header() string { return c.header().String() }

// complete reports whether nothing required is missing.
func (c Challenge) complete() bool {
	return c.ID != "" && c.Realm != "" && c.Method != "" && c.Intent != "" && c.Request != ""
}

// ParseChallenges finds the payments that the WWW-Authenticate headers of a
// reply offer, for clients. Incomplete offers and other schemes are left out.
// Errors: ErrChallenge when nothing is left.
func ParseChallenges(headers []string) ([]Challenge, error) {
	var out []Challenge
	for _, h := range headers {
		list, err := httpauth.Parse(h)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrChallenge, err)
		}
		for _, p := range list {
			if !p.Is(scheme) {
				continue
			}
			c := Challenge{
				ID: p.Get("id"), Realm: p.Get("realm"), Method: p.Get("method"), Intent: p.Get("intent"), Request: p.Get("request"),
				Expires: p.Get("expires"), Description: p.Get("description"), Opaque: p.Get("opaque"), Digest: p.Get("digest"),
			}
			if c.complete() {
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no payment is offered", ErrChallenge)
	}
	return out, nil
}
