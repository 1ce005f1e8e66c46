package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"cairn/app/account"
	"cairn/app/account/accounttest"
	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/vault"
)

// testOrigin is where passkeys of test sites belong.
const testOrigin = "https://cairn.test"

// visitorWith is a browser with a passkey and a cookie.
type visitorWith struct {
	*site
	key    *accounttest.Key
	cookie string
}

func (v *visitorWith) get(path string) *httptest.ResponseRecorder {
	return v.ask("GET", path, "", "Cookie", v.cookie)
}

func (v *visitorWith) post(path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	return v.ask("POST", path, form.Encode(), append([]string{"Cookie", v.cookie}, header...)...)
}

// passkey goes through one question and answer, and keeps the cookie.
func (v *visitorWith) passkey(purpose string, answer func(options []byte) []byte, next string) *httptest.ResponseRecorder {
	v.t.Helper()
	w := v.post("/account/passkey/begin", url.Values{"for": {purpose}, "name": {"Ada"}}, "Accept", "application/json")
	wantStatus(v.t, w, http.StatusOK)
	var q account.Ceremony
	if err := json.Unmarshal(w.Body.Bytes(), &q); err != nil {
		v.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"ceremony": q.ID, "credential": json.RawMessage(answer(q.Options)), "next": next})
	if err != nil {
		v.t.Fatal(err)
	}
	w = v.ask("POST", "/account/passkey/finish", string(body), "Cookie", v.cookie, "Content-Type", "application/json", "Accept", "application/json", "User-Agent", "Firefox")
	if set := w.Header().Get("Set-Cookie"); set != "" {
		v.cookie, _, _ = strings.Cut(set, ";")
	}
	return w
}

// signUp makes an account in a browser of its own.
func (s *site) signUp() *visitorWith {
	s.t.Helper()
	v := &visitorWith{site: s, key: accounttest.New(testOrigin, "cairn.test")}
	w := v.passkey("create", v.key.Create, "")
	wantStatus(s.t, w, http.StatusOK)
	wantText(s.t, w, `"next":"/account"`)
	return v
}

var itemLink = regexp.MustCompile(`/vault/items/([A-Za-z0-9_-]{22})"`)
var groupLink = regexp.MustCompile(`/vault\?group=([A-Za-z0-9_-]{22})"`)

func firstMatch(t *testing.T, re *regexp.Regexp, w *httptest.ResponseRecorder) string {
	t.Helper()
	m := re.FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("%s is not in the page:\n%s", re, w.Body)
	}
	return m[1]
}

// keep stamps a digest and puts it into the vault under a name and group.
func (v *visitorWith) keep(b byte, name, group string) notary.Digest {
	v.t.Helper()
	d := v.stamped(b)
	w := v.post("/vault/add", url.Values{"list": {d.String() + "  " + name}, "new-group": {group}})
	wantStatus(v.t, w, http.StatusSeeOther)
	return d
}

