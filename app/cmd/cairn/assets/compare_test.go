package assets

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"cairn/app/cmd/cairn/terminal"
)

// serve is a server whose ledgers are said by hash, and change in every block.
func serve(t *testing.T, from, tip int, hash func(protocol string, height int) int) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		height := tip
		if text := r.URL.Query().Get("height"); text != "" {
			height, _ = strconv.Atoi(text)
		}
		if height > tip {
			http.Error(w, "no such block", http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"from_height":%d,"tip_height":%d,"height":%d,"hash":"%064x","links":[{"height":%d,"block":"block %d"}]}`,
			from, tip, height, hash(protocol, height), height, height)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestCompareServers(t *testing.T) {
	same := func(_ string, height int) int { return height }
	forked := func(protocol string, height int) int {
		if protocol == "colu" && height >= 77 {
			return -height
		}
		return height
	}
	run := func(one, two string) (string, error) {
		var o bytes.Buffer
		err := (&CompareCmd{Server: one, Other: two + "/", Timeout: 10 * time.Second}).Run(t.Context(), &terminal.Output{Stdout: &o, Stderr: &o})
		return o.String(), err
	}
	a := serve(t, 0, 100, same)
	text, err := run(a, serve(t, 10, 120, same))
	if err != nil || strings.Count(text, "the same up to block 100") != 3 {
		t.Errorf("%s, %v", text, err)
	}
	b := serve(t, 0, 90, forked)
	text, err = run(a, b)
	var code terminal.SilentExit
	if !errors.As(err, &code) || code.ExitCode() != terminal.ExitFail {
		t.Errorf("two that differ: %v", err)
	}
	if want := "colu: different from block 77 on\n    " + a + ": block 77\n    " + b + ": block 77\n"; !strings.Contains(text, want) || strings.Count(text, "the same up to block 90") != 2 {
		t.Errorf("%s", text)
	}
	down := httptest.NewServer(http.NotFoundHandler())
	defer down.Close()
	if _, err := run(a, down.URL); err == nil || errors.As(err, &code) {
		t.Errorf("one that does not know: %v", err)
	}
}
