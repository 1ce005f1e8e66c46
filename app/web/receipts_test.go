package web

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cairn/assets/receipt"
	view "cairn/templates/receipt"
)

func TestReceiptPages(t *testing.T) {
	s := newSite(t)
	get := func(path string) *httptest.ResponseRecorder { return s.ask(http.MethodGet, path, "") }
	base := view.Of(keptCoin(t, "open-assets-transfer"))
	page := get(base)
	if body := page.Body.String(); page.Code != http.StatusOK || !strings.Contains(body, "7 MasterBTC") || !strings.Contains(body, base+"/evidence.zip?protocol=open-assets") {
		t.Errorf("%d %.2000s", page.Code, body)
	}
	if body := get(view.Of(keptCoin(t, "colu-issue"))).Body.String(); !strings.Contains(body, "and is spent") {
		t.Errorf("a spent coin: %.2000s", body)
	}
	file := get(base + "/receipt.json?protocol=open-assets")
	f, err := receipt.Decode(file.Body.Bytes())
	if err != nil || !strings.Contains(file.Header().Get("Content-Disposition"), ".receipt.json") {
		t.Fatalf("%v, %v", err, file.Header())
	}
	if _, err := receipt.Verify(f, receipt.Options{}); err != nil {
		t.Error(err)
	}
	html := get(base + "/verify.html")
	if !bytes.Contains(html.Body.Bytes(), []byte(f.Coin)) || !strings.HasPrefix(html.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("%d %v", html.Code, html.Header())
	}
	if empty := get(view.Check); empty.Code != http.StatusOK || bytes.Contains(empty.Body.Bytes(), []byte(f.Coin)) {
		t.Errorf("%d", empty.Code)
	}
	names := map[string]string{}
	packed := get(base + "/evidence.zip").Body.Bytes()
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range archive.File {
		r, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names[entry.Name] = string(content)
	}
	if names["verify.html"] != html.Body.String() || names["coin.receipt.json"] != file.Body.String() || !strings.Contains(names["README.txt"], "7 MasterBTC") {
		t.Errorf("%v", names["README.txt"])
	}
}

func TestReceiptsThatAreNot(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]int{
		view.Of(strings.Repeat("0", 64) + ":0"):                         http.StatusNotFound,
		view.Of("nothing"):                                              http.StatusUnprocessableEntity,
		view.Of(keptCoin(t, "colu-burn")) + "?protocol=open-assets":     http.StatusNotFound,
		view.Of(keptCoin(t, "colu-burn")) + "/evidence.zip?protocol=no": http.StatusUnprocessableEntity,
	} {
		if w := s.ask(http.MethodGet, path, ""); w.Code != want {
			t.Errorf("%s: %d instead of %d", path, w.Code, want)
		}
	}
}