func TestFromPasskeyToAKeptProof(t *testing.T) {
	s := newSite(t)
	page := s.ask("GET", "/account", "")
	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "A vault keeps the names", "Create a vault with a passkey")
	wantStatus(t, s.ask("GET", "/vault", ""), http.StatusSeeOther)
	if got := s.ask("GET", "/vault?q=x", "").Header().Get("Location"); got != "/account?next=%2Fvault%3Fq%3Dx" {
		t.Errorf("led to %q", got)
	}

	ada := s.signUp()
	page = ada.get("/vault")
	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "Nothing kept yet")
	if page.Header().Get("Cache-Control") != "private, no-store" {
		t.Error("the vault may be kept by others")
	}
	d := ada.stamped(7)
	wantText(t, ada.get("/vault/add?digest="+d.String()), d.String())
	wantStatus(t, ada.post("/vault/add", url.Values{"list": {d.String() + "  contract <b>.pdf"}, "new-group": {"Rental"}}), http.StatusSeeOther)
	page = ada.get("/vault?added=1")
	wantText(t, page, "1 proof was added.", "contract &lt;b&gt;.pdf", "Stored, waiting to be anchored", "Rental")
	item, group := firstMatch(t, itemLink, page), firstMatch(t, groupLink, page)
	if got := ada.get("/vault/add?digest=" + d.String()).Header().Get("Location"); got != "/vault/items/"+item {
		t.Errorf("what is kept leads to %q", got)
	}

	for range 9 {
		s.notary.advance()
	}
	wantText(t, ada.get("/vault"), "Complete: existed no later than")
	wantStatus(t, ada.post("/vault/items/"+item, url.Values{"name": {"The lease"}, "note": {"in Bern"}, "group": {group}}), http.StatusSeeOther)
	wantText(t, ada.get("/vault?q=bern"), "The lease")
	wantText(t, ada.get("/vault?q=zurich"), "Nothing found")
	wantText(t, ada.get("/vault/items/"+item), "in Bern", "/proof/"+d.String(), "selected")
	file := ada.get("/vault/items/" + item + "/proof.ots")
	wantStatus(t, file, http.StatusOK)
	if parsed, err := ots.ParseFile(file.Body.Bytes()); err != nil || !parsed.Timestamp.Complete() {
		t.Errorf("the file: %v", err)
	}

	wantStatus(t, ada.post("/account/leave", nil), http.StatusSeeOther)
	wantStatus(t, ada.get("/vault"), http.StatusSeeOther)
	w := ada.passkey("enter", ada.key.Show, "/vault?q=lease")
	wantText(t, w, `"next":"/vault?q=lease"`)
	wantText(t, ada.get("/vault"), "The lease")
	if w := ada.passkey("enter", ada.key.Show, "//evil.test"); !strings.Contains(w.Body.String(), `"next":"/vault"`) {
		t.Errorf("led to %s", w.Body)
	}
	if strings.Contains(s.log.String(), strings.TrimPrefix(ada.cookie, "cairn-account=")) {
		t.Error("the log tells the session")
	}
}

