package calendar_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/calendar"
)

// fixedAnchors knows one state for every commitment.
type fixedAnchors struct {
	progress calendar.Progress
	tip      *[32]byte
	err      error
}

func (f *fixedAnchors) Timestamp(context.Context, int64, calendar.Commitment) (calendar.Progress, error) {
	return f.progress, f.err
}

func (f *fixedAnchors) Tip(context.Context) (tip [32]byte, ok bool, err error) {
	if f.tip == nil {
		return tip, false, f.err
	}
	return *f.tip, true, f.err
}

func serve(t *testing.T) (*httptest.Server, *fixedAnchors, *db.DB) {
	t.Helper()
	d := dbtest.Open(t, db.SQLite)
	c, journal := open(t, d)
	anchors := &fixedAnchors{}
	server := httptest.NewServer(calendar.NewHandler(c, journal, anchors))
	t.Cleanup(server.Close)
	return server, anchors, d
}

// exchange sends bytes on a new connection and reads one answer.
func exchange(t *testing.T, server *httptest.Server, request string) (*http.Response, []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(request, "X-Stop: early") {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%.60q: %v", request, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func post(headers, body string) string {
	return "POST /digest HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body
}

func TestPostDigest(t *testing.T) {
	server, _, _ := serve(t)
	// As python's urllib, the JavaScript library and nbd-wtf's client send it:
	// raw bytes under a form's type, one of them looking like a form.
	for _, msg := range []string{"a=1&b=%zz", strings.Repeat("\x00", 32), strings.Repeat("\xff", 64)} {
		for _, headers := range []string{
			"Content-Type: application/x-www-form-urlencoded\r\nAccept: application/vnd.opentimestamps.v1\r\n",
			"Content-Type: multipart/form-data; boundary=x\r\nOrigin: https://elsewhere.example\r\nSec-Fetch-Site: cross-site\r\n",
			"",
		} {
			response, body := exchange(t, server, post(fmt.Sprintf("%sContent-Length: %d\r\n", headers, len(msg)), msg))
			if response.StatusCode != http.StatusOK {
				t.Fatalf("%d %q", response.StatusCode, body)
			}
			promised(t, []byte(msg), body)
			assertHeader(t, response, "Content-Type", "application/octet-stream")
			assertHeader(t, response, "Content-Length", fmt.Sprint(len(body)))
			assertHeader(t, response, "Cache-Control", "")
			assertHeader(t, response, "Access-Control-Allow-Origin", "*")
		}
	}
}

func assertHeader(t *testing.T, r *http.Response, name, want string) {
	t.Helper()
	if got := r.Header.Get(name); got != want {
		t.Errorf("%s: %q, want %q", name, got, want)
	}
}

func TestPostDigestRefuses(t *testing.T) {
	server, _, d := serve(t)
	for name, test := range map[string]struct{ request, text string }{
		"no length":        {post("", ""), "invalid Content-Length"},
		"chunked":          {post("Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n0\r\n\r\n"), "invalid Content-Length"},
		"empty":            {post("Content-Length: 0\r\n", ""), "digest empty"},
		"65 bytes":         {post("Content-Length: 65\r\n", strings.Repeat("x", 65)), "digest too long"},
		"a huge length":    {post("Content-Length: 9223372036854775807\r\n", "x"), "digest too long"},
		"a lying length":   {post("X-Stop: early\r\nContent-Length: 32\r\n", "short"), "invalid Content-Length"},
		"a negative one":   {post("Content-Length: -1\r\n", "x"), ""},
		"no number":        {post("Content-Length: many\r\n", "x"), ""},
		"beyond 64 bits":   {post("Content-Length: 99999999999999999999\r\n", "x"), ""},
		"two that differ":  {post("Content-Length: 1\r\nContent-Length: 2\r\n", "xy"), ""},
		"smuggled chunked": {post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "4\r\nabcd\r\n0\r\n\r\n"), ""},
	} {
		response, body := exchange(t, server, test.request)
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %q", name, response.StatusCode, body)
		}
		// Where the text is empty net/http refuses before we see it.
		if test.text != "" && string(body) != test.text {
			t.Errorf("%s: %q, want %q", name, body, test.text)
		}
	}
	if head, digests, err := calendar.Head(d.Read(t.Context())); head != 0 || digests != 0 || err != nil {
		t.Errorf("refused digests changed the journal: %d, %d, %v", head, digests, err)
	}
}

