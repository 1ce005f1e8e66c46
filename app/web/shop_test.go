package web

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
	vouchers "cairn/templates/voucher"
)

const shopKeyText = "07000000000000000000000000000000"

func shopSite(t *testing.T) (*site, *fakeShops) {
	t.Helper()
	var f *fakeShops
	s := newSite(t, func(_ *Config, deps *Deps) { f = withVouchers(deps, time.Now) })
	return s, f
}

// Only the counter, a voucher's own page and the form of a pledge may use the camera.
func TestFewPagesMayUseTheCamera(t *testing.T) {
	var backers *fakePledges
	s := newSite(t, func(_ *Config, deps *Deps) {
		withVouchers(deps, time.Now)
		backers = withPledges(deps)
	})
	campaign := "/campaigns/" + backers.campaign.ID.String()
	for path, may := range map[string]bool{
		"/till/" + shopKeyText: true, "/v": true, "/": false, "/shop": false, "/shop/" + shopKeyText: false, "/shops/corner-bookshop": false,
		campaign + "/pledge": true, campaign + "/refunds": false,
	} {
		policy := s.ask("GET", path, "").Header().Get("Permissions-Policy")
		if strings.Contains(policy, "camera=(self)") != may || strings.Contains(policy, "camera=()") == may {
			t.Errorf("%s: %q", path, policy)
		}
	}
	if got := s.ask("GET", "/v", "").Header().Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("a voucher's page tells others where it is: %q", got)
	}
}

func TestRolesSeeTheirPages(t *testing.T) {
	s, f := shopSite(t)
	const desk = "/shop/" + shopKeyText
	for _, c := range []struct {
		role voucher.Role
		want map[string]int
	}{
		{voucher.Owner, map[string]int{"": 200, "/staff": 200, "/reports": 200, "/log": 200, "/issue": 200}},
		{voucher.Accountant, map[string]int{"": 200, "/staff": 403, "/reports": 200, "/log": 200, "/issue": 403}},
		{voucher.Cashier, map[string]int{"": 303, "/staff": 403, "/reports": 403, "/log": 403, "/issue": 403}},
	} {
		f.role = c.role
		for path, want := range c.want {
			if got := s.ask("GET", desk+path, "").Code; got != want {
				t.Errorf("%s at %q: %d, want %d", c.role, path, got, want)
			}
		}
	}
	f.role = voucher.Accountant
	if got := s.ask("GET", "/till/"+shopKeyText, "").Code; got != http.StatusForbidden {
		t.Errorf("an accountant at the counter: %d", got)
	}
}

// post asks as the counter's script does.
func (s *site) postJSON(path string, body any) (int, map[string]any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	w := s.ask("POST", path, string(raw), "Content-Type", "application/json", "Accept", "application/json")
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		s.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Code, out
}