// Every route of accounts, as nobody, as its owner, and as somebody else: who
// may do what, and that nothing of the owner's moves when another tries.
func TestAuthorisationMatrix(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) {
		c.Now = func() time.Time { return at }
	})
	owner, other := s.signUp(), s.signUp()
	d := owner.keep(9, "contract.pdf", "Rental")
	page := owner.get("/vault")
	item, group := firstMatch(t, itemLink, page), firstMatch(t, groupLink, page)
	link := firstMatch(t, regexp.MustCompile(`data-link>[^<]*(/s/[A-Za-z0-9_-]{22})<`), owner.post("/vault/share", url.Values{"item": {item}, "days": {"0"}}))
	share := firstMatch(t, regexp.MustCompile(`name="id" value="([A-Za-z0-9_-]{22})"`), owner.get("/vault/links"))
	owner.post("/webhooks", url.Values{"url": {"https://hooks.example.com/"}})
	hook := firstMatch(t, regexp.MustCompile(`/webhooks/([A-Za-z0-9_-]{22})"`), owner.get("/webhooks"))
	owner.post("/webhooks/"+hook+"/test", nil)
	account := owner.get("/account")
	session := "AAAAAAAAAAAAAAAAAAAAAA"
	passkey := firstMatch(t, regexp.MustCompile(`passkeys/remove[^>]*><input type="hidden" name="id" value="([A-Za-z0-9_-]+)"`), account)

	const in, elsewhere = http.StatusOK, http.StatusSeeOther
	type row struct {
		method, path string
		form         url.Values
		// What nobody, another and the owner are answered.
		nobody, other, owner int
	}
	id := func(v string) url.Values { return url.Values{"id": {v}} }
	matrix := []row{
		{"GET", "/account", nil, in, in, in},
		{"POST", "/account/passkey/begin", url.Values{"for": {"confirm"}}, 401, in, in},
		{"POST", "/account/passkey/begin", url.Values{"for": {"add"}}, 401, in, in},
		{"POST", "/account/passkey/finish", url.Values{}, 400, 400, 400},
		{"POST", "/account/recover", url.Values{"code": {"guess"}}, 422, 422, 422},
		{"GET", "/account/export.zip", nil, elsewhere, in, in},
		{"POST", "/account/recovery", nil, 401, in, in},
		{"POST", "/account/name", url.Values{"name": {"Bea"}}, 401, elsewhere, elsewhere},
		{"POST", "/account/passkeys/rename", url.Values{"id": {passkey}, "name": {"x"}}, 401, 422, elsewhere},
		{"POST", "/account/sessions/end", id(session), 401, elsewhere, elsewhere},
		{"GET", "/vault", nil, elsewhere, in, in},
		{"GET", "/vault?group=" + group, nil, elsewhere, 404, in},
		{"GET", "/vault/add", nil, elsewhere, in, in},
		{"POST", "/vault/add", url.Values{"list": {d.String()}, "group": {group}}, 401, 404, elsewhere},
		{"GET", "/vault/items/" + item, nil, elsewhere, 404, in},
		{"GET", "/vault/items/" + item + "/proof.ots", nil, elsewhere, 404, in},
		{"POST", "/vault/items/" + item, url.Values{"name": {"contract.pdf"}, "group": {group}}, 401, 404, elsewhere},
		{"POST", "/vault/items", url.Values{"item": {item}, "do": {"move"}, "group": {group}}, 401, 404, elsewhere},
		{"POST", "/vault/groups", url.Values{"name": {"Rental"}}, 401, elsewhere, elsewhere},
		{"POST", "/vault/groups/" + group, url.Values{"name": {"Rental"}}, 401, 404, elsewhere},
		{"GET", "/vault/proofs.zip?group=" + group, nil, elsewhere, 404, in},
		{"GET", "/vault/links", nil, elsewhere, in, in},
		{"POST", "/vault/share", url.Values{"item": {item}, "days": {"1"}}, 401, 404, in},
		{"POST", "/vault/share", url.Values{"group": {group}, "days": {"1"}}, 401, 404, in},
		{"GET", "/webhooks", nil, elsewhere, in, in},
		{"POST", "/webhooks", url.Values{"url": {"https://10.0.0.1/"}}, 401, 422, 422},
		{"GET", "/webhooks/" + hook, nil, elsewhere, 404, in},
		{"POST", "/webhooks/" + hook + "/test", nil, 401, 404, elsewhere},
		{"POST", "/webhooks/" + hook + "/replay", url.Values{"delivery": {hook}}, 401, 404, 404},
		{"GET", link, nil, in, in, in},
		{"GET", link + "/proofs.zip", nil, in, in, in},
		// Those that end something, the owner last.
		{"POST", "/vault/unshare", id(share), 401, elsewhere, elsewhere},
		{"POST", "/webhooks/" + hook + "/remove", nil, 401, elsewhere, elsewhere},
		{"POST", "/vault/groups/" + group + "/remove", nil, 401, 404, elsewhere},
		{"POST", "/vault/items", url.Values{"item": {item}, "do": {"remove"}}, 401, elsewhere, elsewhere},
		{"POST", "/account/passkeys/remove", id(passkey), 401, 422, elsewhere},
		{"POST", "/account/leave", nil, 401, elsewhere, elsewhere},
		{"POST", "/account/leave-everywhere", nil, 401, 401, 401},
		{"POST", "/account/delete", nil, 401, 401, 401},
	}
	listed, gone := map[string]bool{}, false
	for _, r := range matrix {
		listed[r.method+" "+routeOf(s, r.method, r.path)] = true
		for _, who := range []struct {
			name, cookie string
			want         int
		}{{"nobody", "", r.nobody}, {"a guess", "cairn-account=AAAAAAAAAAAAAAAAAAAAAA", r.nobody}, {"another", other.cookie, r.other}, {"its owner", owner.cookie, r.owner}} {
			at = at.Add(time.Second) // no limit of rates is met
			if w := s.ask(r.method, r.path, r.form.Encode(), "Cookie", who.cookie); w.Code != who.want {
				t.Errorf("%s %s as %s: %d, want %d", r.method, r.path, who.name, w.Code, who.want)
			}
			if who.name == "its owner" {
				gone = gone || r.form.Get("do") == "remove"
			} else if w := owner.get("/vault/items/" + item); !gone && !strings.Contains(w.Body.String(), "contract.pdf") {
				t.Fatalf("after %s %s as %s the owner's item is not as it was: %d", r.method, r.path, who.name, w.Code)
			}
		}
	}
	for _, route := range s.echo.Routes() {
		ours := strings.HasPrefix(route.Path, "/account") || strings.HasPrefix(route.Path, "/vault") || strings.HasPrefix(route.Path, "/webhooks") || strings.HasPrefix(route.Path, "/s/")
		if ours && route.Method != http.MethodHead && !listed[route.Method+" "+route.Path] {
			t.Errorf("%s %s is not in the matrix", route.Method, route.Path)
		}
	}
}

