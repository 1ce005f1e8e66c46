package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// A browser that can read gzip gets the same page, smaller; each answer says
// how long it is and what it depends on.
func TestPagesAreCompressed(t *testing.T) {
	s := newSite(t)
	path := "/anchor/" + fakeReplaced.String()
	s.completed(42)
	plain := s.ask("GET", path, "")
	wantStatus(t, plain, http.StatusOK)
	for _, accept := range []string{"", "br", "identity", "gzip;q=0", "gzip; q=0.000"} {
		w := s.ask("GET", path, "", "Accept-Encoding", accept)
		if w.Header().Get("Content-Encoding") != "" || !strings.Contains(w.Body.String(), "<!doctype html>") {
			t.Errorf("%q got %v", accept, w.Header())
		}
	}
	for _, accept := range []string{"gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8"} {
		w := s.ask("GET", path, "", "Accept-Encoding", accept)
		h := w.Header()
		if h.Get("Content-Encoding") != "gzip" || h.Get("Content-Length") != strconv.Itoa(w.Body.Len()) || !strings.Contains(strings.Join(h.Values("Vary"), ","), "Accept-Encoding") {
			t.Fatalf("%q got %v", accept, h)
		}
		if w.Body.Len() > plain.Body.Len()/2 {
			t.Errorf("%d bytes of %d", w.Body.Len(), plain.Body.Len())
		}
		unpacked, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(unpacked)
		if err != nil || len(page) != plain.Body.Len() {
			t.Errorf("%d bytes, %d plain, %v", len(page), plain.Body.Len(), err)
		}
	}
}
