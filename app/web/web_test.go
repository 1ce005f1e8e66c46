package web

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/channels/payout"
	"cairn/channels/tickets"
	"cairn/notary"
)

// site is a server over fakes, and what it logged.
type site struct {
	*Server
	t         *testing.T
	notary    *fakeNotary
	engine    *fakeEngine
	operators *fakeOperators
	till      *fakeTill
	lightning *fakeLightning
	express   *fakeExpress
	payouts   *payout.Service
	tickets   *tickets.Service
	watcher   *fakeWatcher
	creators  *fakeCreators
	campaigns *fakeCampaigns
	log       *bytes.Buffer
}

// newSite makes a site on the devnet; change may alter its configuration.
func newSite(t *testing.T, change ...func(*Config, *Deps)) *site {
	t.Helper()
	log := &bytes.Buffer{}
	st := &site{t: t, notary: newFakeNotary(time.Now, 6), engine: &fakeEngine{}, operators: &fakeOperators{}, log: log}
	st.engine.status.Phase = chain.EngineReady
	cfg := Config{
		PublicURL: "http://cairn.test", Network: chain.Devnet, BlockInterval: 5 * time.Second,
		Version: "test", Now: time.Now, Rand: rand.Reader,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	deps := Deps{
		Notary: st.notary, Calendar: fakeCalendar, API: fakeAPIDeps(st.notary), Engine: st.engine, Headers: st.notary, Demo: st.notary,
		Log:    newFakeLog(st.notary),
		Finder: st.notary, TSA: fakeTSA{st.notary},
	}
	withAccounts(&deps, st.notary, testOrigin, func() time.Time { return cfg.Now() })
	withOperator(&deps, st.operators, st.notary, st.engine, func() time.Time { return cfg.Now() })
	st.lightning = withLightning(&deps, func() time.Time { return cfg.Now() })
	deps.Five = newFakeFive()
	st.creators = withCreators(&deps, st.notary, func() time.Time { return cfg.Now() })
	st.campaigns = withCampaigns(&deps, st.notary, func() time.Time { return cfg.Now() })
	withLNURL(&deps)
	st.till = withTill(&deps, func() time.Time { return cfg.Now() })
	st.express = withExpress(&deps, st.notary, st.till)
	st.watcher = withWallets(&deps)
	withGuard(&deps)
	withReceipts(&deps)
	withAssetDesk(&deps, func() time.Time { return cfg.Now() })
	withExplorer(&deps)
	withVouchers(&deps, func() time.Time { return cfg.Now() })
	st.tickets = withTickets(&deps, st.till, func() time.Time { return cfg.Now() })
	st.payouts = withPayouts(&deps, st.till, func() time.Time { return cfg.Now() })
	for _, c := range change {
		c(&cfg, &deps)
	}
	st.Server = New(cfg, deps)
	st.till.sell(st.Server)
	return st
}

// ask sends one request; header holds names and values by turns.
func (s *site) ask(method, path, body string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, "http://cairn.test"+path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// stamped stamps a digest made of one byte and returns it.
func (s *site) stamped(b byte) notary.Digest {
	s.t.Helper()
	d := notary.Digest{b}
	if _, err := s.notary.Stamp(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
	return d
}

// completed stamps a digest and moves it to the end.
func (s *site) completed(b byte) notary.Digest {
	d := s.stamped(b)
	for range 9 {
		s.notary.advance()
	}
	return d
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
}

func wantText(t *testing.T, w *httptest.ResponseRecorder, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("%q is not in the page:\n%s", text, w.Body)
		}
	}
}

func TestHomeStandsWithoutTheCalendarsStatus(t *testing.T) {
	s := newSite(t)
	s.notary.failStatus = notary.ErrStorage
	w := s.ask("GET", "/", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "Drop files here", `data-stamp`)
	if strings.Contains(w.Body.String(), `class="ledger"`) {
		t.Error("the line of figures is shown though they are not known")
	}
}

func TestHomeSaysSoWhenTheNodeIsDown(t *testing.T) {
	s := newSite(t)
	if w := s.ask("GET", "/", ""); strings.Contains(w.Body.String(), "not answering") {
		t.Error("the node is called down while it is up")
	}
	s.engine.status = chain.EngineStatus{Phase: chain.EngineDown, Reason: "it <ran> out of memory"}
	w := s.ask("GET", "/", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "The node is not answering.", "it &lt;ran&gt; out of memory")
}

func TestStampABrowser(t *testing.T) {
	s := newSite(t)
	d := strings.Repeat("ab", 32)
	w := s.ask("POST", "/stamp", "digest=+"+strings.ToUpper(d)+"+")
	wantStatus(t, w, http.StatusSeeOther)
	if got := w.Header().Get("Location"); got != "/proof/"+d {
		t.Errorf("led to %q", got)
	}
	w = s.ask("GET", "/proof/"+d, "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "The fingerprint of your file is stored.", "about 12 minutes to go",
		`hx-sse:connect="/proof/`+d+`/events"`, `<meta http-equiv="refresh" content="10">`)
}

func TestStampAProgram(t *testing.T) {
	s := newSite(t)
	a, b := strings.Repeat("01", 32), strings.Repeat("02", 32)
	w := s.ask("POST", "/stamp", url.Values{"digest": {a, b}}.Encode(), "Accept", "application/json")
	wantStatus(t, w, http.StatusOK)
	want := `{"proofs":[{"digest":"` + a + `","url":"/proof/` + a + `"},{"digest":"` + b + `","url":"/proof/` + b + `"}]}` + "\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestBadDigestsChangeNothing(t *testing.T) {
	good := "digest=" + strings.Repeat("01", 32)
	for _, c := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"no digest", "", 422, "Give at least one fingerprint"},
		{"empty", "digest=", 422, "Give at least one fingerprint"},
		{"short", "digest=abcd", 422, "exactly 64 digits"},
		{"long", "digest=" + strings.Repeat("01", 33), 422, "exactly 64 digits"},
		{"not hex", "digest=" + strings.Repeat("xy", 32), 422, "letters a–f"},
		{"good then bad", good + "&digest=xyz", 422, "Line 2: this is not a line"},
		{"a list with bad lines", url.Values{"digest": {strings.Repeat("01", 32) + "  a\nhello\nMD5 (b) = 00\n"}}.Encode(), 422, "Line 3: this is no SHA-256"},
		{"many bad lines", "digest=" + strings.Repeat("x%0A", 12), 422, "And as many lines more: 7."},
		{"too many", strings.Repeat(good+"&", 1001), 422, "Line 1,001: the list is too long."},
		{"broken form", "digest=%zz", 400, "could not be read"},
		{"huge", "digest=" + strings.Repeat("0", 1<<20), 413, "too large"},
	} {
		s := newSite(t)
		for _, accept := range []string{"text/html", "application/json"} {
			w := s.ask("POST", "/stamp", c.body, "Accept", accept)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%s, %s: %d %.2000s", c.name, accept, w.Code, w.Body)
			}
		}
		if n := len(s.notary.proofs); n != 0 {
			t.Errorf("%s: %d digests were taken", c.name, n)
		}
	}
}