func TestGetTimestamp(t *testing.T) {
	server, anchors, _ := serve(t)
	_, answer := exchange(t, server, post("Content-Length: 32\r\n", strings.Repeat("d", 32)))
	commitment := promised(t, []byte(strings.Repeat("d", 32)), answer)
	get := func(path string) (*http.Response, []byte) {
		return exchange(t, server, "GET /timestamp/"+path+" HTTP/1.1\r\nHost: h\r\n\r\n")
	}
	check := func(path string, status int, cache, contentType, want string) {
		t.Helper()
		response, body := get(path)
		if response.StatusCode != status || string(body) != want {
			t.Errorf("GET %.20s: %d %q, want %d %q", path, response.StatusCode, body, status, want)
		}
		assertHeader(t, response, "Cache-Control", cache)
		assertHeader(t, response, "Content-Type", contentType)
		assertHeader(t, response, "Access-Control-Allow-Origin", "*")
	}
	const minute, year = "public, max-age=60", "public, max-age=31536000"
	check(commitment.String(), 404, minute, "text/plain", "Pending confirmation in Bitcoin blockchain")
	anchors.progress = calendar.Progress{Txid: strings.Repeat("ab", 32), Waiting: 5}
	check(strings.ToUpper(commitment.String()), 404, minute, "text/plain",
		"Timestamped by transaction "+strings.Repeat("ab", 32)+"; waiting for 5 confirmations")
	anchors.progress = calendar.Progress{Body: []byte{0, 1, 2}}
	check(commitment.String(), 200, minute, "application/octet-stream", "\x00\x01\x02")
	anchors.progress.Final = true
	check(commitment.String(), 200, year, "application/octet-stream", "\x00\x01\x02")

	other := commitment
	other.Time++
	check(other.String(), 404, minute, "text/plain", "Not found")
	check(hex.EncodeToString([]byte(strings.Repeat("d", 32))), 404, minute, "text/plain", "Not found")
	for _, bad := range []string{"", "zz", "abc", commitment.String() + "0", commitment.String() + "/x", "%00"} {
		check(bad, 400, year, "text/plain", "commitment must be hex-encoded bytes")
	}

	anchors.err = errors.New("the database is gone")
	response, body := get(commitment.String())
	if response.StatusCode != http.StatusServiceUnavailable || strings.Contains(string(body), "database") {
		t.Errorf("%d %q", response.StatusCode, body)
	}
	assertHeader(t, response, "Cache-Control", "")
}

func TestOtherRequests(t *testing.T) {
	server, anchors, _ := serve(t)
	for _, test := range []struct {
		line   string
		status int
		cache  string
	}{
		{"GET /tip", 404, "public, max-age=10"},
		{"HEAD /tip", 404, "public, max-age=10"},
		{"GET /digest", 404, "public, max-age=3600"},
		{"POST /tip", 404, "public, max-age=3600"},
		{"GET /other", 404, "public, max-age=3600"},
		{"PUT /digest", 405, ""},
		{"DELETE /timestamp/00", 405, ""},
		{"OPTIONS /digest", 204, ""},
		{"OPTIONS /timestamp/00", 204, ""},
	} {
		response, body := exchange(t, server, test.line+" HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
		if response.StatusCode != test.status {
			t.Errorf("%s: %d %q, want %d", test.line, response.StatusCode, body, test.status)
		}
		assertHeader(t, response, "Cache-Control", test.cache)
		assertHeader(t, response, "Access-Control-Allow-Origin", "*")
	}
	response, _ := exchange(t, server, "OPTIONS /digest HTTP/1.1\r\nHost: h\r\nOrigin: https://x.example\r\nAccess-Control-Request-Method: POST\r\n\r\n")
	assertHeader(t, response, "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
	assertHeader(t, response, "Access-Control-Allow-Headers", "Accept, Content-Type")

	anchors.tip = &[32]byte{1, 2, 3}
	response, body := exchange(t, server, "GET /tip HTTP/1.1\r\nHost: h\r\n\r\n")
	if response.StatusCode != http.StatusOK || !bytes.Equal(body, anchors.tip[:]) {
		t.Errorf("GET /tip: %d %x", response.StatusCode, body)
	}
	assertHeader(t, response, "Cache-Control", "public, max-age=10")
	response, body = exchange(t, server, "HEAD /tip HTTP/1.1\r\nHost: h\r\n\r\n")
	if response.StatusCode != http.StatusOK || len(body) != 0 || response.ContentLength != 32 {
		t.Errorf("HEAD /tip: %d, %d bytes of %d", response.StatusCode, len(body), response.ContentLength)
	}
}

// Python's client shows 160 characters and replaces all but these.
func TestPendingTextIsShownWhole(t *testing.T) {
	shown := regexp.MustCompile(`^[A-Za-z0-9#\-.,; ]{1,160}$`)
	for _, after := range []time.Duration{-time.Hour, 0, time.Minute, 90 * time.Second, 45 * time.Minute, 3 * time.Hour, 50 * time.Hour, 24 * 365 * time.Hour} {
		for _, txid := range []string{"", strings.Repeat("f", 64)} {
			text := calendar.PendingText(calendar.Progress{Txid: txid, Waiting: 2147483647, ExpectedBy: noon.Add(after)}, noon)
			if !shown.MatchString(text) {
				t.Errorf("%q has %d characters", text, len(text))
			}
		}
	}
	want := "Pending confirmation in Bitcoin blockchain; expected in about 45 minutes"
	if got := calendar.PendingText(calendar.Progress{ExpectedBy: noon.Add(45 * time.Minute)}, noon); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
