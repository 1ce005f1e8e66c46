package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/notary"

	"golang.org/x/net/html"
)

// concrete fills a route's parameters with something that exists.
func (s *site) concrete(route string) string {
	tip := s.notary.Tip()
	return strings.NewReplacer(
		":digest", notary.Digest{42}.String(), ":token", "open", ":height", "100", ":hash", tip.Hash.String(),
		":id", fakeID(0).String(), ":key", fakeKey.Text(), ":file", "ridge-480.jpg", ":txid", fakeReplaced.String(), ":quote", s.asked("").ID.String(),
	).Replace(route)
}

// streams do not end by themselves; their headers are looked at elsewhere.
func isStream(path string) bool { return strings.HasSuffix(path, "/events") }

func TestEveryRouteSetsItsHeaders(t *testing.T) {
	seen := 0
	for _, route := range newSite(t).echo.Routes() {
		if isStream(route.Path) {
			continue
		}
		s := newSite(t)
		s.completed(42)
		w := s.ask(route.Method, s.concrete(route.Path), "")
		if w.Code >= 500 {
			t.Errorf("%s %s: %d", route.Method, route.Path, w.Code)
		}
		h := w.Header()
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy %q lacks %s", route.Path, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe-") {
			t.Errorf("%s: the policy %q is unsafe", route.Path, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", route.Path, name, got)
			}
		}
		for _, name := range []string{"Referrer-Policy", "Permissions-Policy", "Cross-Origin-Resource-Policy", "Cache-Control", "X-Request-Id"} {
			if h.Get(name) == "" {
				t.Errorf("%s has no %s", route.Path, name)
			}
		}
		if strings.HasPrefix(h.Get("Content-Type"), "text/html") && route.Method != http.MethodHead {
			checkMarkup(t, route.Path, w)
			seen++
		}
	}
	if seen < 8 {
		t.Errorf("only %d pages were looked at", seen)
	}
}

var nonceInPolicy = regexp.MustCompile(`script-src 'nonce-([^']+)' 'strict-dynamic';`)

// checkMarkup looks for what the policy forbids, and for what makes a page
// whole: one h1, a language, labelled landmarks, known ids.
func checkMarkup(t *testing.T, where string, w *httptest.ResponseRecorder) {
	t.Helper()
	nonce := nonceInPolicy.FindStringSubmatch(w.Header().Get("Content-Security-Policy"))
	if nonce == nil {
		t.Fatalf("%s: no nonce in %q", where, w.Header().Get("Content-Security-Policy"))
	}
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	count, ids := map[string]int{}, map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Namespace == "" { // a picture's title is its own
			count[n.Data]++
		}
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("%s: <%s> has an inline %s", where, n.Data, a.Key)
			}
			if strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
				t.Errorf("%s: <%s> leads to a script", where, n.Data)
			}
			if (a.Key == "src" || a.Key == "href") && strings.Contains(a.Val, "//") && !strangers(n.Data, attr["rel"]) {
				t.Errorf("%s: <%s> loads or leads to %s", where, n.Data, a.Val)
			}
		}
		if id := attr["id"]; id != "" && ids[id] {
			t.Errorf("%s: id %q is used twice", where, id)
		}
		ids[attr["id"]] = true
		if n.Data == "script" && (attr["src"] == "" || attr["nonce"] != nonce[1] || n.FirstChild != nil) {
			t.Errorf("%s: a script is inline or has no nonce", where)
		}
		for key := range attr {
			if strings.HasPrefix(key, "hx-") && attr["hx-nonce"] != nonce[1] {
				t.Errorf("%s: <%s %s> has no nonce", where, n.Data, key)
			}
		}
		if n.Data == "html" && attr["lang"] == "" {
			t.Errorf("%s says no language", where)
		}
		if n.Data == "form" && attr["method"] != "" && !strings.HasPrefix(attr["action"], "/") {
			t.Errorf("%s: a form goes to %q", where, attr["action"])
		}
	}
	if count["style"] > 0 || count["iframe"] > 0 || count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 {
		t.Errorf("%s: elements %v", where, count)
	}
}

