// Package public holds what browsers load beside pages: one style sheet, a
// few small scripts, the icon. Each is served under a name that carries the
// hash of its content, so a browser may keep it for ever, and is compressed
// once.
//
// It imports nothing of ours.
package public

//go:generate go run ./build

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed css js img
var files embed.FS

// Prefix is the path below which Handler expects to be mounted.
const Prefix = "/static/"

var byName, byPath = load()

// file is one embedded file, compressed when first asked for.
type file struct {
	url, kind string
	policy    string
	plain     []byte
	pack      sync.Once
	gz, br    []byte
}

func load() (names, paths map[string]*file) {
	names, paths = make(map[string]*file), make(map[string]*file)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		f := &file{
			url:    Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext,
			kind:   kinds[ext],
			policy: "default-src 'none'; frame-ancestors 'none'",
			plain:  content,
		}
		if name == "js/hasher.js" {
			// The worker's own policy: pages stay without WebAssembly.
			f.policy = "default-src 'none'; script-src 'wasm-unsafe-eval'"
		}
		names[name], paths[f.url] = f, f
		return nil
	})
	if err != nil {
		panic("public: embedded files: " + err.Error())
	}
	return names, paths
}

var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// URL is the path of an embedded file, such as "css/cairn.css", with the hash
// of its content in its name. It panics on a name that is not embedded, which
// the first test to render the page finds.
func URL(name string) string {
	f, ok := byName[name]
	if !ok {
		panic(fmt.Sprintf("public: no file %q", name))
	}
	return f.url
}

// Handler serves the files at the paths that URL gives, and 404 elsewhere.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := byPath[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		f.serve(w, r)
	})
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", f.policy)
	body := f.encoded(h, r.Header.Get("Accept-Encoding"))
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	w.Write(body) //nolint:errcheck // the visitor went away
}

func (f *file) encoded(h http.Header, accept string) []byte {
	f.pack.Do(f.compress)
	switch {
	case strings.Contains(accept, "br"):
		h.Set("Content-Encoding", "br")
		return f.br
	case strings.Contains(accept, "gzip"):
		h.Set("Content-Encoding", "gzip")
		return f.gz
	}
	return f.plain
}

// compress cannot fail: it writes to memory.
func (f *file) compress() {
	var gz, br bytes.Buffer
	g, _ := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	g.Write(f.plain) //nolint:errcheck
	g.Close()        //nolint:errcheck
	b := brotli.NewWriterLevel(&br, brotli.BestCompression)
	b.Write(f.plain) //nolint:errcheck
	b.Close()        //nolint:errcheck
	f.gz, f.br = gz.Bytes(), br.Bytes()
}
