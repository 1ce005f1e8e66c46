package mpp

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"cairn/channels/invoice"
)

var (
	preimage = invoice.Preimage{7}
	now      = time.Unix(1_800_000_000, 0).UTC()
	charge   = Charge{
		Amount: 100, Description: "Q&A <b>", Invoice: "lnbcrt1u1ptest", Payment: preimage.Hash(), Network: "regtest", Expires: now.Add(time.Minute),
	}
)

func till(t testing.TB) *Till {
	t.Helper()
	out, err := NewTill("notary.example", [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func challenge(t testing.TB) Challenge {
	t.Helper()
	c, err := till(t).Challenge(charge)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPayAndUse(t *testing.T) {
	offers, err := ParseChallenges([]string{`L402 version="0", token="a"`, challenge(t).Header()})
	if err != nil || len(offers) != 1 {
		t.Fatalf("%+v, %v", offers, err)
	}
	if asked, err := offers[0].Charge(); err != nil || asked != charge {
		t.Errorf("the client reads %+v, %v", asked, err)
	}
	header, err := offers[0].Pay(preimage).Header()
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCredential(header)
	if err != nil {
		t.Fatal(err)
	}
	paid, err := till(t).Verify(c, now)
	if err != nil || paid != (Paid{ChallengeID: challenge(t).ID, Payment: preimage.Hash(), Amount: 100}) {
		t.Fatalf("%+v, %v", paid, err)
	}
	r, err := ParseReceipt(paid.Receipt(now).Header())
	if err != nil || r.Reference != preimage.Hash().String() || r.ChallengeID != paid.ChallengeID {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Credential)
		now    time.Time
		kind   ErrorKind
	}{
		"another preimage":  {func(c *Credential) { *c = c.Challenge.Pay(invoice.Preimage{8}) }, now, ErrPreimage},
		"at its end":        {func(*Credential) {}, charge.Expires, ErrExpired},
		"a later end":       {func(c *Credential) { c.Challenge.Expires = "2099-01-01T00:00:00Z" }, now, ErrStranger},
		"no end":            {func(c *Credential) { c.Challenge.Expires = "" }, now, ErrStranger},
		"another realm":     {func(c *Credential) { c.Challenge.Realm = "other.example" }, now, ErrStranger},
		"another request":   {func(c *Credential) { c.Challenge.Request = "e30" }, now, ErrStranger},
		"another id":        {func(c *Credential) { c.Challenge.ID = "x" }, now, ErrStranger},
		"opaque added":      {func(c *Credential) { c.Challenge.Opaque = "e30" }, now, ErrStranger},
		"pipes moved":       {func(c *Credential) { c.Challenge.Request += "|" }, now, ErrStranger},
		"a session":         {func(c *Credential) { c.Challenge.Intent = "session" }, now, ErrMethod},
		"another method":    {func(c *Credential) { c.Challenge.Method = "tempo" }, now, ErrMethod},
		"no preimage":       {func(c *Credential) { c.Payload = json.RawMessage(`{}`) }, now, ErrCredential},
		"a preimage of hex": {func(c *Credential) { c.Payload = json.RawMessage(`{"preimage":7}`) }, now, ErrCredential},
		"an upper-case digit": {func(c *Credential) {
			c.Payload = json.RawMessage(strings.ToUpper(strings.Replace(string(c.Payload), "preimage", "", 1)))
		}, now, ErrCredential},
	} {
		cred := challenge(t).Pay(preimage)
		c.change(&cred)
		paid, err := till(t).Verify(cred, c.now)
		if !errors.Is(err, c.kind) || paid != (Paid{}) {
			t.Errorf("%s: %+v, %v; want %q", name, paid, err, c.kind)
		}
		p, ok := ProblemOf(err, cred.Challenge.ID)
		if !ok || p.Status < 400 || !strings.HasPrefix(p.Type, problems) || bytes.Contains(p.JSON(), []byte(preimage.Text())) {
			t.Errorf("%s: %s", name, p.JSON())
		}
	}
	other, err := NewTill("notary.example", [32]byte{2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Verify(challenge(t).Pay(preimage), now); !errors.Is(err, ErrStranger) {
		t.Errorf("another secret: %v", err)
	}
	if _, ok := ProblemOf(errors.New("else"), ""); ok {
		t.Error("a stranger's error has a problem")
	}
	if string(Required("Pay.").JSON()) != `{"type":"https://paymentauth.org/problems/payment-required","title":"Payment Required","status":402,"detail":"Pay."}` {
		t.Errorf("%s", Required("Pay.").JSON())
	}
	if Consumed("x").Type != problems+"invalid-challenge" {
		t.Error("a consumed challenge")
	}
}

func TestChallengeRefuses(t *testing.T) {
	for name, change := range map[string]func(*Charge){
		"no amount":  func(c *Charge) { c.Amount = 0 },
		"no invoice": func(c *Charge) { c.Invoice = "" },
		"no end":     func(c *Charge) { c.Expires = time.Time{} },
		"testnet":    func(c *Charge) { c.Network = "testnet" },
		"lines":      func(c *Charge) { c.Description = "a\r\nb" },
		"a novel":    func(c *Charge) { c.Description = strings.Repeat("a", maxJSON) },
	} {
		c := charge
		change(&c)
		if _, err := till(t).Challenge(c); !errors.Is(err, ErrChallenge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, realm := range []string{"", "a|b", strings.Repeat("a", 256)} {
		if _, err := NewTill(realm, [32]byte{}); !errors.Is(err, ErrChallenge) {
			t.Errorf("realm %.10q: %v", realm, err)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "{", `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `"\ud800"`, `"\udc00"`, `"\ud800\ud800"`, `"\ud800x"`, `"\ud800\n"`, "\"\xff\"", "1e400", "-1e400",
		strings.Repeat("[", 40) + strings.Repeat("]", 40), `"` + strings.Repeat("a", maxJSON) + `"`, "nul", "1 2",
	} {
		if got, err := Canonicalize([]byte(bad)); !errors.Is(err, ErrJSON) {
			t.Errorf("%.40q: %s, %v", bad, got, err)
		}
	}
	for in, want := range map[string]string{`"\\ud800"`: `"\\ud800"`, `"\ud83d\ude00"`: `"😀"`, " [ 1 , {} ] ": "[1,{}]", `"\/"`: `"/"`} {
		if got, err := Canonicalize([]byte(in)); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
}

// The canonical form is its own canonical form, and means the same.
func FuzzCanonicalize(f *testing.F) {
	for _, s := range []string{`{"b":[1,-0,1e21,5e-324],"a":"\u0000é\ud83d\ude00"}`, `[]`, `"\\"`, `1.50`, `{"a":{"b":{}}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := Canonicalize(raw)
		if err != nil {
			return
		}
		twice, err := Canonicalize(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q: %s became %s, %v", raw, once, twice, err)
		}
		var a, b any
		if json.Unmarshal(raw, &a) != nil || json.Unmarshal(once, &b) != nil {
			t.Fatalf("%q: %s is no JSON", raw, once)
		}
	})
}

func FuzzParseCredential(f *testing.F) {
	header, err := challenge(f).Pay(preimage).Header()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(header)
	f.Add("Payment e30")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCredential(s)
		if err != nil {
			return
		}
		if paid, err := till(t).Verify(c, now); err == nil && paid.Payment != preimage.Hash() {
			t.Fatalf("%q was accepted: %+v", s, paid)
		}
	})
}
