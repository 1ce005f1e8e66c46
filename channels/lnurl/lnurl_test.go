package lnurl

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
)

// The example of LUD-01.
const (
	exampleLink = "https://service.com/api?q=3fc3645b439ce8e7f2553a69e5267081d96dcd340693afabe04be7b0ccd178df"
	exampleText = "LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD3HXQURZEPEXEJXXEPNXSCRVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS"
)

func isKind(t *testing.T, what string, err error, kind ErrorKind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %q", what, err, kind)
	}
}

func TestText(t *testing.T) {
	if got, err := Encode(exampleLink); err != nil || got != exampleText {
		t.Errorf("encoded %s, %v", got, err)
	}
	for _, text := range []string{exampleText, strings.ToLower(exampleText), " LIGHTNING:" + exampleText} {
		if got, err := Decode(text); err != nil || got != exampleLink {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "lnurl", "lightning:", exampleText[:40], exampleText + "Q", "l" + exampleText[1:], strings.Repeat("Q", 5000),
		"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"} {
		_, err := Decode(bad)
		isKind(t, bad[:min(len(bad), 20)], err, ErrText)
	}
	for _, bad := range []string{"", "http://service.com/", "ftp://service.com", "https://", "https://user:pass@service.com/", "javascript:alert(1)"} {
		_, err := Encode(bad)
		isKind(t, bad, err, ErrLink)
	}
	if _, err := Encode("http://abc.onion/x"); err != nil {
		t.Errorf("a hidden service: %v", err)
	}
	for _, own := range []string{"http://127.0.0.1:8780/x", "http://localhost/x", "http://[::1]:1/x"} { // shown, never followed
		text, err := Encode(own)
		if err != nil {
			t.Errorf("%s: %v", own, err)
		}
		_, err = Decode(text)
		isKind(t, own, err, ErrLink)
	}
}

func TestAddress(t *testing.T) {
	a, err := ParseAddress(" Gifts@Cairn.Example ")
	if err != nil || a.String() != "gifts@cairn.example" || a.Link() != "https://cairn.example/.well-known/lnurlp/gifts" {
		t.Errorf("%v, %s, %v", a, a.Link(), err)
	}
	if a, err := ParseAddress("a+b@x.onion"); err != nil || a.Link() != "http://x.onion/.well-known/lnurlp/a+b" {
		t.Errorf("%s, %v", a.Link(), err)
	}
	for _, bad := range []string{"", "a", "@b.c", "a@", "a@b", "a b@c.d", "a/../b@c.d", "ä@c.d", "a@b..c", "a@-b.c", "a@b.c/d", "a@b.c:1", "a@@b.c", strings.Repeat("a", 65) + "@b.c"} {
		_, err := ParseAddress(bad)
		isKind(t, bad, err, ErrAddress)
	}
}

func login(t *testing.T, k K1) url.Values {
	t.Helper()
	key, pub := btcec.PrivKeyFromBytes([]byte{1, 2, 3})
	return url.Values{
		"tag": {"login"}, "k1": {k.String()}, "action": {"login"}, "key": {hex.EncodeToString(pub.SerializeCompressed())},
		"sig": {hex.EncodeToString(ecdsa.Sign(key, k[:]).Serialize())},
	}
}

func TestLogin(t *testing.T) {
	text, err := LoginLink("https://cairn.example/login/lnurl", K1{7}, LogIn)
	if err != nil {
		t.Fatal(err)
	}
	link, err := Decode(text)
	if err != nil || link != "https://cairn.example/login/lnurl?action=login&k1=07"+strings.Repeat("00", 31)+"&tag=login" {
		t.Fatalf("%s, %v", link, err)
	}
	got, err := ParseLogin(login(t, K1{7}))
	if err != nil || got.K1 != (K1{7}) || got.Action != LogIn || got.Key.String() != login(t, K1{7}).Get("key") {
		t.Errorf("%+v, %v", got, err)
	}
	for name, c := range map[string]struct {
		key, value string
		kind       ErrorKind
	}{
		"another k1":       {"k1", K1{8}.String(), ErrSignature},
		"another key":      {"key", "02c3b844b8104f0c1b15c507774c9ba7fc609f58f343b9b149122e944dd20c9362", ErrSignature},
		"a key off curve":  {"key", "02" + strings.Repeat("ff", 32), ErrRequest},
		"a key too long":   {"key", "04" + strings.Repeat("11", 64), ErrRequest},
		"no key":           {"key", "", ErrRequest},
		"no signature":     {"sig", "", ErrSignature},
		"a signature":      {"sig", "3006020101020101", ErrSignature},
		"not hexadecimal":  {"sig", "zz", ErrRequest},
		"a long signature": {"sig", strings.Repeat("30", 81), ErrRequest},
		"a short k1":       {"k1", "07", ErrRequest},
		"another tag":      {"tag", "payRequest", ErrRequest},
		"another action":   {"action", "steal", ErrRequest},
	} {
		q := login(t, K1{7})
		q.Set(c.key, c.value)
		_, err := ParseLogin(q)
		isKind(t, name, err, c.kind)
	}
}

// The example of LUD-04, made by somebody else's code.
func TestLoginOfOthers(t *testing.T) {
	_, err := ParseLogin(url.Values{
		"k1":  {"e2af6254a8df433264fa23f67eb8188635d15ce883e8fc020989d5f82ae6f11e"},
		"key": {"02c3b844b8104f0c1b15c507774c9ba7fc609f58f343b9b149122e944dd20c9362"},
		"sig": {"304402203767faf494f110b139293d9bab3c50e07b3bf33c463d4aa767256cd09132dc5102205821f8efacdb5c595b92ada255876d9201e126e2f31a140d44561cc1f7e9e43d"},
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPay(t *testing.T) {
	p := PayRequest{Callback: "https://cairn.example/pay?x=1", Least: 1000, Most: 9000, Text: "A \"gift\" & more", Identifier: "gifts@cairn.example", Comment: 5}
	raw, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParsePayRequest(raw); err != nil || got != p {
		t.Errorf("%s: %+v, %v", raw, got, err)
	}
	var shown struct{ Metadata string }
	if err := json.Unmarshal(raw, &shown); err != nil || shown.Metadata != p.Metadata() {
		t.Errorf("the invoice commits to %s, the wallet sees %s", p.Metadata(), shown.Metadata)
	}
	if link, err := p.Ask(2000); err != nil || link != "https://cairn.example/pay?amount=2000&x=1" {
		t.Errorf("%s, %v", link, err)
	}
	_, err = p.Ask(9001)
	isKind(t, "too much", err, ErrAmount)
	if got, err := p.ParsePay(url.Values{"amount": {"9000"}, "comment": {"谢谢你们啊"}}); err != nil || got != (Pay{9000, "谢谢你们啊"}) {
		t.Errorf("%+v, %v", got, err)
	}
	for q, kind := range map[string]ErrorKind{
		"": ErrRequest, "amount=x": ErrRequest, "amount=1e3": ErrRequest, "amount=999": ErrAmount, "amount=9001": ErrAmount, "amount=-1": ErrAmount,
		"amount=99999999999999999999": ErrRequest, "amount=1000&comment=123456": ErrRequest, "amount=1000&comment=%ff": ErrRequest,
	} {
		values, err := url.ParseQuery(q)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.ParsePay(values)
		isKind(t, q, err, kind)
	}
	for name, change := range map[string]func(*PayRequest){
		"no callback": func(p *PayRequest) { p.Callback = "" }, "no least": func(p *PayRequest) { p.Least = 0 },
		"least above most": func(p *PayRequest) { p.Least = 9001 }, "no text": func(p *PayRequest) { p.Text = "" },
	} {
		bad := p
		change(&bad)
		if raw, err := bad.JSON(); err == nil {
			t.Errorf("%s: %s", name, raw)
		}
	}
	for raw, kind := range map[string]ErrorKind{
		"": ErrReply, "[]": ErrReply, "{}": ErrReply, `{"status":"ERROR","reason":"closed"}`: ErrRefused,
		`{"tag":"withdrawRequest","callback":"https://a.b","minSendable":1,"maxSendable":1,"metadata":"[]"}`:                 ErrReply,
		`{"tag":"payRequest","callback":"http://a.b","minSendable":1,"maxSendable":1,"metadata":"[[\"text/plain\",\"x\"]]"}`: ErrReply,
	} {
		_, err := ParsePayRequest([]byte(raw))
		isKind(t, raw, err, kind)
	}
	own := PayRequest{Callback: "http://127.0.0.1:8780/pay", Least: 1000, Most: 2000, Text: "a gift"}
	if raw, err := own.JSON(); err != nil {
		t.Errorf("on this machine: %v", err)
	} else if _, err := ParsePayRequest(raw); !errors.Is(err, ErrReply) {
		t.Errorf("on this machine, followed: %v", err)
	}
	if got := string(Verified("lnbc1", "")); got != `{"status":"OK","settled":false,"preimage":null,"pr":"lnbc1"}` {
		t.Error(got)
	}
	if got := string(Verified("lnbc1", "00ff")); got != `{"status":"OK","settled":true,"preimage":"00ff","pr":"lnbc1"}` {
		t.Error(got)
	}
	if got, err := ParseInvoice(Invoice("lnbc1", "Thank you.", "https://cairn.example/q/1", "")); err != nil || got != "lnbc1" {
		t.Errorf("%s, %v", got, err)
	}
	_, err = ParseInvoice(OK())
	isKind(t, "no invoice", err, ErrReply)
	_, err = ParseInvoice(Refusal("closed"))
	isKind(t, "refused", err, ErrRefused)
}

func TestWithdraw(t *testing.T) {
	w := WithdrawRequest{Callback: "https://cairn.example/back", K1: K1{5}, Least: 1000, Most: 2000, Text: "credit"}
	raw, err := w.JSON()
	if err != nil || !strings.Contains(string(raw), `"tag":"withdrawRequest"`) || !strings.Contains(string(raw), `"maxWithdrawable":2000`) {
		t.Errorf("%s, %v", raw, err)
	}
	got, err := ParseWithdraw(url.Values{"k1": {K1{5}.String()}, "pr": {"lnbc1"}})
	if err != nil || got != (Withdraw{K1{5}, "lnbc1"}) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = ParseWithdraw(url.Values{"k1": {K1{5}.String()}})
	isKind(t, "no invoice", err, ErrRequest)
	_, err = ParseWithdraw(url.Values{"k1": {"5"}, "pr": {"lnbc1"}})
	isKind(t, "no k1", err, ErrRequest)
	w.Most = 0
	_, err = w.JSON()
	isKind(t, "no amount", err, ErrAmount)
}

func FuzzDecode(f *testing.F) {
	f.Add(exampleText)
	f.Add("lightning:" + strings.ToLower(exampleText))
	f.Fuzz(func(t *testing.T, s string) {
		link, err := Decode(s)
		if err != nil {
			return
		}
		text, err := Encode(link)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Decode(text); err != nil || again != link {
			t.Fatalf("%q: %q, %v", s, again, err)
		}
	})
}

func FuzzParsePayRequest(f *testing.F) {
	f.Add([]byte(`{"tag":"payRequest","callback":"https://a.b","minSendable":1,"maxSendable":1,"metadata":"[[\"text/plain\",\"x\"]]"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := ParsePayRequest(raw); err == nil {
			if _, err := p.Ask(p.Least); err != nil {
				t.Fatal(err)
			}
		}
	})
}
