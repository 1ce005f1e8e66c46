package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"cairn/app/db"
	"cairn/app/idempotency"
	"cairn/app/web/api"
	"cairn/notary"
	"cairn/notary/ots"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

func init() {
	text := func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		raw, err := io.ReadAll(body)
		return string(raw), err
	}
	for _, media := range []string{"application/x-ndjson", "text/event-stream", ots.MediaType} {
		openapi3filter.RegisterBodyDecoder(media, text)
	}
}

// contract holds every answer against openapi.yaml and remembers which of its
// promises were seen.
type apiContract struct {
	t      *testing.T
	doc    *openapi3.T
	router routers.Router
	seen   map[string]bool // "operation status"
	kinds  map[string]bool
}

func newContract(t *testing.T) *apiContract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &apiContract{t: t, doc: doc, router: router, seen: map[string]bool{}, kinds: map[string]bool{}}
}

// ask sends a request to the site and checks the answer. header holds names
// and values by turns.
func (c *apiContract) ask(s *site, method, path, body string, header ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.t.Fatalf("%s %s is not in openapi.yaml: %v", method, path, err)
	}
	err = openapi3filter.ValidateResponse(c.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		c.t.Errorf("%s %s: %d breaks the contract: %v", method, path, w.Code, err)
	}
	c.checkHead(w)
	c.seen[fmt.Sprint(route.Operation.OperationID, " ", w.Code)] = true
	if w.Code >= 400 {
		var p struct{ Kind, Request string }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Request != w.Header().Get("X-Request-Id") {
			c.t.Errorf("%s %s: %s, %v", method, path, w.Body, err)
		}
		c.kinds[p.Kind] = true
	}
	return w
}

func (c *apiContract) checkHead(w *httptest.ResponseRecorder) {
	c.t.Helper()
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer",
	} {
		if got := w.Header().Get(name); got != want {
			c.t.Errorf("%s is %q", name, got)
		}
	}
	for _, name := range []string{"Access-Control-Allow-Credentials", "Set-Cookie"} {
		if got := w.Header().Get(name); got != "" {
			c.t.Errorf("%s is %q", name, got)
		}
	}
}

// fails asks and wants an error of a kind.
func (c *apiContract) fails(s *site, status int, kind, method, path, body string, header ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	w := c.ask(s, method, path, body, header...)
	var p struct{ Kind string }
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != status || p.Kind != kind {
		c.t.Errorf("%s %s: %d %s, want %d %s", method, path, w.Code, w.Body, status, kind)
	}
	return w
}

// line checks a line, or the data of an event, against a schema.
func (c *apiContract) line(schema, line string) {
	c.t.Helper()
	var value any
	if err := json.Unmarshal([]byte(line), &value); err != nil {
		c.t.Fatalf("%q: %v", line, err)
	}
	if err := c.doc.Components.Schemas[schema].Value.VisitJSON(value); err != nil {
		c.t.Errorf("%s: %v", schema, err)
	}
}

// What is served is what openapi.yaml lists, and the names of errors too.
func TestAPIIsWhatItsDescriptionLists(t *testing.T) {
	c := newContract(t)
	var listed []string
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			listed = append(listed, method+" "+path)
		}
	}
	served := newSite(t).api.(*api.Handler).Operations()
	slices.Sort(listed)
	slices.Sort(served)
	if !slices.Equal(listed, served) {
		t.Errorf("openapi.yaml lists\n%s\nand there is\n%s", strings.Join(listed, "\n"), strings.Join(served, "\n"))
	}
	var kinds []string
	for _, kind := range c.doc.Components.Schemas["Kind"].Value.Enum {
		kinds = append(kinds, kind.(string))
	}
	var named []string
	for _, k := range api.Kinds() {
		named = append(named, k.Name)
		if r := ruleFor(k.Err); (r.status == http.StatusInternalServerError) != (k.Name == "internal") {
			t.Errorf("%s has status %d", k.Name, r.status)
		}
	}
	if !slices.Equal(kinds, named) {
		t.Errorf("openapi.yaml names the kinds\n%v\nand there are\n%v", kinds, named)
	}
}