// routeOf is the pattern that a path matches.
func routeOf(s *site, method, path string) string {
	c := s.echo.NewContext(httptest.NewRequest(method, path, nil), httptest.NewRecorder())
	path, _, _ = strings.Cut(path, "?")
	s.echo.Router().Find(method, path, c)
	return c.Path()
}

func TestDangerousThingsWantAFreshPasskey(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return at } })
	ada := s.signUp()
	at = at.Add(account.FreshLife + time.Second)
	passkey := firstMatch(t, regexp.MustCompile(`passkeys/remove[^>]*><input type="hidden" name="id" value="([A-Za-z0-9_-]+)"`), ada.get("/account"))
	for path, form := range map[string]url.Values{
		"/account/delete": nil, "/account/recovery": nil, "/account/passkeys/remove": {"id": {passkey}}, "/account/passkey/begin": {"for": {"add"}},
	} {
		w := ada.post(path, form)
		wantStatus(t, w, http.StatusForbidden)
		wantText(t, w, "show your passkey once more")
	}
	wantText(t, ada.get("/account"), "data-fresh", `data-passkey="confirm"`)
	wantStatus(t, ada.passkey("confirm", ada.key.Show, ""), http.StatusOK)
	w := ada.post("/account/passkeys/remove", url.Values{"id": {passkey}})
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "This is your last passkey.")

	w = ada.post("/account/recovery", nil)
	wantStatus(t, w, http.StatusOK)
	code := firstMatch(t, regexp.MustCompile(`data-recovery-code>([0-9A-Z-]{29})<`), w)
	if w.Header().Get("Cache-Control") != "private, no-store" {
		t.Error("the page with the code may be kept")
	}
	if strings.Contains(ada.get("/account").Body.String(), code) {
		t.Error("the code is shown twice")
	}
	lost := &visitorWith{site: s, key: accounttest.New(testOrigin, "cairn.test")}
	w = lost.post("/account/recover", url.Values{"code": {strings.ToLower(code)}})
	wantStatus(t, w, http.StatusSeeOther)
	lost.cookie, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
	wantStatus(t, lost.passkey("add", lost.key.Create, ""), http.StatusOK)
	wantStatus(t, lost.post("/account/passkeys/remove", url.Values{"id": {passkey}}), http.StatusSeeOther)
	w = ada.passkey("enter", ada.key.Show, "")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "No vault here belongs to this passkey.")
	w = s.ask("POST", "/account/recover", url.Values{"code": {code}}.Encode())
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "This recovery code is not valid.")

	wantStatus(t, lost.post("/account/delete", nil), http.StatusSeeOther)
	wantStatus(t, lost.get("/vault"), http.StatusSeeOther)
	w = lost.passkey("enter", lost.key.Show, "")
	wantStatus(t, w, http.StatusUnprocessableEntity)
}

