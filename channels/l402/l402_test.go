package l402

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"cairn/channels/httpauth"
	"cairn/channels/invoice"

	"gopkg.in/macaroon.v2"
)

var (
	mint  = NewMint([32]byte{1})
	paid  = invoice.Preimage{2}
	now   = time.Unix(1_800_000_000, 0).UTC()
	terms = Terms{Service: "stamps", Until: now.Add(time.Hour), Count: 100}
)

func token(t testing.TB, terms Terms) Token {
	t.Helper()
	tok, err := mint.Token(TokenID{3}, paid.Hash(), terms)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// with adds caveats as any holder of a token can.
func with(t testing.TB, tok Token, caveats ...string) Token {
	t.Helper()
	var m macaroon.Macaroon
	if err := m.UnmarshalBinary(tok); err != nil {
		t.Fatal(err)
	}
	for _, c := range caveats {
		if err := m.AddFirstPartyCaveat([]byte(c)); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestBuyAndUse(t *testing.T) {
	header, err := Challenge(token(t, terms), "lnbcrt1u1ptest")
	if err != nil {
		t.Fatal(err)
	}
	list, err := httpauth.Parse(header)
	if err != nil || len(list) != 1 || list[0].Get("token") != list[0].Get("macaroon") || list[0].Get("version") != "0" {
		t.Fatalf("%s: %+v, %v", header, list, err)
	}
	tok, bolt11, err := ParseChallenge([]string{`Payment id="x"`, header})
	if err != nil || bolt11 != "lnbcrt1u1ptest" {
		t.Fatalf("%q, %v", bolt11, err)
	}
	c, err := ParseCredential(Credential{Token: tok, Preimage: paid}.Header())
	if err != nil {
		t.Fatal(err)
	}
	g, err := mint.Verify(c, "stamps", now)
	want := Grant{ID: TokenID{3}, Payment: paid.Hash(), Count: 100, Until: terms.Until}
	if err != nil || g != want {
		t.Errorf("%+v, %v; want %+v", g, err, want)
	}
}

// Clients in the wild: an LSAT of aperture, and only one of the two names.
func TestParseChallengeOfOthers(t *testing.T) {
	text := base64.StdEncoding.EncodeToString(token(t, terms))
	for _, header := range []string{
		`LSAT macaroon="` + text + `", invoice="lnbc1"`, `l402 token="` + text + `", invoice="lnbc1"`,
		`Basic realm="x", L402 macaroon=` + strings.TrimRight(text, "=") + `, invoice=lnbc1`,
	} {
		if strings.Contains(header, "macaroon="+strings.TrimRight(text, "=")+",") && strings.Contains(text, "/") {
			continue // a slash is no token character
		}
		tok, bolt11, err := ParseChallenge([]string{header})
		if err != nil || bolt11 != "lnbc1" || !bytes.Equal(tok, token(t, terms)) {
			t.Errorf("%s: %v", header, err)
		}
	}
	for _, bad := range []string{"", "Basic", `L402 token="!", invoice="x"`, `L402 token="` + text + `"`, `L402 x="`} {
		if _, _, err := ParseChallenge([]string{bad}); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	good := token(t, terms)
	other, err := NewMint([32]byte{9}).Token(TokenID{3}, paid.Hash(), terms)
	if err != nil {
		t.Fatal(err)
	}
	v1, err := macaroon.New(mint.rootKey(TokenID{3}), make([]byte, idSize), "", macaroon.V1)
	if err != nil {
		t.Fatal(err)
	}
	rawV1, err := v1.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	third, err := macaroon.New(mint.rootKey(TokenID{3}), make([]byte, idSize), "", macaroon.V2)
	if err != nil {
		t.Fatal(err)
	}
	if err := third.AddThirdPartyCaveat([]byte("key"), []byte("ask them"), "elsewhere"); err != nil {
		t.Fatal(err)
	}
	rawThird, err := third.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	short, err := macaroon.New([]byte("k"), []byte("short"), "", macaroon.V2)
	if err != nil {
		t.Fatal(err)
	}
	rawShort, err := short.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(good)
	changed[len(changed)-1] ^= 1
	for name, c := range map[string]struct {
		token    Token
		preimage invoice.Preimage
		service  string
		now      time.Time
		kind     ErrorKind
	}{
		"a stranger's preimage":  {good, invoice.Preimage{4}, "stamps", now, ErrPreimage},
		"of another mint":        {other, paid, "stamps", now, ErrSignature},
		"a changed signature":    {changed, paid, "stamps", now, ErrSignature},
		"another service":        {good, paid, "files", now, ErrService},
		"at its end":             {good, paid, "stamps", terms.Until, ErrExpired},
		"a stranger's caveat":    {with(t, good, "account=7"), paid, "stamps", now, ErrUnknownCaveat},
		"a caveat without value": {with(t, good, "account"), paid, "stamps", now, ErrUnknownCaveat},
		"a caveat of another":    {with(t, good, "files_count=1"), paid, "stamps", now, ErrUnknownCaveat},
		"a count of nothing":     {with(t, good, "stamps_count=0"), paid, "stamps", now, ErrUnknownCaveat},
		"a count written oddly":  {with(t, good, "stamps_count=+1"), paid, "stamps", now, ErrUnknownCaveat},
		"an earlier end":         {with(t, good, "stamps_valid_until=1799999999"), paid, "stamps", now, ErrExpired},
		"services narrowed":      {with(t, good, "services=files:0"), paid, "stamps", now, ErrService},
		"another tier":           {with(t, good, "services=stamps:1"), paid, "stamps", now, ErrService},
		"too many caveats":       {with(t, good, strings.Split(strings.Repeat("stamps_count=1,", 32), ",")[:30]...), paid, "stamps", now, ErrSyntax},
		"version 1":              {rawV1, paid, "stamps", now, ErrSyntax},
		"a third party":          {rawThird, paid, "stamps", now, ErrUnknownCaveat},
		"another identifier":     {rawShort, paid, "stamps", now, ErrSyntax},
		"bytes after it":         {append(bytes.Clone(good), 0), paid, "stamps", now, ErrSyntax},
		"half of it":             {good[:len(good)/2], paid, "stamps", now, ErrSyntax},
		"nothing":                {nil, paid, "stamps", now, ErrSyntax},
		"too long":               {make([]byte, maxToken+1), paid, "stamps", now, ErrSyntax},
	} {
		if g, err := mint.Verify(Credential{c.token, c.preimage}, c.service, c.now); !errors.Is(err, c.kind) || g != (Grant{}) {
			t.Errorf("%s: %+v, %v; want %q", name, g, err, c.kind)
		}
	}
}

// Whoever holds a token can give a smaller one away, and not a bigger one.
func TestCaveatsOnlyNarrow(t *testing.T) {
	smaller := with(t, token(t, terms), "stamps_count=5", "stamps_valid_until=1800000060", "services=files:0,stamps:0")
	g, err := mint.Verify(Credential{smaller, paid}, "stamps", now)
	if err != nil || g.Count != 5 || !g.Until.Equal(now.Add(time.Minute)) {
		t.Errorf("smaller: %+v, %v", g, err)
	}
	bigger := with(t, token(t, terms), "stamps_count=1000", "stamps_valid_until=1900000000")
	g, err = mint.Verify(Credential{bigger, paid}, "stamps", now)
	if err != nil || g.Count != 100 || !g.Until.Equal(terms.Until) {
		t.Errorf("bigger: %+v, %v", g, err)
	}
	free, err := mint.Verify(Credential{token(t, Terms{Service: "stamps"}), paid}, "stamps", now)
	if err != nil || free.Count != 0 || !free.Until.IsZero() {
		t.Errorf("without bounds: %+v, %v", free, err)
	}
}

func TestTermsAreChecked(t *testing.T) {
	for _, bad := range []Terms{{}, {Service: "a=b"}, {Service: "A"}, {Service: strings.Repeat("a", 41)}, {Service: "a", Count: -1}, {Service: "a", Until: time.Unix(0, 0)}} {
		if _, err := mint.Token(TokenID{}, invoice.Hash{}, bad); !errors.Is(err, ErrTerms) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := Challenge(token(t, terms), "a\nb"); !errors.Is(err, ErrTerms) {
		t.Errorf("an invoice of two lines: %v", err)
	}
}

func TestParseCredentialRefuses(t *testing.T) {
	good := Credential{token(t, terms), paid}.Header()
	for _, bad := range []string{
		"", "L402", "L402 ", "Bearer x:y", "L402 abc", "L402 !!!:" + paid.Text(), "L402 :" + paid.Text(),
		good + "0", good[:len(good)-1], strings.Replace(good, ":", "\n:", 1), "L402 " + strings.Repeat("A", 17000),
	} {
		if _, err := ParseCredential(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("%.60q: %v", bad, err)
		}
	}
	if strings.Contains(Credential{nil, paid}.Preimage.String(), paid.Text()) {
		t.Error("a preimage prints itself")
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(Credential{token(f, terms), paid}.Header())
	f.Add(Credential{with(f, token(f, terms), "x=y"), paid}.Header())
	f.Add("L402 AAAA:00")
	f.Fuzz(func(t *testing.T, header string) {
		c, err := ParseCredential(header)
		if err != nil {
			return
		}
		again, err := ParseCredential(c.Header())
		if err != nil || !bytes.Equal(again.Token, c.Token) || again.Preimage != c.Preimage {
			t.Fatalf("%q: %v", header, err)
		}
		if g, err := mint.Verify(c, "stamps", now); err == nil && (g.ID != TokenID{3} || g.Payment != paid.Hash()) {
			t.Fatalf("%q was accepted: %+v", header, g)
		}
	})
}