const (
	asJSON   = "application/json"
	asNDJSON = "application/x-ndjson"
)

func hexDigest(b byte) string { return notary.Digest{b}.String() }

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"digest\":\"%064x\"}\n", i)
	}
	return b.String()
}

// Every answer that the description promises is given, and is as promised.
func TestAPIKeepsItsContract(t *testing.T) {
	c := newContract(t)
	s := newSite(t)
	d, unknown := hexDigest(1), hexDigest(99)

	// One digest.
	w := c.ask(s, "POST", "/api/v1/stamps", `{"digest":"`+strings.ToUpper(d)+`"}`, "Content-Type", asJSON)
	wantStatus(t, w, http.StatusCreated)
	if got := w.Header().Get("Location"); got != "/api/v1/proofs/"+d {
		t.Errorf("Location %q", got)
	}
	wantStatus(t, c.ask(s, "POST", "/api/v1/stamps", `{"digest":"`+d+`","name":"x"}`, "Content-Type", "application/json; charset=utf-8"), http.StatusOK)
	c.fails(s, 400, "bad-json", "POST", "/api/v1/stamps", `{"digest":`, "Content-Type", asJSON)
	c.fails(s, 400, "bad-json", "POST", "/api/v1/stamps", `{"sha256":"`+d+`"}`, "Content-Type", asJSON)
	c.fails(s, 413, "too-large", "POST", "/api/v1/stamps", `{"digest":"`+strings.Repeat(" ", 5000)+`"}`, "Content-Type", asJSON)
	c.fails(s, 415, "media-type", "POST", "/api/v1/stamps", "digest="+d, "Content-Type", "application/x-www-form-urlencoded")
	c.fails(s, 415, "media-type", "POST", "/api/v1/stamps", d)
	c.fails(s, 422, "digest-length", "POST", "/api/v1/stamps", `{"digest":"ab"}`, "Content-Type", asJSON)
	c.fails(s, 422, "digest-hex", "POST", "/api/v1/stamps", `{"digest":"`+strings.Repeat("x", 64)+`"}`, "Content-Type", asJSON)

	// Many.
	before := len(s.notary.proofs)
	c.fails(s, 422, "too-many-digests", "POST", "/api/v1/stamps", lines(notary.MaxBatch+1), "Content-Type", asNDJSON)
	c.fails(s, 422, "no-digests", "POST", "/api/v1/stamps", "\n\n", "Content-Type", asNDJSON)
	w = c.fails(s, 422, "digest-length", "POST", "/api/v1/stamps", lines(3)+"\n\"abcd\"\n", "Content-Type", asNDJSON)
	wantText(t, w, `"line":5`)
	c.fails(s, 422, "bad-line", "POST", "/api/v1/stamps", lines(3)+"[1]\n", "Content-Type", asNDJSON)
	c.fails(s, 422, "line-too-long", "POST", "/api/v1/stamps", `{"digest":"`+strings.Repeat("x", 5000)+`"}`, "Content-Type", asNDJSON)
	c.fails(s, 413, "too-large", "POST", "/api/v1/stamps", strings.Repeat(strings.Repeat(" ", 4000)+"\n", 1100), "Content-Type", asNDJSON)
	w = c.fails(s, 422, "not-sha256", "POST", "/api/v1/stamps", d+"  a\nMD5 (b) = "+strings.Repeat("0", 32)+"\n", "Content-Type", "text/plain", "Accept-Language", "zh-CN")
	wantText(t, w, `"line":2`)
	c.fails(s, 422, "name-conflict", "POST", "/api/v1/stamps", d+"  a\n"+unknown+"  a\n", "Content-Type", "text/plain")
	if len(s.notary.proofs) != before {
		t.Errorf("bad lists stamped %d digests", len(s.notary.proofs)-before)
	}
	w = c.ask(s, "POST", "/api/v1/stamps", lines(300), "Content-Type", asNDJSON)
	wantStatus(t, w, http.StatusCreated)
	batch := w.Header().Get("Location")
	wantStatus(t, c.ask(s, "POST", "/api/v1/stamps", d+"  a.txt\r\n"+hexDigest(2)+" *b.txt\r\n", "Content-Type", "text/plain; charset=utf-8"), http.StatusCreated)

	// The same request again.
	key := []string{"Content-Type", asJSON, "Idempotency-Key", "3f2a1c5b7d90-0b6d3c9e"}
	w = c.ask(s, "POST", "/api/v1/stamps", `{"digest":"`+hexDigest(3)+`"}`, key...)
	wantStatus(t, w, http.StatusCreated)
	again := c.ask(s, "POST", "/api/v1/stamps", `{"digest":"`+hexDigest(3)+`"}`, key...)
	if again.Code != w.Code || again.Body.String() != w.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" || w.Header().Get("Idempotent-Replayed") != "" ||
		again.Header().Get("Location") != w.Header().Get("Location") {
		t.Errorf("first %d %v %s, again %d %v %s", w.Code, w.Header(), w.Body, again.Code, again.Header(), again.Body)
	}
	key[3] = "short"
	c.fails(s, 422, "idempotency-key", "POST", "/api/v1/stamps", `{"digest":"`+d+`"}`, key...)
	refusing := newSite(t, func(_ *Config, d *Deps) { d.API.Keys = refusingKeys{idempotency.ErrReused} })
	key[3] = "3f2a1c5b7d90-0b6d3c9e"
	c.fails(refusing, 409, "idempotency-key-reused", "POST", "/api/v1/stamps", `{"digest":"`+d+`"}`, key...)
	refusing = newSite(t, func(_ *Config, d *Deps) { d.API.Keys = refusingKeys{idempotency.ErrRunning} })
	if w := c.fails(refusing, 409, "idempotency-key-in-use", "POST", "/api/v1/stamps", `{"digest":"`+d+`"}`, key...); w.Header().Get("Retry-After") == "" {
		t.Error("it is not said when to come back")
	}

	// Questions, at every stage.
	for range 9 {
		wantStatus(t, c.ask(s, "GET", "/api/v1/proofs/"+d, ""), http.StatusOK)
		wantStatus(t, c.ask(s, "GET", "/api/v1/proofs/"+d+".ots", ""), http.StatusOK)
		wantStatus(t, c.ask(s, "GET", "/api/v1/proofs?digest="+d+"&digest="+unknown, ""), http.StatusOK)
		wantStatus(t, c.ask(s, "GET", batch, ""), http.StatusOK)
		wantStatus(t, c.ask(s, "GET", "/api/v1/status", ""), http.StatusOK)
		file := c.ask(s, "GET", "/api/v1/proofs/"+d, "", "Accept", ots.MediaType).Body.Bytes()
		wantStatus(t, c.ask(s, "POST", "/api/v1/verify?digest="+d, string(file), "Content-Type", ots.MediaType), http.StatusOK)
		s.notary.advance()
	}
	file := c.ask(s, "GET", "/api/v1/proofs/"+d+".ots", "").Body.String()
	w = c.ask(s, "POST", "/api/v1/verify", `{"digest":"`+d+`","ots":"`+base64.StdEncoding.EncodeToString([]byte(file))+`"}`, "Content-Type", asJSON)
	wantText(t, w, `"outcome":"confirmed"`)
	stream := c.ask(s, "GET", "/api/v1/proofs/"+d+"/events", "")
	wantStatus(t, stream, http.StatusOK)
	event, ok := strings.CutPrefix(strings.TrimSpace(stream.Body.String()), "event: proof\ndata: ")
	if !ok {
		t.Errorf("the stream is %q", stream.Body)
	}
	c.line("Proof", event)
	w = c.ask(s, "GET", batch+"/proofs?from=10&limit=280", "")
	wantStatus(t, w, http.StatusOK)
	got := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(got) != 280 || w.Header().Get("Link") != "<"+batch+"/proofs?from=290&limit=280>; rel=\"next\"" {
		t.Errorf("%d lines, Link %q", len(got), w.Header().Get("Link"))
	}
	for i, l := range got {
		c.line("BatchProof", l)
		if !strings.Contains(l, fmt.Sprintf("%064x", i+10)) {
			t.Fatalf("line %d is %s", i, l)
		}
	}
	wantStatus(t, c.ask(s, "GET", "/api/v1/openapi.yaml", ""), http.StatusOK)

	// Questions that cannot be answered.
	for _, path := range []string{"/api/v1/proofs/" + unknown, "/api/v1/proofs/" + unknown + ".ots", "/api/v1/proofs/" + unknown + "/events"} {
		c.fails(s, 404, "unknown-digest", "GET", path, "")
	}
	for _, path := range []string{"/api/v1/proofs/abc", "/api/v1/proofs/abc0.ots", "/api/v1/proofs?digest=abc0", "/api/v1/proofs/ab/events"} {
		kind := "digest-length"
		if strings.HasSuffix(path, "abc") {
			kind = "digest-hex"
		}
		c.fails(s, 422, kind, "GET", path, "")
	}
	nowhere := "/api/v1/batches/" + strings.Repeat("0", 32)
	c.fails(s, 404, "unknown-batch", "GET", nowhere, "")
	c.fails(s, 404, "unknown-batch", "GET", nowhere+"/proofs", "")
	c.fails(s, 422, "batch-id", "GET", "/api/v1/batches/1", "")
	c.fails(s, 422, "batch-id", "GET", "/api/v1/batches/1/proofs", "")
	c.fails(s, 422, "page", "GET", batch+"/proofs?from=-1", "")
	c.fails(s, 422, "page", "GET", batch+"/proofs?limit=x", "")
	c.fails(s, 422, "digest-list", "GET", "/api/v1/proofs", "")
	c.fails(s, 422, "digest-list", "GET", "/api/v1/proofs?"+strings.Repeat("digest="+d+"&", 101), "")

	// Proofs that are none.
	c.fails(s, 400, "bad-json", "POST", "/api/v1/verify", `{"ots":7}`, "Content-Type", asJSON)
	c.fails(s, 413, "too-large", "POST", "/api/v1/verify", strings.Repeat("x", 1<<20+1), "Content-Type", ots.MediaType)
	c.fails(s, 415, "media-type", "POST", "/api/v1/verify", "x", "Content-Type", "text/plain")
	c.fails(s, 415, "media-type", "POST", "/api/v1/verify", "x")
	broken := func(kind, raw string) {
		c.fails(s, 422, kind, "POST", "/api/v1/verify", raw, "Content-Type", ots.MediaType)
	}
	broken("ots-magic", "hello")
	broken("ots-truncated", file[:len(file)-1])
	broken("ots-trailing", file+"x")
	broken("ots-version", file[:31]+"\x02"+file[32:])
	broken("ots-operation", file[:65]+"\x99")
	broken("ots-limits", file[:65]+"\xf0\xff\x7f")
	broken("ots-malformed", file[:65]+"\xf0\x00")
	c.fails(s, 422, "other-file", "POST", "/api/v1/verify?digest="+unknown, file, "Content-Type", ots.MediaType)
	c.fails(s, 422, "digest-length", "POST", "/api/v1/verify?digest=ab", file, "Content-Type", ots.MediaType)

	c.sponsored(s)
	c.composes()
	c.ticketed(t)
	c.sells(t)
	c.sellsExpress(t)
	c.crowdfunds(t)
	c.guards(t)
	c.compares(t)
	c.explores(t)
	c.proves(t)
	c.redeems(t)
	c.troubles(file)
	c.allSeen()
}