func TestCookiesOfAccountsOverHTTPS(t *testing.T) {
	s := newSite(t, func(c *Config, _ *Deps) { c.PublicURL = testOrigin })
	v := &visitorWith{site: s, key: accounttest.New(testOrigin, "cairn.test")}
	set := v.passkey("create", v.key.Create, "").Header().Get("Set-Cookie")
	for _, part := range []string{"__Host-cairn-account=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(set, part) {
			t.Errorf("cookie %q lacks %s", set, part)
		}
	}
}

func TestRecoveryCodesCannotBeTriedOften(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return at } })
	for range 5 {
		wantStatus(t, s.ask("POST", "/account/recover", "code=x"), http.StatusUnprocessableEntity)
	}
	wantStatus(t, s.ask("POST", "/account/recover", "code=x"), http.StatusTooManyRequests)
}

func TestALinkShowsNamesToStrangersUntilTakenBack(t *testing.T) {
	s := newSite(t)
	ada := s.signUp()
	d := ada.keep(3, "peak.jpg", "Trips")
	ada.keep(4, "secret.pdf", "")
	page := ada.get("/vault")
	group := firstMatch(t, groupLink, page)
	w := ada.post("/vault/share", url.Values{"group": {group}, "days": {"7"}})
	wantStatus(t, w, http.StatusOK)
	link := firstMatch(t, regexp.MustCompile(`data-link>http://cairn.test(/s/[A-Za-z0-9_-]{22})<`), w)
	shared := s.ask("GET", link, "")
	wantStatus(t, shared, http.StatusOK)
	wantText(t, shared, "Trips", "peak.jpg", "/proof/"+d.String(), "works until", `name="robots" content="noindex"`)
	if strings.Contains(shared.Body.String(), "secret.pdf") {
		t.Error("the link shows what is not in the group")
	}
	for name, want := range map[string]string{"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store"} {
		if got := shared.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	archive := s.ask("GET", link+"/proofs.zip", "")
	wantStatus(t, archive, http.StatusOK)
	r, err := zip.NewReader(bytes.NewReader(archive.Body.Bytes()), int64(archive.Body.Len()))
	if err != nil || len(r.File) != 1 || r.File[0].Name != "Trips/peak.jpg.ots" {
		t.Errorf("archive: %v", err)
	}
	for _, days := range []string{"-1", "x", "400", ""} {
		wantStatus(t, ada.post("/vault/share", url.Values{"group": {group}, "days": {days}}), http.StatusBadRequest)
	}
	share := firstMatch(t, regexp.MustCompile(`name="id" value="([A-Za-z0-9_-]{22})"`), ada.get("/vault/links"))
	wantStatus(t, ada.post("/vault/unshare", url.Values{"id": {share}}), http.StatusSeeOther)
	wantStatus(t, s.ask("GET", link, ""), http.StatusNotFound)
	wantStatus(t, s.ask("GET", link+"/proofs.zip", ""), http.StatusNotFound)
	if strings.Contains(s.log.String(), link) {
		t.Error("the log tells the link")
	}
}

// upload sends a form with files.
func (v *visitorWith) upload(fields map[string]string, files map[string][]byte) *httptest.ResponseRecorder {
	v.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			v.t.Fatal(err)
		}
	}
	for name, content := range files {
		part, err := form.CreateFormFile("file", name)
		if err != nil {
			v.t.Fatal(err)
		}
		part.Write(content) //nolint:errcheck // into memory
	}
	form.Close() //nolint:errcheck // into memory
	return v.ask("POST", "/vault/add", b.String(), "Cookie", v.cookie, "Content-Type", form.FormDataContentType())
}

