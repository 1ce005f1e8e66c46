package web

import (
	"context"
	"crypto/sha256"
	"io"
	"math/big"
	"net/http"
	"time"

	"cairn/notary"
	"cairn/notary/tsa"
)

// fakeTSA has a token for every digest that the notary has, made of its digest.
type fakeTSA struct{ notary *fakeNotary }

// ServeHTTP answers like an authority would, to show which requests reach it.
func (fakeTSA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	body, _ := io.ReadAll(r.Body)
	w.Write([]byte("tsa " + r.Method + " " + string(body))) //nolint:errcheck
}

func (f fakeTSA) Token(ctx context.Context, d notary.Digest) (tsa.Token, error) {
	if _, err := f.notary.Proof(ctx, d); err != nil {
		return tsa.Token{}, tsa.ErrNoToken
	}
	der := append([]byte{0x30, 0x22, 0x04, 0x20}, d[:]...)
	return tsa.Token{DER: der, Time: time.Unix(1700000000, 0).UTC(), Serial: big.NewInt(7), Digest: sha256.Sum256(der), Chain: f.Chain()}, nil
}

func (f fakeTSA) Has(ctx context.Context, d notary.Digest) (bool, error) {
	_, err := f.notary.Proof(ctx, d)
	return err == nil, nil
}

func (fakeTSA) Chain() []byte { return []byte("a chain\n") }

func (fakeTSA) Roots(context.Context) ([]byte, error) { return []byte("the roots\n"), nil }

func (fakeTSA) Policy() string { return tsa.DefaultPolicy }
