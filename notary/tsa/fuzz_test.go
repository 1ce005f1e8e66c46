package tsa

import (
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"cairn/notary"

	"github.com/digitorus/timestamp"
)

// FuzzRequest: no query makes the parser panic; every refusal is one of the
// protocol's; and every query that is granted gives a token that another
// library reads, with the imprint asked for.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"", "30", "3000", "3080",
		"30390201013031300d060960864801650304020105000420e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855020100",
		"30410201013031300d060960864801650304020105000420e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85506032a0304020200810101ff",
		"303b0201013031300d060960864801650304020105000420e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855a0023000",
	} {
		raw, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	authority, err := newAuthority("cairn.example", now, zeros{})
	if err != nil {
		f.Fatal(err)
	}
	policy, err := ParsePolicy(DefaultPolicy)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query []byte) {
		r, err := parseRequest(query)
		if err != nil {
			var refusal *refusal
			if !errors.As(err, &refusal) || len(refused(refusal)) == 0 {
				t.Fatalf("%v is no refusal", err)
			}
			return
		}
		m, err := sign(r, authority.signer, policy, now, zeros{})
		if err != nil {
			t.Fatal(err)
		}
		token, err := timestamp.ParseResponse(granted(m.der))
		if err != nil {
			t.Fatalf("%x: %v", query, err)
		}
		if token.HashAlgorithm != r.hash || string(token.HashedMessage) != string(r.hashed) || !token.Time.Equal(now) {
			t.Errorf("%+v for %+v", token, r)
		}
	})
}

// zeros is a source of numbers that are not random; serial numbers from it are
// zero.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestRequestForIsAQuery(t *testing.T) {
	d := notary.Digest(sha256.Sum256([]byte("a photograph")))
	query, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: d[:], Certificates: true}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	want, err := parseRequest(query)
	if err != nil {
		t.Fatal(err)
	}
	got := requestFor(d)
	if string(got.imprint) != string(want.imprint) || got.hash != want.hash || string(got.hashed) != string(want.hashed) || got.certs != want.certs {
		t.Errorf("%+v, want %+v", got, want)
	}
}
