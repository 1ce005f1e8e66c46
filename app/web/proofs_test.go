package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cairn/notary"
)

func TestAPastedListIsAnsweredByItsProofs(t *testing.T) {
	s := newSite(t)
	a, b := strings.Repeat("01", 32), strings.Repeat("02", 32)
	list := a + "  notes <b>.txt\n\nSHA256 (合同.pdf) = " + b + "\n"
	w := s.ask("POST", "/stamp", url.Values{"digest": {list}}.Encode())
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "2 fingerprints stored.", "notes &lt;b&gt;.txt", "合同.pdf", `href="/proof/`+a+`"`, `href="/proof/`+b+`.ots"`)
	if n := len(s.notary.proofs); n != 2 {
		t.Errorf("%d digests were taken", n)
	}
}

func TestABadLineIsShownBesideWhatWasPasted(t *testing.T) {
	s := newSite(t)
	w := s.ask("POST", "/stamp", url.Values{"digest": {strings.Repeat("01", 32) + "  a\n</textarea><script>\n"}}.Encode(), "Accept-Language", "zh")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "第 2 行：不是 sha256sum 输出的格式。", "&lt;/textarea&gt;&lt;script&gt;", `aria-invalid="true"`)
}

func TestProofFiles(t *testing.T) {
	s := newSite(t)
	known, complete := s.stamped(1), s.completed(2)
	unknown := notary.Digest{3}
	body := url.Values{"digests": {known.String() + "\n" + unknown.String() + "\n" + complete.String()}}.Encode()
	w := s.ask("POST", "/proofs/files", body, "Accept", "application/json")
	wantStatus(t, w, http.StatusOK)
	var got files
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Proofs) != 2 {
		t.Fatalf("%d proofs, want the two that are known", len(got.Proofs))
	}
	for i, d := range []notary.Digest{known, complete} {
		want := s.ask("GET", "/proof/"+d.String()+".ots", "")
		if got.Proofs[i].Digest != d.String() || !bytes.Equal(got.Proofs[i].OTS, want.Body.Bytes()) {
			t.Errorf("proof %d is not the file of %s", i, d)
		}
	}
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"none":          {"", http.StatusUnprocessableEntity},
		"too many":      {"digests=" + strings.Repeat(known.String()+"+", maxFiles+1), http.StatusUnprocessableEntity},
		"not a digest":  {"digests=abc", http.StatusUnprocessableEntity},
		"too large":     {"digests=" + strings.Repeat("0", 70<<10), http.StatusRequestEntityTooLarge},
		"a broken form": {"digests=%zz", http.StatusBadRequest},
	} {
		if w := s.ask("POST", "/proofs/files", c.body, "Accept", "application/json"); w.Code != c.status {
			t.Errorf("%s: %d %.200s", name, w.Code, w.Body)
		}
	}
}

func TestTheListKnowsNothingOfVisitors(t *testing.T) {
	s := newSite(t)
	d := s.stamped(1)
	w := s.ask("GET", "/proofs", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "Only this browser knows the names", "data-mylist")
	if strings.Contains(w.Body.String(), d.String()) {
		t.Error("the page names a digest")
	}
}
