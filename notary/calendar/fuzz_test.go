package calendar_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/calendar"
)

// FuzzHandler: whatever is asked, the handler answers with a status of the
// protocol, and an answer to a digest parses and is in the journal.
func FuzzHandler(f *testing.F) {
	f.Add("POST", "/digest", []byte("0123456789abcdef0123456789abcdef"))
	f.Add("POST", "/digest", []byte{})
	f.Add("POST", "/digest", bytes.Repeat([]byte{0xff}, 65))
	f.Add("GET", "/timestamp/", []byte{})
	f.Add("GET", "/timestamp/"+strings.Repeat("0f", 44), []byte{})
	f.Add("GET", "/timestamp/"+strings.Repeat("0F", 45), []byte{})
	f.Add("HEAD", "/tip", []byte{})
	f.Add("OPTIONS", "/timestamp/../digest", []byte{})
	d := dbtest.Open(f, db.SQLite)
	c, journal := open(f, d)
	h := calendar.NewHandler(c, journal, &fixedAnchors{})
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Method, r.URL = method, &url.URL{Path: path}
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusNoContent, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed:
		case http.StatusOK:
			commitment := promised(t, body, w.Body.Bytes())
			if seq, err := journal.Find(t.Context(), commitment); err != nil || seq == 0 {
				t.Fatalf("acknowledged and not stored: %v", err)
			}
		default:
			t.Fatalf("%s %q with %d bytes: %d %q", method, path, len(body), w.Code, w.Body)
		}
	})
}
