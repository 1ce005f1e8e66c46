package tsa_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/tsa"
)

func TestQueriesOverHTTP(t *testing.T) {
	b := open(t, dbtest.Open(t, db.SQLite))
	f := newFolder(t)
	server := httptest.NewServer(b)
	defer server.Close()
	post := func(contentType string, body io.Reader) (*http.Response, []byte) {
		t.Helper()
		answer, err := http.Post(server.URL+"/tsa", contentType, body)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		content, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, content
	}
	query := f.query("a photograph", "-sha256", "-cert")
	// Some clients claim another type; what counts is what they send.
	for _, contentType := range []string{"application/timestamp-query", "application/x-www-form-urlencoded"} {
		answer, reply := post(contentType, bytes.NewReader(query))
		header := answer.Header
		if answer.StatusCode != 200 || header.Get("Content-Type") != "application/timestamp-reply" || header.Get("Access-Control-Allow-Origin") != "*" {
			t.Fatalf("%s: %v", answer.Status, header)
		}
		f.write("reply.tsr", reply)
		f.write("ca.pem", b.roots(t))
		f.must("ts", "-verify", "-in", "reply.tsr", "-queryfile", "query.tsq", "-CAfile", "ca.pem")
	}
	answer, reply := post("application/timestamp-query", strings.NewReader("garbage"))
	if answer.StatusCode != 200 {
		t.Errorf("garbage: %s", answer.Status)
	}
	f.wantRefused(reply, "data submitted has the wrong format")
	// A length that is announced, and one that is not.
	for _, body := range []io.Reader{bytes.NewReader(make([]byte, tsa.MaxQuery+1)), io.MultiReader(bytes.NewReader(make([]byte, tsa.MaxQuery+1)))} {
		if answer, text := post("application/timestamp-query", body); answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("65,537 bytes: %s %s", answer.Status, text)
		}
	}
	if answer, reply := post("application/timestamp-query", bytes.NewReader(make([]byte, tsa.MaxQuery))); answer.StatusCode != 200 || len(reply) == 0 {
		t.Errorf("65,536 bytes: %s", answer.Status)
	}
}

// A body that does not come is not waited for.
func TestSlowBody(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	t.Parallel()
	b := open(t, dbtest.Open(t, db.SQLite))
	server := httptest.NewServer(b)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /tsa HTTP/1.1\r\nHost: cairn\r\nContent-Length: 100\r\n\r\nx"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 12)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 400" {
		t.Errorf("%q, %v", answer, err)
	}
}

// When the disk does not take a token, the answer says so in both protocols.
func TestStorageFails(t *testing.T) {
	b := open(t, dbtest.Open(t, db.SQLite))
	f := newFolder(t)
	query := f.query("a photograph", "-sha256")
	b.calendar.Close()
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest("POST", "/tsa", bytes.NewReader(query)))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	f.wantRefused(w.Body.Bytes(), "system failure")
}

func TestMethods(t *testing.T) {
	b := open(t, dbtest.Open(t, db.SQLite))
	for method, status := range map[string]int{"OPTIONS": 204, "PUT": 405, "DELETE": 405} {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest(method, "/tsa", nil))
		if w.Code != status || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}