func foreignProof(t *testing.T, d notary.Digest) []byte {
	t.Helper()
	f, err := ots.NewFile(ots.OpSHA256, d[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Timestamp.Attest(ots.Bitcoin(800_000)); err != nil {
		t.Fatal(err)
	}
	raw, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAddingToAVault(t *testing.T) {
	s := newSite(t)
	ada := s.signUp()
	known := s.stamped(1)
	unknown, foreign, carried := notary.Digest{2}, notary.Digest{3}, notary.Digest{4}
	list, err := json.Marshal(map[string]any{"format": "cairn-proofs", "version": 1, "proofs": []map[string]any{
		{"digest": known.String(), "name": "known.pdf"}, {"digest": unknown.String(), "name": "unknown.pdf"},
		{"digest": carried.String(), "name": "carried.pdf", "ots": foreignProof(t, carried)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	w := ada.upload(nil, map[string][]byte{"list.json": list, "elsewhere.pdf.ots": foreignProof(t, foreign)})
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "1 fingerprint was never stamped here.", "unknown.pdf", "3 were added")
	page := ada.get("/vault")
	wantText(t, page, "known.pdf", "elsewhere.pdf", "carried.pdf", "its proof ends in block", "3 proofs")

	for name, bad := range map[string]struct {
		list  string
		files map[string][]byte
		code  int
		text  string
	}{
		"nothing":      {"", nil, 422, "Between 1 and 10,000"},
		"a bad line":   {known.String() + "\nnonsense", nil, 422, "Line 2:"},
		"no proof":     {"", map[string][]byte{"x.ots": []byte("hello")}, 422, "x.ots: "},
		"a cut proof":  {"", map[string][]byte{"x.ots": foreignProof(t, foreign)[:40]}, 422, "x.ots: "},
		"another JSON": {"", map[string][]byte{"x.json": []byte(`{"format":"other"}`)}, 400, "x.json: "},
		"bad digest":   {"", map[string][]byte{"x.json": []byte(`{"format":"cairn-proofs","version":1,"proofs":[{"digest":"zz"}]}`)}, 422, "x.json: "},
	} {
		w := ada.upload(map[string]string{"list": bad.list}, bad.files)
		if w.Code != bad.code || !strings.Contains(w.Body.String(), bad.text) {
			t.Errorf("%s: %d, without %q:\n%s", name, w.Code, bad.text, w.Body)
		}
	}
	wantText(t, ada.get("/vault"), "3 proofs")
	large := ada.upload(nil, map[string][]byte{"x.ots": make([]byte, maxVaultBody)})
	wantStatus(t, large, http.StatusRequestEntityTooLarge)
}

func TestExportHoldsEverythingButKeys(t *testing.T) {
	s := newSite(t)
	ada := s.signUp()
	ada.keep(1, "peak.jpg", "Trips")
	wantText(t, ada.post("/webhooks", url.Values{"url": {"https://hooks.example.com/a"}}), "cairn_whsec_")
	ada.post("/account/recovery", nil)
	w := ada.get("/account/export.zip")
	wantStatus(t, w, http.StatusOK)
	r, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		b.ReadFrom(rc) //nolint:errcheck // the content is looked at
		all[f.Name] = b.String()
	}
	if len(all) != 3 || all["Trips/peak.jpg.ots"] == "" {
		t.Errorf("files %v", all)
	}
	for _, want := range []string{`"name": "Ada"`, "https://hooks.example.com/a", `"groups": [`, "Trips", "recovery_code_made_at"} {
		if !strings.Contains(all["account.json"], want) {
			t.Errorf("%s is not in %s", want, all["account.json"])
		}
	}
	if !strings.Contains(all["proofs.ndjson"], `"name":"peak.jpg"`) {
		t.Error(all["proofs.ndjson"])
	}
	if strings.Contains(all["account.json"], "whsec") || strings.Contains(all["account.json"], "credential") {
		t.Error("the export tells a secret")
	}
}

func TestWebhooksOnTheirPage(t *testing.T) {
	s := newSite(t)
	ada := s.signUp()
	for address, words := range map[string]string{
		"https://192.168.1.1/": "leads to a private network", "https://localhost/": "leads to a private network", "http://hooks.example.com/": "not an https address",
		"https://hooks.example.com:8443/": "Only port 443", "": "not an https address",
	} {
		w := ada.post("/webhooks", url.Values{"url": {address}})
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, words, "Cairn-Signature", "hmac.compare_digest")
	}
	w := ada.post("/webhooks", url.Values{"url": {"https://hooks.example.com/a"}})
	secret := firstMatch(t, regexp.MustCompile(`data-secret>(cairn_whsec_[^<]+)<`), w)
	if strings.Contains(ada.get("/webhooks").Body.String(), secret) {
		t.Error("the secret is shown twice")
	}
	wantStatus(t, ada.post("/webhooks", url.Values{"url": {"https://hooks.example.com/a"}}), http.StatusConflict)
	hook := firstMatch(t, regexp.MustCompile(`/webhooks/([A-Za-z0-9_-]{22})"`), ada.get("/webhooks"))
	wantText(t, ada.get("/webhooks/"+hook), "Nothing sent yet")
	wantStatus(t, ada.post("/webhooks/"+hook+"/test", nil), http.StatusSeeOther)
	wantText(t, ada.get("/webhooks/"+hook), "Waiting", "test")
	wantStatus(t, ada.post("/webhooks/"+hook+"/remove", nil), http.StatusSeeOther)
	wantStatus(t, ada.get("/webhooks/"+hook), http.StatusNotFound)
}

func TestWhereThereAreNoPasskeys(t *testing.T) {
	s := newSite(t, func(c *Config, d *Deps) {
		withAccounts(d, newFakeNotary(time.Now, 6), "http://127.0.0.1:8780", time.Now)
	})
	w := s.ask("GET", "/account", "")
	wantText(t, w, "Open this page here instead:", `href="http://localhost:8780/account"`, "disabled")
	s = newSite(t, func(c *Config, d *Deps) { withAccounts(d, newFakeNotary(time.Now, 6), "http://10.0.0.7", time.Now) })
	wantText(t, s.ask("GET", "/account", ""), "This Cairn has none yet")
	wantStatus(t, s.ask("POST", "/account/passkey/begin", "for=create"), http.StatusConflict)
	s = newSite(t, func(_ *Config, d *Deps) { d.Accounts, d.Vault, d.Webhooks = nil, nil, nil })
	for _, path := range []string{"/account", "/vault", "/webhooks", "/s/x"} {
		wantStatus(t, s.ask("GET", path, ""), http.StatusNotFound)
	}
	if strings.Contains(s.ask("GET", "/", "").Body.String(), `href="/vault"`) {
		t.Error("the header leads to a vault that is not there")
	}
}

// The markup of pages that the crawl of all routes sees only from outside.
func TestMarkupInsideAVault(t *testing.T) {
	s := newSite(t)
	ada := s.signUp()
	var list strings.Builder
	for b := range byte(60) {
		fmt.Fprintf(&list, "%s  peak <script> %d.jpg\n", s.stamped(b+1), b)
	}
	wantStatus(t, ada.post("/vault/add", url.Values{"list": {list.String()}}), http.StatusSeeOther)
	ada.keep(100, "x", `"Trips" & <i>`)
	page := ada.get("/vault")
	item, group := firstMatch(t, itemLink, page), firstMatch(t, groupLink, page)
	ada.post("/vault/share", url.Values{"item": {item}, "days": {"7"}})
	ada.post("/webhooks", url.Values{"url": {"https://hooks.example.com/a"}})
	hook := firstMatch(t, regexp.MustCompile(`/webhooks/([A-Za-z0-9_-]{22})"`), ada.get("/webhooks"))
	ada.post("/webhooks/"+hook+"/test", nil)
	for _, path := range []string{"/account", "/vault", "/vault?page=2", "/vault?group=" + group, "/vault?q=x", "/vault/add", "/vault/items/" + item, "/vault/links", "/webhooks", "/webhooks/" + hook} {
		for _, lang := range []string{"en", "zh-Hans"} {
			w := s.ask("GET", path, "", "Cookie", ada.cookie+"; cairn-lang="+lang)
			wantStatus(t, w, http.StatusOK)
			checkMarkup(t, path, w)
		}
	}
	if vault.PageSize != 50 || !strings.Contains(ada.get("/vault").Body.String(), "page=2") {
		t.Error("there is no second page")
	}
}
