package public

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func get(t *testing.T, method, path, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestFilesAreServedCompressedAndForEver(t *testing.T) {
	for name, f := range byName {
		if !regexp.MustCompile(`^/static/.+\.[0-9a-f]{10}\.[a-z]+$`).MatchString(f.url) {
			t.Errorf("%s has no hash in %s", name, f.url)
		}
		for encoding, open := range map[string]func(io.Reader) (io.Reader, error){
			"":                  func(r io.Reader) (io.Reader, error) { return r, nil },
			"gzip, deflate":     func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
			"gzip, deflate, br": func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		} {
			answer := get(t, http.MethodGet, f.url, encoding)
			if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") == "" {
				t.Fatalf("%s: %d %q", f.url, answer.StatusCode, answer.Header.Get("Content-Type"))
			}
			if got := answer.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("%s: Cache-Control %q", name, got)
			}
			body, err := open(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(body)
			if err != nil || !bytes.Equal(content, f.plain) {
				t.Errorf("%s as %q is not the file: %v", name, encoding, err)
			}
		}
		if answer := get(t, http.MethodHead, f.url, ""); answer.ContentLength != int64(len(f.plain)) {
			t.Errorf("HEAD %s says %d bytes", name, answer.ContentLength)
		}
	}
}

// The wallet is loaded only where keys are used, and has its own budget.
func TestTheWalletIsLight(t *testing.T) {
	body, err := io.ReadAll(get(t, http.MethodGet, URL("js/keys.js"), "gzip").Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 75_000 {
		t.Errorf("js/keys.js takes %d bytes, at most 75,000 are wanted", len(body))
	}
}

func TestOnlyTheWorkerMayCompileWebAssembly(t *testing.T) {
	for name, f := range byName {
		policy := get(t, http.MethodGet, f.url, "").Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "wasm-unsafe-eval") != (name == "js/hasher.js") {
			t.Errorf("%s has policy %q", name, policy)
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	for _, path := range []string{"/static/", "/static/css/cairn.css", "/static/../public.go", "/static/js/cairn.0000000000.js"} {
		if got := get(t, http.MethodGet, path, "").StatusCode; got != http.StatusNotFound {
			t.Errorf("%s: %d", path, got)
		}
	}
	if got := get(t, http.MethodPost, URL("css/cairn.css"), "").StatusCode; got != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got)
	}
}
