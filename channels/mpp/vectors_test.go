package mpp

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"testing"
)

type vectors struct {
	HMACSecretHex    string
	Canonicalization []struct {
		Name, Input, Canonical string
		Error                  bool
	}
	Base64URL []struct {
		Name, Encoded, DecodedHex string
		Canonical, Error          bool
	}
	ChallengeHeaders []struct {
		Name           string
		Params, Parsed Challenge
		Header         string
	}
	ChallengeLists []struct {
		Name, Header string
		Challenges   []Challenge
		Error        bool
	}
	ChallengeIDs []struct {
		Name      string
		Params    Challenge
		HMACInput string
	}
	Credentials []struct {
		Name, CredentialJSON, Header string
		Error                        bool
	}
	Receipts []struct{ Name, ReceiptJSON, Header string }
}

func load(t testing.TB) (v vectors) {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string][2]int{
		"canonicalization": {len(v.Canonicalization), 22}, "base64url": {len(v.Base64URL), 17}, "headers": {len(v.ChallengeHeaders), 6},
		"lists": {len(v.ChallengeLists), 11}, "ids": {len(v.ChallengeIDs), 4}, "credentials": {len(v.Credentials), 11}, "receipts": {len(v.Receipts), 8},
	} {
		if n[0] != n[1] {
			t.Fatalf("%d vectors of %s, not %d", n[0], name, n[1])
		}
	}
	return v
}

func TestVectorsOfCanonicalJSON(t *testing.T) {
	for _, v := range load(t).Canonicalization {
		got, err := Canonicalize([]byte(v.Input))
		if v.Error != (err != nil) || v.Error && !errors.Is(err, ErrJSON) || string(got) != v.Canonical {
			t.Errorf("%s: %s, %v; want %s", v.Name, got, err, v.Canonical)
		}
	}
}

func TestVectorsOfBase64(t *testing.T) {
	for _, v := range load(t).Base64URL {
		raw, err := decode(v.Encoded)
		if v.Error != (err != nil) || v.Error && !errors.Is(err, ErrBase64) || hex.EncodeToString(raw) != v.DecodedHex {
			t.Errorf("%s: %x, %v", v.Name, raw, err)
		}
		if v.Canonical && encode(raw) != v.Encoded {
			t.Errorf("%s: encoded %s", v.Name, encode(raw))
		}
	}
}

func TestVectorsOfChallenges(t *testing.T) {
	all := load(t)
	for _, v := range all.ChallengeHeaders {
		if got := v.Params.Header(); got != v.Header {
			t.Errorf("%s: %s, want %s", v.Name, got, v.Header)
		}
		got, err := ParseChallenges([]string{v.Header})
		if err != nil || len(got) != 1 || got[0] != v.Parsed {
			t.Errorf("%s: %+v, %v", v.Name, got, err)
		}
	}
	for _, v := range all.ChallengeLists {
		got, err := ParseChallenges([]string{v.Header})
		if v.Error != (err != nil) || v.Error && !errors.Is(err, ErrChallenge) || !reflect.DeepEqual(got, v.Challenges) {
			t.Errorf("%s: %+v, %v; want %+v", v.Name, got, err, v.Challenges)
		}
	}
	secret, err := hex.DecodeString(all.HMACSecretHex)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all.ChallengeIDs {
		if got := v.Params.id(secret); got != v.Params.ID {
			t.Errorf("%s: %s, want %s of %s", v.Name, got, v.Params.ID, v.HMACInput)
		}
	}
}

func TestVectorsOfCredentials(t *testing.T) {
	for _, v := range load(t).Credentials {
		c, err := ParseCredential(v.Header)
		if v.Error {
			if !errors.Is(err, ErrCredential) {
				t.Errorf("%s: %+v, %v", v.Name, c, err)
			}
			continue
		}
		var want Credential
		if err := json.Unmarshal([]byte(v.CredentialJSON), &want); err != nil {
			t.Fatal(err)
		}
		if err != nil || !reflect.DeepEqual(c, want) {
			t.Errorf("%s: %+v, %v", v.Name, c, err)
		}
		header, err := c.Header()
		if err != nil || header[len(scheme):] != v.Header[len(scheme):] { // the scheme's case is free
			t.Errorf("%s: written %s, %v", v.Name, header, err)
		}
	}
}

func TestVectorsOfReceipts(t *testing.T) {
	for _, v := range load(t).Receipts {
		var as any = new(Receipt)
		var keys map[string]any
		if err := json.Unmarshal([]byte(v.ReceiptJSON), &keys); err != nil {
			t.Fatal(err)
		}
		if _, ok := keys["refundStatus"]; ok {
			as = new(Closing)
		} else if _, ok := keys["sessionId"]; ok {
			as = new(TopUp)
		}
		raw, err := decode(v.Header)
		if err != nil || string(raw) != v.ReceiptJSON {
			t.Fatalf("%s: %s, %v", v.Name, raw, err)
		}
		if err := json.Unmarshal(raw, as); err != nil {
			t.Fatal(err)
		}
		again, err := plainJSON(as)
		if err != nil || encode(again) != v.Header {
			t.Errorf("%s: written %s, %v", v.Name, again, err)
		}
		if r, ok := as.(*Receipt); ok {
			if got, err := ParseReceipt(v.Header); err != nil || got != *r || got.Header() != v.Header {
				t.Errorf("%s: %+v, %v", v.Name, got, err)
			}
		}
	}
}