// troubles are ours: a disk that is full, too much at once, and the unknown.
func (c *apiContract) troubles(file string) {
	d := hexDigest(1)
	one := `{"digest":"` + d + `"}`
	broken := func(err error) *site {
		return newSite(c.t, func(_ *Config, d *Deps) { d.API.Notary = brokenNotary{d.API.Notary, err} })
	}
	c.fails(broken(notary.ErrStorage), 507, "storage", "POST", "/api/v1/stamps", one, "Content-Type", asJSON)
	c.fails(broken(notary.ErrBusy), 503, "busy", "POST", "/api/v1/stamps", lines(2), "Content-Type", asNDJSON)
	c.fails(broken(db.ErrUnavailable), 503, "unavailable", "POST", "/api/v1/stamps", lines(2), "Content-Type", asNDJSON)
	limited := newSite(c.t, func(cfg *Config, _ *Deps) { cfg.APIRate = 1 })
	for range 10 {
		wantStatus(c.t, c.ask(limited, "GET", "/api/v1/status", ""), http.StatusOK)
	}
	batch := "/api/v1/batches/" + strings.Repeat("0", 32)
	for _, path := range []string{"/api/v1/status", "/api/v1/proofs?digest=" + d, "/api/v1/proofs/" + d, "/api/v1/proofs/" + d + ".ots", batch} {
		if w := c.fails(limited, 429, "too-many-requests", "GET", path, ""); w.Header().Get("Retry-After") == "" {
			c.t.Error("it is not said when to come back")
		}
	}
	c.fails(limited, 429, "too-many-requests", "POST", "/api/v1/verify", file, "Content-Type", ots.MediaType)
	c.fails(limited, 429, "too-many-requests", "POST", "/api/v1/stamps", lines(11), "Content-Type", asNDJSON)
	limited.notary.advance()

	oops := broken(fmt.Errorf("something that nobody thought of"))
	c.fails(oops, 500, "internal", "POST", "/api/v1/stamps", one, "Content-Type", asJSON)
	c.fails(oops, 500, "internal", "POST", "/api/v1/verify", file, "Content-Type", ots.MediaType)
	for _, path := range []string{"/status", "/proofs?digest=" + d, "/proofs/" + d, "/proofs/" + d + ".ots", "/proofs/" + d + "/events"} {
		c.fails(oops, 500, "internal", "GET", "/api/v1"+path, "")
	}
	c.fails(oops, 500, "internal", "GET", batch, "")
	c.fails(oops, 500, "internal", "GET", batch+"/proofs", "")
	if strings.Contains(oops.log.String(), d) || !strings.Contains(oops.log.String(), "something that nobody thought of") {
		c.t.Error("the log should tell the error, and no digest")
	}

	crowded := newSite(c.t)
	for range maxPerIP {
		leave, err := crowded.streams.enter("192.0.2.1")
		if err != nil {
			c.t.Fatal(err)
		}
		defer leave()
	}
	c.fails(crowded, 429, "too-many-streams", "GET", "/api/v1/proofs/"+d+"/events", "")

	small := newSite(c.t, func(cfg *Config, _ *Deps) { cfg.APIRate = 20 })
	w := c.ask(small, "POST", "/api/v1/stamps", lines(150), "Content-Type", asNDJSON)
	wantStatus(c.t, w, http.StatusCreated)
	for range 2 {
		c.ask(small, "GET", w.Header().Get("Location")+"/proofs?limit=99", "")
	}
	c.fails(small, 429, "too-many-requests", "GET", w.Header().Get("Location")+"/proofs", "")
}

