package app_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
)

// testLog writes log lines where the test's output goes.
type testLog struct{ t *testing.T }

// Write implements io.Writer.
func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(string(bytes.TrimRight(p, "\n")))
	return len(p), nil
}

// syncWriter lets one goroutine write what another reads.
type syncWriter struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

// Write implements io.Writer.
func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// String is what was written so far.
func (s *syncWriter) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.String()
}

func hexOf(d [32]byte) string { return hex.EncodeToString(d[:]) }

// stampInPage posts the form of the home page, as a browser without
// JavaScript does.
func stampInPage(t *testing.T, r *running, digest [32]byte) {
	t.Helper()
	resp, err := http.PostForm(r.URL()+"/stamp", url.Values{"digest": {hexOf(digest)}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/proof/"+hexOf(digest) {
		t.Fatalf("stamp: %s at %s\n%s", resp.Status, resp.Request.URL, body)
	}
}
