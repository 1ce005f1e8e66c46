package web

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/lnurl"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
)

// secure has the site under a name that wallets follow.
func secure(c *Config, _ *Deps) { c.PublicURL = "https://cairn.test" }

func refused(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	wantStatus(t, w, http.StatusOK)
	if w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a page of another site cannot read the answer")
	}
	var answer struct{ Status, Reason string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Status != "ERROR" || answer.Reason == "" {
		t.Fatalf("%s, %v", w.Body, err)
	}
	return answer.Reason
}

// A wallet is given the address and goes all the way.
func TestADonationToTheLightningAddress(t *testing.T) {
	s := newSite(t, secure)
	w := s.ask("GET", "/.well-known/lnurlp/donate", "")
	if w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a page of another site cannot read the offer")
	}
	offer, err := lnurl.ParsePayRequest(w.Body.Bytes())
	if err != nil || offer.Least != 100_000 || offer.Most != 1_000_000_000 || offer.Identifier != "donate@cairn.test" || offer.Comment != 200 {
		t.Fatalf("%+v, %v", offer, err)
	}
	link, err := offer.Ask(5_000_000)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil || u.Host != "cairn.test" || u.Scheme != "https" {
		t.Fatal(u, err)
	}
	w = s.ask("GET", u.RequestURI()+"&comment="+url.QueryEscape("加油 — keep going"), "")
	var answer struct {
		PR            string
		SuccessAction struct{ Tag, Description, URL string }
		Verify        string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.PR == "" || answer.SuccessAction.Tag != "url" {
		t.Fatalf("%s, %v", w.Body, err)
	}
	if hash := s.till.memoHash(answer.PR); hash != offer.MemoHash() {
		t.Errorf("the invoice commits to %x, not to what was offered", hash)
	}
	verify := strings.TrimPrefix(answer.Verify, "https://cairn.test")
	wantText(t, s.ask("GET", verify, ""), `"settled":false`, `"preimage":null`)
	receipt := strings.TrimPrefix(answer.SuccessAction.URL, "https://cairn.test")
	wantText(t, s.ask("GET", receipt, ""), "A donation")
	id, err := fees.ParseID(strings.TrimPrefix(receipt, "/pay/"))
	if err != nil {
		t.Fatal(err)
	}
	q, err := s.till.Get(t.Context(), id)
	if err != nil || q.Address != "" || q.Price != 5_000_000 {
		t.Errorf("%+v, %v", q, err)
	}
	donorsNotes.Lock()
	note := donorsNotes.by[q.InvoiceHash]
	donorsNotes.Unlock()
	if note != "加油 — keep going" {
		t.Errorf("the note %q", note)
	}
	st, err := s.till.settle(answer.PR, 0)
	if err == nil {
		err = s.till.Settle(t.Context(), st)
	}
	if err != nil {
		t.Fatal(err)
	}
	paid := s.ask("GET", verify, "")
	wantText(t, paid, `"settled":true`)
	var told struct{ Preimage string }
	if err := json.Unmarshal(paid.Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	if preimage, err := invoice.ParsePreimage(told.Preimage); err != nil || preimage.Hash() != q.InvoiceHash {
		t.Errorf("the preimage %s, %v", told.Preimage, err)
	}
}

func TestBadDonations(t *testing.T) {
	s := newSite(t, secure)
	for _, path := range []string{
		"/.well-known/lnurlp/somebody", "/lnurl/pay/somebody?amount=200000", "/lnurl/pay/donate", "/lnurl/pay/donate?amount=99999",
		"/lnurl/pay/donate?amount=1000000001", "/lnurl/pay/donate?amount=x", "/lnurl/pay/donate?amount=200000&comment=" + strings.Repeat("a", 201),
		"/lnurl/verify/nonsense", "/lnurl/verify/" + strings.Repeat("0", 32), "/lnurl/verify/" + s.asked("").ID.String(),
	} {
		refused(t, s.ask("GET", path, ""))
	}
	s.till.noRoute = true
	if says := refused(t, s.ask("GET", "/lnurl/pay/donate?amount=200000", "")); !strings.Contains(strings.ToLower(says), "lightning") {
		t.Errorf("without inbound capacity it says %q", says)
	}
}

func TestTheDonationsPage(t *testing.T) {
	s := newSite(t, secure)
	page := s.ask("GET", "/donate", "")
	wantText(t, page, "donate@cairn.test", "lightning:LNURL1", "1,000 sat", "21,000 sat")
	wantText(t, s.ask("GET", "/donate", "", "Accept-Language", "zh"), "支持本站")
	w := s.ask("POST", "/donate", "amount=5000&other=&note=thanks")
	wantStatus(t, w, http.StatusSeeOther)
	wantText(t, s.ask("GET", w.Header().Get("Location"), ""), "5,000 sat")
	w = s.ask("POST", "/donate", "amount=1000&other=7%20000")
	wantText(t, s.ask("GET", w.Header().Get("Location"), ""), "7,000 sat")
	for _, bad := range []string{"other=99", "other=1000001", "other=x", "", "amount=5000&note=" + strings.Repeat("a", 201)} {
		wantStatus(t, s.ask("POST", "/donate", bad), http.StatusUnprocessableEntity)
	}
	off := newSite(t, secure, func(_ *Config, d *Deps) { d.Donations = nil })
	for _, path := range []string{"/donate", "/.well-known/lnurlp/donate"} {
		wantStatus(t, off.ask("GET", path, ""), http.StatusNotFound)
	}
}

// wallet is somebody's Lightning wallet.
type wallet struct{ key *btcec.PrivateKey }

func newWallet(t *testing.T) wallet {
	t.Helper()
	key, err := btcec.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return wallet{key}
}

// answer signs what a code asks and gives the link a wallet opens; change may
// spoil it.
func (w wallet) answer(t *testing.T, code string, change func(url.Values)) string {
	t.Helper()
	link, err := lnurl.Decode(code)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil || u.Host != "cairn.test" || u.Query().Get("tag") != "login" {
		t.Fatal(link, err)
	}
	k1, err := hex.DecodeString(u.Query().Get("k1"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("key", hex.EncodeToString(w.key.PubKey().SerializeCompressed()))
	q.Set("sig", hex.EncodeToString(ecdsa.Sign(w.key, k1).Serialize()))
	if change != nil {
		change(q)
	}
	return u.Path + "?" + q.Encode()
}

// scanner is a browser that shows codes.
type scanner struct {
	*site
	cookies map[string]string
}

func (b *scanner) do(method, path, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	var cookies []string
	for name, value := range b.cookies {
		cookies = append(cookies, name+"="+value)
	}
	w := b.ask(method, path, body, "Cookie", strings.Join(cookies, "; "), "Origin", "https://cairn.test")
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

var lnurlCode = regexp.MustCompile(`lightning:(LNURL1[A-Z0-9]+)`)

func (b *scanner) code(form string) string {
	b.t.Helper()
	w := b.do("POST", "/account/wallet", form)
	wantStatus(b.t, w, http.StatusSeeOther)
	return firstMatch(b.t, lnurlCode, b.do("GET", w.Header().Get("Location"), ""))
}

func TestAWalletSignsIn(t *testing.T) {
	s := newSite(t, secure)
	b := &scanner{s, map[string]string{}}
	wantText(t, b.do("GET", "/account", ""), "With a Lightning wallet")
	wantText(t, b.do("GET", "/account/wallet/state", ""), `"over"`)
	code, own := b.code("next=/vault%3Fq%3Dx"), newWallet(t)
	wantText(t, b.do("GET", "/account/wallet/state", ""), `"waiting"`)
	w := b.do("POST", "/account/wallet/enter", "")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "has not confirmed yet", code)

	// What must not get in.
	stranger := newWallet(t)
	for name, link := range map[string]string{
		"another k1":        own.answer(t, code, func(q url.Values) { q.Set("k1", strings.Repeat("0", 64)) }),
		"no signature":      own.answer(t, code, func(q url.Values) { q.Del("sig") }),
		"another key":       own.answer(t, code, func(q url.Values) { q.Set("key", hex.EncodeToString(stranger.key.PubKey().SerializeCompressed())) }),
		"another action":    own.answer(t, code, func(q url.Values) { q.Set("action", "link") }),
		"an unknown action": own.answer(t, code, func(q url.Values) { q.Set("action", "steal") }),
		"no key":            own.answer(t, code, func(q url.Values) { q.Set("key", "02"+strings.Repeat("f", 64)) }),
	} {
		if says := refused(t, s.ask("GET", link, "")); says == "" {
			t.Error(name)
		}
	}
	wantText(t, b.do("GET", "/account/wallet/state", ""), `"waiting"`)

	answer := own.answer(t, code, nil)
	wantText(t, s.ask("GET", answer, ""), `{"status":"OK"}`)
	if says := refused(t, s.ask("GET", answer, "")); !strings.Contains(says, "used already") {
		t.Errorf("replayed: %q", says)
	}
	wantText(t, b.do("GET", "/account/wallet/state", ""), `"signed"`)
	thief := &scanner{s, map[string]string{}} // who saw the code, and not more
	wantStatus(t, thief.do("POST", "/account/wallet/enter", ""), http.StatusForbidden)
	w = b.do("POST", "/account/wallet/enter", "next=/vault%3Fq%3Dx")
	wantStatus(t, w, http.StatusSeeOther)
	if got := w.Header().Get("Location"); got != "/vault?q=x" {
		t.Errorf("led to %s", got)
	}
	wantStatus(t, b.do("GET", "/vault", ""), http.StatusOK)
	key := hex.EncodeToString(own.key.PubKey().SerializeCompressed())
	wantText(t, b.do("GET", "/account", ""), key[:16])
	wantStatus(t, b.do("POST", "/account/wallet/enter", ""), http.StatusForbidden) // used up

	// Again, elsewhere: the same vault.
	wantStatus(t, b.do("POST", "/account/name", "name=Ada"), http.StatusSeeOther)
	other := &scanner{s, map[string]string{}}
	wantText(t, s.ask("GET", own.answer(t, other.code(""), nil), ""), `"OK"`)
	wantStatus(t, other.do("POST", "/account/wallet/enter", "next=//evil.test"), http.StatusSeeOther)
	wantText(t, other.do("GET", "/account", ""), "<h1>Ada")
	w = other.do("POST", "/account/wallets/remove", "key="+key)
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "The last wallet stays")
}

func TestAWalletIsLinked(t *testing.T) {
	s := newSite(t, secure)
	ada, own := s.signUp(), newWallet(t)
	name, token, _ := strings.Cut(ada.cookie, "=")
	b := &scanner{s, map[string]string{name: token}}
	code := b.code("for=link")
	if says := refused(t, s.ask("GET", own.answer(t, code, func(q url.Values) { q.Set("action", "login") }), "")); !strings.Contains(says, "another question") {
		t.Errorf("a login for a link: %q", says)
	}
	wantText(t, s.ask("GET", own.answer(t, code, nil), ""), `"OK"`)
	wantStatus(t, b.do("POST", "/account/wallet/enter", ""), http.StatusSeeOther)
	key := hex.EncodeToString(own.key.PubKey().SerializeCompressed())
	wantText(t, b.do("GET", "/account", ""), key[:16])

	entered := &scanner{s, map[string]string{}}
	wantText(t, s.ask("GET", own.answer(t, entered.code(""), nil), ""), `"OK"`)
	wantStatus(t, entered.do("POST", "/account/wallet/enter", ""), http.StatusSeeOther)
	wantText(t, entered.do("GET", "/account", ""), key[:16])

	// Somebody else cannot take it over.
	eve := s.signUp()
	name, token, _ = strings.Cut(eve.cookie, "=")
	theirs := &scanner{s, map[string]string{name: token}}
	wantText(t, s.ask("GET", own.answer(t, theirs.code("for=link"), nil), ""), `"OK"`)
	w := theirs.do("POST", "/account/wallet/enter", "")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "opens another vault already")
	nobody := &scanner{s, map[string]string{}}
	if w := nobody.do("POST", "/account/wallet", "for=link"); w.Code < 400 || w.Code >= 500 {
		t.Errorf("linking without an account: %d", w.Code)
	}
	wantStatus(t, b.do("POST", "/account/wallets/remove", "key="+key), http.StatusSeeOther)
	wantStatus(t, b.do("POST", "/account/wallets/remove", "key=zz"), http.StatusBadRequest)
}

func TestWalletsNeedASecureAddress(t *testing.T) {
	s := newSite(t) // http, under a name
	for _, path := range []string{"/account/wallet", "/lnurl/auth?tag=login", "/.well-known/lnurlp/donate"} {
		wantStatus(t, s.ask("GET", path, ""), http.StatusNotFound)
	}
	if strings.Contains(s.ask("GET", "/account", "").Body.String(), "Lightning wallet") {
		t.Error("offers a way in that no wallet takes")
	}
	wantStatus(t, s.ask("GET", "/donate", ""), http.StatusOK)
}