// allSeen wants every answer of the description to have been given.
func (c *apiContract) allSeen() {
	for path, item := range c.doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				if !c.seen[operation.OperationID+" "+status] {
					c.t.Errorf("no test was answered %s at %s", status, path)
				}
			}
		}
	}
	for _, kind := range c.doc.Components.Schemas["Kind"].Value.Enum {
		// These two are not answers of an operation; see TestAPIAtItsEdges.
		if kind := kind.(string); !c.kinds[kind] && kind != "method" && kind != "not-found" {
			c.t.Errorf("no test was answered %s", kind)
		}
	}
}

type refusingKeys struct{ err error }

func (k refusingKeys) Do(context.Context, string, [32]byte, func(context.Context) (idempotency.Answer, error)) (idempotency.Answer, bool, error) {
	return idempotency.Answer{}, false, k.err
}

// brokenNotary fails at everything.
type brokenNotary struct {
	api.Notary
	err error
}

func (n brokenNotary) Stamp(context.Context, notary.Digest) (notary.Proof, error) {
	return notary.Proof{}, n.err
}

func (n brokenNotary) StampMany(context.Context, []notary.Digest) (notary.Batch, error) {
	return notary.Batch{}, n.err
}

func (n brokenNotary) Proof(context.Context, notary.Digest) (notary.Proof, error) {
	return notary.Proof{}, n.err
}

