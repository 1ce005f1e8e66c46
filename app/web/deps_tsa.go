package web

import (
	"context"
	"net/http"

	"cairn/notary"
	"cairn/notary/tsa"
)

// TimeStamps is a time-stamp authority; tsa.Authority is one. As a handler it
// answers queries posted to /tsa.
type TimeStamps interface {
	http.Handler
	// Token is the first token made for a digest. Error: tsa.ErrNoToken.
	Token(ctx context.Context, d notary.Digest) (tsa.Token, error)
	// Has reports whether there is one.
	Has(ctx context.Context, d notary.Digest) (bool, error)
	// Chain are the signer's certificates there are now, and Roots all that
	// a verifier has to trust, both in PEM.
	Chain() []byte
	Roots(ctx context.Context) ([]byte, error)
	// Policy is the object identifier that stands in every token.
	Policy() string
}