func TestStampingFailsInPlainWords(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		says   string
	}{
		{notary.ErrStorage, http.StatusInsufficientStorage, "could not be stored, so it was not taken"},
		{notary.ErrBusy, http.StatusServiceUnavailable, "Too much is going on"},
		{io.ErrUnexpectedEOF, http.StatusInternalServerError, "Something went wrong on our side."},
	} {
		s := newSite(t)
		s.notary.fail = c.err
		w := s.ask("POST", "/stamp", "digest="+strings.Repeat("01", 32))
		wantStatus(t, w, c.status)
		wantText(t, w, c.says, w.Header().Get("X-Request-Id"))
		if strings.Contains(w.Body.String(), c.err.Error()) {
			t.Errorf("the page tells our own words: %s", c.err)
		}
		if !strings.Contains(s.log.String(), w.Header().Get("X-Request-Id")) {
			t.Error("the request's id is not in the log")
		}
	}
}

func TestProofPageAtEachStage(t *testing.T) {
	s := newSite(t)
	d := s.stamped(7)
	for _, says := range []string{
		"The fingerprint of your file is stored.",
		"In one tree of 12,304 fingerprints",
		"on its way into a block",
		"Confirmed 1 of 6",
		"Confirmed 2 of 6",
	} {
		w := s.ask("GET", "/proof/"+d.String(), "")
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, says, `name="robots" content="noindex"`)
		s.notary.advance()
	}
	for range 6 {
		s.notary.advance()
	}
	w := s.ask("GET", "/proof/"+d.String(), "", "Accept-Language", "zh-CN")
	wantText(t, w, `<html lang="zh-Hans"`, "证明已经完成", "就已存在")
	for _, gone := range []string{"hx-sse", "http-equiv", "live.js"} {
		if strings.Contains(w.Body.String(), gone) {
			t.Errorf("a complete proof still has %s", gone)
		}
	}
}

func TestProofPageSaysWhenAnchoringIsPaused(t *testing.T) {
	s := newSite(t)
	d := s.stamped(7)
	s.notary.paused = "the node is not answering"
	w := s.ask("GET", "/proof/"+d.String(), "")
	wantText(t, w, "Nothing is lost")
	if strings.Contains(w.Body.String(), "to go") {
		t.Error("a time is promised while anchoring is paused")
	}
}

func TestUnknownAndMalformedProofs(t *testing.T) {
	s := newSite(t)
	unknown := notary.Digest{9}.String()
	for path, status := range map[string]int{
		"/proof/" + unknown:             404,
		"/proof/" + unknown + ".ots":    404,
		"/proof/" + unknown + "/events": 404,
		"/proof/xyz":                    422,
		"/proof/xyz.ots":                422,
		"/proof/abcd/events":            422,
	} {
		if w := s.ask("GET", path, ""); w.Code != status {
			t.Errorf("%s: %d, want %d", path, w.Code, status)
		}
	}
}

