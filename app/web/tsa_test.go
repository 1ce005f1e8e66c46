package web

import (
	"net/http"
	"strings"
	"testing"

	"cairn/notary"
)

// Queries come from programs of any origin and are taken raw: no form is read,
// and no page's middleware stands before them.
func TestTimeStampQueriesReachTheAuthority(t *testing.T) {
	s := newSite(t)
	body := "digest=%zz&\x00\xff"
	for _, header := range [][]string{{}, {"Origin", "https://elsewhere.test"}, {"Sec-Fetch-Site", "cross-site"}} {
		w := s.ask("POST", "/tsa", body, header...)
		wantStatus(t, w, http.StatusOK)
		if got := w.Body.String(); got != "tsa POST "+body {
			t.Errorf("%v: %q", header, got)
		}
	}
	wantStatus(t, s.ask("OPTIONS", "/tsa", ""), http.StatusOK)
	wantStatus(t, s.ask("POST", "/tsa/ca.pem", body), http.StatusMethodNotAllowed)
}

func TestTimeStampQueriesAreLimited(t *testing.T) {
	s := newSite(t)
	var last int
	for range 400 {
		if last = s.ask("POST", "/tsa", "x").Code; last == http.StatusTooManyRequests {
			break
		}
	}
	if last != http.StatusTooManyRequests {
		t.Error("400 queries at once were answered")
	}
	wantStatus(t, s.ask("OPTIONS", "/tsa", ""), http.StatusOK)
}

func TestTokensAreGivenOut(t *testing.T) {
	s := newSite(t)
	d := s.stamped(42)
	path := "/proof/" + d.String() + "/token"
	token, err := fakeTSA{s.notary}.Token(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for ext, want := range map[string]struct{ kind, content string }{
		".tst": {"application/cms", string(token.DER)},
		".tsr": {"application/timestamp-reply", string(token.Reply())},
	} {
		w := s.ask("GET", path+ext, "")
		wantStatus(t, w, http.StatusOK)
		if w.Header().Get("Content-Type") != want.kind || w.Body.String() != want.content || !strings.Contains(w.Header().Get("Content-Disposition"), d.String()+ext) {
			t.Errorf("%s: %v %x", ext, w.Header(), w.Body)
		}
	}
	wantStatus(t, s.ask("GET", "/proof/"+notary.Digest{7}.String()+"/token.tsr", ""), http.StatusNotFound)
	wantStatus(t, s.ask("GET", "/proof/nonsense/token.tsr", ""), http.StatusUnprocessableEntity)
	wantText(t, s.ask("GET", "/proof/"+d.String(), ""), path+".tsr")
	wantText(t, s.ask("GET", "/tsa/ca.pem", ""), "the roots")
	wantText(t, s.ask("GET", "/tsa/chain.pem", ""), "a chain")
}

func TestAuthorityPage(t *testing.T) {
	s := newSite(t)
	for lang, words := range map[string]string{"en": "Time-stamps for the record", "zh-Hans": "带签名的时间戳"} {
		w := s.ask("GET", "/tsa", "", "Accept-Language", lang)
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, words, "openssl ts -query", "http://cairn.test/tsa", "2.999.3161.1")
	}
	bare := newSite(t, func(_ *Config, d *Deps) { d.TSA = nil })
	wantStatus(t, bare.ask("GET", "/tsa", ""), http.StatusNotFound)
	wantStatus(t, bare.ask("POST", "/tsa", "x"), http.StatusNotFound)
}