func (n brokenNotary) Proofs(context.Context, []notary.Digest) ([]notary.Proof, error) {
	return nil, n.err
}

func (n brokenNotary) File(context.Context, notary.Digest) ([]byte, error) { return nil, n.err }

func (n brokenNotary) Batch(context.Context, notary.BatchID) (notary.BatchState, error) {
	return notary.BatchState{}, n.err
}

func (n brokenNotary) Verify(context.Context, []byte, *notary.Digest) (*notary.Verified, error) {
	return nil, n.err
}

func (n brokenNotary) Status(context.Context) (notary.Status, error) { return notary.Status{}, n.err }

// What is not an operation is a named error too; preflights are answered, and
// cookies and other origins change nothing.
func TestAPIAtItsEdges(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/proofs/" + hexDigest(1) + "/x"} {
		w := s.ask("GET", path, "")
		wantStatus(t, w, http.StatusNotFound)
		wantText(t, w, `"kind":"not-found"`)
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "GET", "HEAD"} {
		w := s.ask(method, "/api/v1/stamps", "")
		wantStatus(t, w, http.StatusMethodNotAllowed)
		if got := w.Header().Get("Allow"); got != "POST, OPTIONS" {
			t.Errorf("Allow is %q", got)
		}
	}
	w := s.ask("OPTIONS", "/api/v1/stamps", "", "Origin", "https://elsewhere.test", "Access-Control-Request-Method", "POST")
	wantStatus(t, w, http.StatusNoContent)
	if w.Header().Get("Access-Control-Allow-Methods") != "POST, OPTIONS" || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Idempotency-Key") {
		t.Errorf("preflight %v", w.Header())
	}
	w = s.ask("POST", "/api/v1/stamps", `{"digest":"`+hexDigest(1)+`"}`, "Content-Type", asJSON,
		"Sec-Fetch-Site", "cross-site", "Origin", "https://elsewhere.test", "Cookie", "cairn-lang=zh-Hans; cairn-operator=x")
	wantStatus(t, w, http.StatusCreated)
	w = s.ask("HEAD", "/api/v1/proofs/"+hexDigest(1), "", "Cookie", "cairn-lang=zh-Hans")
	wantStatus(t, w, http.StatusOK)
	w = s.ask("GET", "/api/v1/proofs/"+hexDigest(9), "", "Cookie", "cairn-lang=zh-Hans")
	wantText(t, w, "Nothing was stamped here under this fingerprint.")
	w = s.ask("GET", "/api/v1/proofs/"+hexDigest(9), "", "Accept-Language", "zh-TW,zh;q=0.9,en;q=0.5")
	wantText(t, w, "这里没有这个指纹的存证记录。")
	none := newSite(t, func(_ *Config, d *Deps) { d.API = nil })
	wantStatus(t, none.ask("GET", "/api/v1/status", ""), http.StatusNotFound)
}
