package web

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"cairn/assets/compose"
	"cairn/assets/voucher/bearer"
	vouchers "cairn/templates/voucher"
)

// issuingSite has a shop whose owner makes vouchers.
func issuingSite(t *testing.T) (*site, *fakeDesk) {
	t.Helper()
	var f *fakeDesk
	s := newSite(t, func(_ *Config, deps *Deps) {
		withVouchers(deps, time.Now)
		f = withAssetDesk(deps, time.Now)
	})
	return s, f
}

// A picture is what the server made of it, and the form names it by that alone.
func TestOwnPictureOfASeries(t *testing.T) {
	s, f := issuingSite(t)
	const desk = "/shop/" + shopKeyText
	wantStatus(t, s.ask("POST", desk+"/picture", "no picture", "Content-Type", "image/jpeg", "Accept", "application/json"), http.StatusUnprocessableEntity)
	wantStatus(t, s.ask("POST", desk+"/picture", strings.Repeat("\xff\xd8", maxShopPicture), "Content-Type", "image/jpeg", "Accept", "application/json"), http.StatusRequestEntityTooLarge)
	wantStatus(t, s.ask("POST", "/shop/"+strings.Repeat("00", 16)+"/picture", "\xff\xd8", "Content-Type", "image/jpeg", "Accept", "application/json"), http.StatusNotFound)
	w := s.ask("POST", desk+"/picture", "\xff\xd8 pixels", "Content-Type", "image/jpeg", "Accept", "application/json")
	wantStatus(t, w, http.StatusOK)
	_, rest, _ := strings.Cut(w.Body.String(), `"own":"`)
	own, _, _ := strings.Cut(rest, `"`)

	series := map[string]any{"kind": "gift-card", "name": "Gift", "good": "Anything", "unit": "CHF", "decimals": 2, "each": 2550, "colour": "moss", "picture": "book", "own": own, "ends": "never"}
	code, made := s.postJSON(desk+"/series", series)
	if code != http.StatusOK {
		t.Fatalf("%d %v", code, made)
	}
	page := s.ask("GET", desk+"/series/"+made["id"].(string), "").Body.String()
	if !strings.Contains(page, `src="/assets/pictures/`+own+`.jpg"`) {
		t.Error("the card does not show the picture")
	}
	for _, bad := range []string{own[2:], strings.ToUpper(own), "../" + own, "https://elsewhere.example/a.jpg"} {
		series["own"] = bad
		if code, answer := s.postJSON(desk+"/series", series); code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d %v", bad, code, answer)
		}
	}

	_, public := newBearer(t)
	body := map[string]any{
		"vouchers": []map[string]any{{"inner": public, "label": "No. 1", "units": 2550}}, "seed": hex.EncodeToString(deskScript),
		"change": "0014" + strings.Repeat("09", 20), "sponsored": true, "coins": []any{},
	}
	code, draft := s.postJSON(desk+"/series/"+made["id"].(string)+"/draft", body)
	if code != http.StatusOK || draft["sponsored"] != true {
		t.Fatalf("%d %v", code, draft)
	}
	if o := f.orders[len(f.orders)-1]; len(o.Coins) != 0 || string(o.Seed) != string(deskScript) || !o.Sponsored || o.Payments[0].Units != 2550 {
		t.Errorf("%+v", o)
	}
	if d := f.defined[len(f.defined)-1]; hex.EncodeToString(d.Kept[:]) != own || d.Divisibility != 2 {
		t.Errorf("%+v", d)
	}

	// The quote's page leads back to where the codes are, in this browser alone.
	body["draft"] = draft["id"]
	w = s.ask("POST", desk+"/series/"+made["id"].(string)+"/vouchers", jsonOf(t, body), "Content-Type", "application/json", "Accept", "application/json")
	wantStatus(t, w, http.StatusOK)
	cookie := w.Header().Get("Set-Cookie")
	if !strings.Contains(cookie, "0123456789abcdef0123456789abcdef."+desk+"/issue") || !strings.Contains(cookie, "HttpOnly") {
		t.Errorf("the way back is %q", cookie)
	}
}

// What cannot be is refused before anything is built.
func TestDraftsOfVouchersThatAreRefused(t *testing.T) {
	s, f := issuingSite(t)
	const desk = "/shop/" + shopKeyText
	code, made := s.postJSON(desk+"/series", map[string]any{"kind": "voucher", "name": "Book", "good": "A book", "each": 1, "colour": "moss", "picture": "book", "ends": "never"})
	if code != http.StatusOK {
		t.Fatalf("%d %v", code, made)
	}
	_, public := newBearer(t)
	for name, change := range map[string]func(body, one map[string]any){
		"no seed":         func(body, _ map[string]any) { body["seed"] = "" },
		"no hexadecimal":  func(body, _ map[string]any) { body["seed"] = "xyz" },
		"no key":          func(_, one map[string]any) { one["inner"] = "00" },
		"no day":          func(_, one map[string]any) { one["until"] = "31.12.2031" },
		"a day of others": func(_, one map[string]any) { one["until"] = "9999-12-31" },
		"none":            func(body, _ map[string]any) { body["vouchers"] = []any{} },
		"too many":        func(body, one map[string]any) { body["vouchers"] = make([]any, vouchers.MostVouchers+1) },
	} {
		one := map[string]any{"inner": public, "units": 1}
		body := map[string]any{"vouchers": []any{one}, "seed": hex.EncodeToString(deskScript), "change": hex.EncodeToString(deskScript), "sponsored": true}
		change(body, one)
		if code, answer := s.postJSON(desk+"/series/"+made["id"].(string)+"/draft", body); code != http.StatusUnprocessableEntity || answer["error"] == "" {
			t.Errorf("%s: %d %v", name, code, answer)
		}
	}
	if len(f.orders) != 0 {
		t.Errorf("%d orders were built", len(f.orders))
	}
	f.refuse = compose.ErrGift
	body := map[string]any{"vouchers": []any{map[string]any{"inner": public, "units": 1}}, "seed": hex.EncodeToString(deskScript), "change": hex.EncodeToString(deskScript), "sponsored": true}
	if code, answer := s.postJSON(desk+"/series/"+made["id"].(string)+"/draft", body); code != http.StatusUnprocessableEntity || answer["error"] == "" {
		t.Errorf("more than the node pays: %d %v", code, answer)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// newBearer is the key of a voucher, as its page tells of it.
func newBearer(t *testing.T) (bearer.Secret, string) {
	t.Helper()
	secret := bearer.Secret{31: 9}
	out, err := secret.Output(bearer.Terms{})
	if err != nil {
		t.Fatal(err)
	}
	return secret, hex.EncodeToString(out.Inner[:])
}