// strangers says that an element is a link whose owner we do not vouch for: it tells
// nobody where it was followed.
func strangers(element, rel string) bool {
	said := strings.Fields(rel)
	return element == "a" && slices.Contains(said, "ugc") && slices.Contains(said, "nofollow") && slices.Contains(said, "noreferrer")
}

func TestNonceIsNewEachTime(t *testing.T) {
	s := newSite(t)
	a := s.ask("GET", "/", "").Header().Get("Content-Security-Policy")
	if b := s.ask("GET", "/", "").Header().Get("Content-Security-Policy"); a == b {
		t.Error("two answers have the same nonce")
	}
}

func TestUnsafeRequestsFromOtherSitesAreRefused(t *testing.T) {
	tried := 0
	for _, route := range newSite(t).echo.Routes() {
		if route.Method == http.MethodGet || route.Method == http.MethodHead {
			continue
		}
		for _, header := range [][]string{
			{"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"},
			{"Origin", "https://elsewhere.test"},
			{"Origin", "null"},
		} {
			tried++
			s := newSite(t)
			d := s.stamped(42)
			w := s.ask(route.Method, s.concrete(route.Path), "digest="+strings.Repeat("01", 32)+"&theme=dark", header...)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s with %v: %d", route.Path, header, w.Code)
			}
			if p, _ := s.notary.Proof(t.Context(), d); len(s.notary.proofs) != 1 || p.Stage != notary.StageStored || s.operators.used["open"] || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s with %v changed something", route.Path, header)
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d requests were tried", tried)
	}
	s := newSite(t)
	for _, header := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://cairn.test"}, {}} {
		if w := s.ask("POST", "/theme", "theme=dark", header...); w.Code != http.StatusSeeOther {
			t.Errorf("own request with %v: %d", header, w.Code)
		}
	}
}

func TestOperatorPagesAreForTheOperator(t *testing.T) {
	s := newSite(t)
	for _, cookie := range []string{"", "cairn-operator=", "cairn-operator=guess", "cairn-lang=session"} {
		for _, route := range [][2]string{{"GET", "/operator"}, {"HEAD", "/operator"}, {"POST", "/operator/leave"}} {
			w := s.ask(route[0], route[1], "", "Cookie", cookie)
			if route[0] == "POST" && w.Code == http.StatusForbidden {
				continue
			}
			if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/operator/login?next=%2Foperator" {
				t.Errorf("%v with cookie %q: %d", route, cookie, w.Code)
			}
		}
	}

	wantStatus(t, s.ask("GET", "/setup/open", ""), http.StatusOK)
	wantStatus(t, s.ask("HEAD", "/setup/open", ""), http.StatusOK)
	if s.operators.used["open"] {
		t.Fatal("looking at the link used it up")
	}
	wantStatus(t, s.ask("POST", "/setup/guess", ""), http.StatusForbidden)

	wantStatus(t, s.ask("POST", "/setup/open", ""), http.StatusUnauthorized) // which account?
	w := s.ask("POST", "/setup/open", "as=look")
	wantStatus(t, w, http.StatusSeeOther)
	cookie := w.Header().Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "cairn-operator=session;") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("cookie %q", cookie)
	}
	wantStatus(t, s.ask("POST", "/setup/open", "as=look"), http.StatusForbidden)

	page := s.ask("GET", "/operator", "", "Cookie", "cairn-operator=session")
	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "1,240,000 sat", "304 sat", "cairn-1")
	if page.Header().Get("Cache-Control") != "private, no-store" {
		t.Error("the operator's page may be kept")
	}
	wantStatus(t, s.ask("POST", "/operator/leave", "", "Cookie", "cairn-operator=session"), http.StatusSeeOther)
	wantStatus(t, s.ask("GET", "/operator", "", "Cookie", "cairn-operator=session"), http.StatusSeeOther)
	if strings.Contains(s.log.String(), "setup/open") || strings.Contains(s.log.String(), "session;") {
		t.Error("the log tells a secret:", s.log)
	}
}

func TestWithoutOperatorsThereAreNoOperatorPages(t *testing.T) {
	s := newSite(t, func(_ *Config, d *Deps) { d.Operators = nil })
	for _, path := range []string{"/operator", "/setup/open"} {
		wantStatus(t, s.ask("GET", path, ""), http.StatusNotFound)
	}
}

