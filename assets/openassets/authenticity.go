package openassets

import "strings"

// Step is one address on the way to a definition, and the subject of the
// certificate with which it answered.
type Step struct {
	URL string
	// Organisation is the O= of the certificate's subject; empty without TLS.
	Organisation string
}

// Authenticity is whether a definition's issuer proved who he is.
type Authenticity string

const (
	// AuthenticityNone: the definition does not ask for it.
	AuthenticityNone Authenticity = "none"
	// AuthenticityProven: the certificate of the last address names the issuer.
	AuthenticityProven Authenticity = "proven"
	// AuthenticityInsecure: not every address on the way was of https.
	AuthenticityInsecure Authenticity = "insecure"
	// AuthenticityUnnamed: the last certificate names no organisation.
	AuthenticityUnnamed Authenticity = "unnamed"
	// AuthenticityOther: the last certificate names somebody else.
	AuthenticityOther Authenticity = "other"
)

// ProofOfAuthenticity judges the way to a definition, from the address that the
// asset points to up to the one that answered with the file
// (asset-definition-protocol.mediawiki, "Proof of Authenticity"). Who ends the
// way proves nothing but his own name.
func ProofOfAuthenticity(d Definition, way []Step) Authenticity {
	if !d.LinkToWebsite {
		return AuthenticityNone
	}
	for _, s := range way {
		if !strings.HasPrefix(strings.ToLower(s.URL), "https://") {
			return AuthenticityInsecure
		}
	}
	switch {
	case len(way) == 0:
		return AuthenticityInsecure
	case way[len(way)-1].Organisation == "":
		return AuthenticityUnnamed
	case way[len(way)-1].Organisation != d.Issuer:
		return AuthenticityOther
	}
	return AuthenticityProven
}