func TestACounterTakesAVoucher(t *testing.T) {
	s, f := shopSite(t)
	const till = "/till/" + shopKeyText
	name := f.order[20] // ten coffees
	request := strings.Repeat("ab", 16)
	code, info := s.postJSON(till+"/look", map[string]any{"name": name.String()})
	if code != 200 || info["left"] != 10.0 || info["refused"] != nil || info["state"] != "good" {
		t.Fatalf("%d %v", code, info)
	}
	code, plan := s.postJSON(till+"/plan", map[string]any{"name": name.String(), "units": 3, "request": request})
	if code != 200 || plan["value"] != 600.0 {
		t.Fatalf("%d %v", code, plan)
	}
	p, err := f.plan(name, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := bearer.SignKey(p.Unsigned, p.Coin, fakeSecret(20)); err != nil {
		t.Fatal(err)
	}
	var signed hexBuffer
	if err := p.Unsigned.Serialize(&signed); err != nil {
		t.Fatal(err)
	}
	body := map[string]any{"name": name.String(), "units": 3, "request": request, "signed": string(signed.text)}
	code, booked := s.postJSON(till+"/redeem", body)
	if code != 200 || booked["left"] != 7.0 || booked["undo"].(float64) < 50 {
		t.Fatalf("%d %v", code, booked)
	}
	if _, again := s.postJSON(till+"/redeem", body); again["booking"] != booked["booking"] {
		t.Errorf("the same request was booked twice: %v", again)
	}
	if code, _ := s.postJSON(till+"/undo", map[string]any{"booking": booked["booking"]}); code != 200 || f.vouchers[name].Left != 10 {
		t.Errorf("%d, left %d", code, f.vouchers[name].Left)
	}
	for _, c := range []struct {
		n      int
		reason string
	}{{14, "redeemed already"}, {32, "still being made"}, {48, "expired"}} {
		if _, info := s.postJSON(till+"/look", map[string]any{"name": f.order[c.n].String()}); !strings.Contains(info["refused"].(string), c.reason) {
			t.Errorf("voucher %d: %v, want %q", c.n, info["refused"], c.reason)
		}
	}
	if code, answer := s.postJSON(till+"/look", map[string]any{"name": hex.EncodeToString(make([]byte, 16))}); code != 404 || answer["error"] == "" {
		t.Errorf("%d %v", code, answer)
	}
	if code, _ := s.postJSON(till+"/redeem", map[string]any{"name": name.String(), "units": 99, "request": strings.Repeat("cd", 16), "signed": string(signed.text)}); code != http.StatusConflict {
		t.Errorf("more than is left: %d", code)
	}
}

func TestTablesHoldNoFormula(t *testing.T) {
	s, f := shopSite(t)
	f.vouchers[f.order[0]].Label = "=cmd"
	body := s.ask("GET", "/shop/"+shopKeyText+"/series/"+f.series[0].ID.String()+"/vouchers.csv", "").Body.String()
	if !strings.Contains(body, "'=cmd") || strings.Contains(body, ",=cmd") || strings.Count(body, "\n") != 21 {
		t.Errorf("%.300s", body)
	}
}

func TestAShopOfAnyNameGetsAnAddress(t *testing.T) {
	s, _ := shopSite(t)
	for name, want := range map[string]string{"Corner Bookshop": "corner-bookshop", "Café  Müller & Co.": "caf-m-ller-co"} {
		if got, err := s.slug(name, 0); err != nil || got != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"街角书店", "A", "", strings.Repeat("long ", 40)} {
		got, err := s.slug(name, 1)
		if err != nil || len(got) < 3 || len(got) > 40 || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
}

func TestGalleryShowsVouchersInEveryState(t *testing.T) {
	s, _ := shopSite(t)
	for _, sample := range vouchers.Samples(time.Now()) {
		for _, lang := range []string{"en", "zh-Hans"} {
			w := s.ask("GET", "/gallery/voucher?state="+sample.Name, "", "Accept-Language", lang)
			wantStatus(t, w, http.StatusOK)
			checkMarkup(t, sample.Name, w)
		}
	}
	wantStatus(t, s.ask("GET", "/gallery/voucher?state=none", ""), http.StatusNotFound)
}

// The table of a series that was added to has all of its vouchers, and no cell of it
// begins like a formula, not even a wide one.
func TestTableOfManyVouchers(t *testing.T) {
	s, f := shopSite(t)
	const count = 2*vouchers.MostVouchers + 3
	for i := len(f.order); i < count; i++ {
		name := bearer.Name{1, byte(i >> 16), byte(i >> 8), byte(i)}
		f.vouchers[name] = &fakeVoucher{Voucher: voucher.Voucher{Name: name, Number: i + 100, Label: "＝1+1", Note: "@sum", Units: 1}}
		f.order = append(f.order, name)
	}
	list, err := f.Vouchers(t.Context(), voucher.Key{}, f.series[0].ID, 0, 2*count)
	if err != nil {
		t.Fatal(err)
	}
	body := s.ask("GET", "/shop/"+shopKeyText+"/series/"+f.series[0].ID.String()+"/vouchers.csv", "").Body.String()
	if got := strings.Count(body, "\n"); got != len(list)+1 || len(list) <= 2*vouchers.MostVouchers-100 {
		t.Errorf("%d lines of %d vouchers", got, len(list))
	}
	if !strings.Contains(body, ",'＝1+1,'@sum,") {
		t.Error("a formula is in the table")
	}
}