func TestProofFile(t *testing.T) {
	s := newSite(t)
	d := s.stamped(7)
	w := s.ask("GET", "/proof/"+d.String()+".ots", "")
	wantStatus(t, w, http.StatusOK)
	want, err := s.notary.File(t.Context(), d)
	if err != nil || !bytes.Equal(w.Body.Bytes(), want) {
		t.Errorf("not the file: %v", err)
	}
	for name, value := range map[string]string{
		"Content-Type":            "application/vnd.opentimestamps.v1",
		"Content-Disposition":     "attachment",
		"Content-Security-Policy": "default-src 'none'; sandbox",
	} {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestStatusForPrograms(t *testing.T) {
	s := newSite(t)
	s.completed(1)
	s.stamped(2)
	w := s.ask("GET", "/", "", "Accept", "application/json")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, `"pending_commitments":1`, `"digests":2`, `"network":"devnet"`, `"block_height":101`, `"fee_sat":152`, `"tip":null`)
	if w.Header().Get("Cache-Control") != "public, max-age=5" || w.Header().Get("Vary") != "Accept" ||
		!strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Errorf("headers %v", w.Header())
	}
	if html := s.ask("GET", "/", "", "Accept", "text/html,application/json"); !strings.Contains(html.Body.String(), "<html") {
		t.Error("a browser was taken for a program")
	}
}

func TestCalendarPassesNoMiddleware(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/digest", "/tip", "/timestamp/00ff"} {
		w := s.ask("POST", path, "\x00raw", "Sec-Fetch-Site", "cross-site", "Origin", "https://elsewhere.test")
		if w.Body.String() != "calendar POST "+path || w.Header().Get("Content-Security-Policy") != "" {
			t.Errorf("%s: %s %v", path, w.Body, w.Header())
		}
	}
	if s.log.Len() != 0 {
		t.Errorf("a calendar request was logged: %s", s.log)
	}
}

func TestLanguageIsChosenAndRemembered(t *testing.T) {
	s := newSite(t)
	w := s.ask("GET", "/verify?lang=zh-Hans", "", "Accept-Language", "en")
	wantText(t, w, "验证一份证明")
	cookie := w.Header().Get("Set-Cookie")
	for _, part := range []string{"cairn-lang=zh-Hans", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %s", cookie, part)
		}
	}
	wantText(t, s.ask("GET", "/", "", "Cookie", "cairn-lang=zh-Hans", "Accept-Language", "en"), "留下印记，经得起时间")
	if w := s.ask("GET", "/?lang=de", ""); w.Header().Get("Set-Cookie") != "" {
		t.Error("a language that is not there was remembered")
	}
}

func TestThemeGoesBackToOwnPathsOnly(t *testing.T) {
	s := newSite(t)
	for back, want := range map[string]string{
		"/verify":              "/verify",
		"":                     "/",
		"//elsewhere.test":     "/",
		`/\elsewhere.test`:     "/",
		"https://elsewhere.de": "/",
		"/\tx":                 "/",
	} {
		w := s.ask("POST", "/theme", url.Values{"theme": {"dark"}, "back": {back}}.Encode())
		wantStatus(t, w, http.StatusSeeOther)
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("back %q leads to %q", back, got)
		}
	}
	wantText(t, s.ask("GET", "/", "", "Cookie", "cairn-theme=dark"), `data-theme="dark"`)
	wantText(t, s.ask("GET", "/", "", "Cookie", "cairn-theme=\"><x"), `data-theme=""`)
}

func TestHTTPSBindsCookiesAndBrowsers(t *testing.T) {
	s := newSite(t, func(c *Config, _ *Deps) { c.PublicURL = "https://cairn.test" })
	w := s.ask("GET", "/?lang=en", "")
	if !strings.HasPrefix(w.Header().Get("Set-Cookie"), "__Host-cairn-lang=en;") || !strings.Contains(w.Header().Get("Set-Cookie"), "Secure") {
		t.Errorf("cookie %q", w.Header().Get("Set-Cookie"))
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to stay with https")
	}
	if plain := newSite(t).ask("GET", "/", ""); plain.Header().Get("Strict-Transport-Security") != "" {
		t.Error("plain http claims https")
	}
}

func TestMineOnTheSandboxOnly(t *testing.T) {
	s := newSite(t)
	d := s.stamped(3)
	w := s.ask("POST", "/demo/mine", "back=/verify")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/verify" {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	if p, _ := s.notary.Proof(t.Context(), d); p.Stage != notary.StageInTree {
		t.Error("nothing moved")
	}
	wantText(t, s.ask("POST", "/demo/mine", "", "Accept", "application/json"), `{"height":100,"hash":"`)

	public := newSite(t, func(c *Config, d *Deps) { c.Network, d.Demo, d.SandboxPayer, d.Five = chain.Mainnet, nil, nil, nil })
	wantStatus(t, public.ask("POST", "/demo/mine", ""), http.StatusNotFound)
	wantStatus(t, public.ask("GET", "/gallery", ""), http.StatusNotFound)
	if home := public.ask("GET", "/", ""); strings.Contains(home.Body.String(), "Mine a block") || strings.Contains(home.Body.String(), "sandbox") {
		t.Error("mainnet looks like a sandbox")
	}
}
