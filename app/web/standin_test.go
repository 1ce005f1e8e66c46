package web

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
)

var standInVersion = regexp.MustCompile(`"version":"([0-9a-f]{16})"`)

// What stands in for the server without a network holds nothing of anybody, stays in
// its folder, and is another when the page is: in another language, or other colours.
func TestStandIns(t *testing.T) {
	s, _ := shopSite(t)
	for _, c := range []struct{ worker, frame, pages string }{
		{"/till/standin.js", "/till/frame", "^/till/[0-9a-f]{32}$"}, {"/v/standin.js", "/v/", "^/v/$"},
	} {
		versions := map[string]bool{}
		for _, header := range [][2]string{{"Accept-Language", "en"}, {"Accept-Language", "zh-Hans"}, {"Cookie", "theme=dark"}} {
			w := s.ask("GET", c.worker, "", header[0], header[1])
			wantStatus(t, w, http.StatusOK)
			body := w.Body.String()
			found := standInVersion.FindStringSubmatch(body)
			if found == nil || !strings.Contains(body, `"frame":"`+c.frame+`"`) || !strings.Contains(body, c.pages) {
				t.Fatalf("%s: %.300s", c.worker, body)
			}
			versions[found[1]] = true
			if again := s.ask("GET", c.worker, "", header[0], header[1]); again.Body.String() != body {
				t.Errorf("%s is another each time", c.worker)
			}
			if kind, kept := w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"); kind != "text/javascript; charset=utf-8" || !strings.Contains(kept, "no-cache") {
				t.Errorf("%s: %q, %q", c.worker, kind, kept)
			}
			if w.Header().Get("Service-Worker-Allowed") != "" {
				t.Errorf("%s reaches beyond its folder", c.worker)
			}
		}
		if len(versions) < 2 {
			t.Errorf("%s is the same in every language", c.worker)
		}
		w := s.ask("GET", c.frame, "")
		wantStatus(t, w, http.StatusOK)
		if strings.Contains(w.Body.String(), "Corner Bookshop") || strings.Contains(w.Body.String(), shopKeyText) {
			t.Errorf("%s tells of a shop", c.frame)
		}
	}
}

func TestACounterListsWhatItTook(t *testing.T) {
	s, f := shopSite(t)
	const till = "/till/" + shopKeyText
	if code, told := s.postJSON(till+"/recent", struct{}{}); code != 200 || len(told["taken"].([]any)) != 0 {
		t.Fatalf("%d %v", code, told)
	}
	f.take(t, f.order[20], 3)
	_, told := s.postJSON(till+"/recent", struct{}{})
	list := told["taken"].([]any)
	if len(list) != 1 {
		t.Fatalf("%v", told)
	}
	one := list[0].(map[string]any)
	if one["units"] != 3.0 || one["undo"].(float64) < 50 || one["undone"] != false || one["series"].(map[string]any)["name"] == "" {
		t.Errorf("%v", one)
	}
	s.postJSON(till+"/undo", map[string]any{"booking": one["booking"]})
	_, told = s.postJSON(till+"/recent", struct{}{})
	if one := told["taken"].([]any)[0].(map[string]any); one["undone"] != true || one["undo"] != 0.0 {
		t.Errorf("after undoing: %v", one)
	}
}

// take books units of a voucher, as its bearer signs for them.
func (f *fakeShops) take(t *testing.T, name bearer.Name, units int64) {
	t.Helper()
	p, err := f.plan(name, units)
	if err != nil {
		t.Fatal(err)
	}
	if err := bearer.SignKey(p.Unsigned, p.Coin, fakeSecret(slices.Index(f.order, name))); err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := p.Unsigned.Serialize(&raw); err != nil {
		t.Fatal(err)
	}
	r := voucher.Redemption{Name: name, Units: units, Signed: raw.Bytes(), Request: voucher.RequestID{1}}
	if _, err := f.Redeem(t.Context(), voucher.Key{}, r); err != nil {
		t.Fatal(err)
	}
}