func TestTooManyRequestsFromOneAddress(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return at } })
	body := "digest=" + strings.Repeat("01", 32)
	for i := range 100 {
		if w := s.ask("POST", "/stamp", body); w.Code != http.StatusSeeOther {
			t.Fatalf("request %d: %d", i, w.Code)
		}
	}
	// Nobody is believed about where he comes from.
	w := s.ask("POST", "/stamp", body, "X-Forwarded-For", "203.0.113.9", "X-Real-Ip", "203.0.113.9")
	wantStatus(t, w, http.StatusTooManyRequests)
	if w.Header().Get("Retry-After") == "" {
		t.Error("it is not said when to come back")
	}
	at = at.Add(time.Second)
	wantStatus(t, s.ask("POST", "/stamp", body), http.StatusSeeOther)
}

func TestOnlyTrustedProxiesAreBelieved(t *testing.T) {
	for _, c := range []struct {
		trusted, from, forwarded, want string
	}{
		{"", "192.0.2.1:1", "203.0.113.9", "192.0.2.1"},
		{"", "127.0.0.1:1", "203.0.113.9", "127.0.0.1"},
		{"192.0.2.0/24", "192.0.2.1:1", "203.0.113.9", "203.0.113.9"},
		{"192.0.2.0/24", "192.0.2.1:1", "10.0.0.1, 203.0.113.9", "203.0.113.9"},
		{"192.0.2.0/24", "198.51.100.1:1", "203.0.113.9", "198.51.100.1"},
		{"192.0.2.0/24", "127.0.0.1:1", "203.0.113.9", "127.0.0.1"},
	} {
		var trusted []netip.Prefix
		if c.trusted != "" {
			trusted = []netip.Prefix{netip.MustParsePrefix(c.trusted)}
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		r.Header.Set("X-Forwarded-For", c.forwarded)
		if got := ipExtractor(trusted)(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestLimiterForgetsTheOldestAndJoinsNeighbours(t *testing.T) {
	l := newLimiter(0, 1)
	now := time.Now()
	if !l.allow("2001:db8::1", now) || l.allow("2001:db8::2", now) || !l.allow("2001:db8:0:1::1", now) {
		t.Error("an IPv6 customer is one visitor by his /64")
	}
	if !l.allow("::ffff:192.0.2.1", now) || l.allow("192.0.2.1", now) || !l.allow("192.0.2.2", now) {
		t.Error("an IPv4 visitor is one by his address, however written")
	}
	for i := range maxVisitors + 10 {
		l.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String(), now)
	}
	if len(l.byKey) != maxVisitors || l.visited.Len() != maxVisitors {
		t.Errorf("the table holds %d and %d", len(l.byKey), l.visited.Len())
	}
}

type brokenRand struct{}

func (brokenRand) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func TestWithoutRandomnessNothingIsServed(t *testing.T) {
	s := newSite(t, func(c *Config, _ *Deps) { c.Rand = brokenRand{} })
	w := s.ask("GET", "/", "")
	wantStatus(t, w, http.StatusInternalServerError)
	if strings.Contains(w.Body.String(), "no randomness") {
		t.Error("the page tells our own words")
	}
}

func TestAPanicIsAnErrorPage(t *testing.T) {
	s := newSite(t)
	s.echo.GET("/panics", func(Ctx) error { panic("a secret") })
	w := s.ask("GET", "/panics", "")
	wantStatus(t, w, http.StatusInternalServerError)
	wantText(t, w, "Something went wrong on our side.", w.Header().Get("X-Request-Id"))
	if strings.Contains(w.Body.String(), "a secret") || !strings.Contains(s.log.String(), "a secret") {
		t.Error("a panic belongs in the log alone")
	}
}

func TestHTTPServerHasLimits(t *testing.T) {
	server := newSite(t).HTTP()
	if server.ReadHeaderTimeout <= 0 || server.ReadTimeout <= 0 || server.WriteTimeout <= 0 || server.MaxHeaderBytes > 32<<10 {
		t.Errorf("limits %v %v %v %d", server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout, server.MaxHeaderBytes)
	}
}
