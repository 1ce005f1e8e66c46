package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/chain"
	"cairn/templates/assetdesk"

	"github.com/btcsuite/btcd/wire"
)

func deskSite(t *testing.T, change ...func(*Config, *Deps)) (s *site, f *fakeDesk) {
	t.Helper()
	s = newSite(t, append([]func(*Config, *Deps){func(c *Config, d *Deps) { f = withAssetDesk(d, func() time.Time { return c.Now() }) }}, change...)...)
	return s, f
}

// aCoin is one that fakeDesk knows, and deskHex its script.
var (
	aCoin   = strings.Repeat("11", 32) + ":0"
	deskHex = "0014" + strings.Repeat("07", 20)
)

func (f *fakeDesk) path(act assetdesk.Act) string {
	return assetdesk.Asset{ID: f.asset, Text: f.asset.Text(chain.Devnet)}.PathTo(act)
}

func (f *fakeDesk) last(t *testing.T) compose.Order {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.orders) == 0 {
		t.Fatal("nothing was ordered")
	}
	return f.orders[len(f.orders)-1]
}

func TestThePagesOfAssets(t *testing.T) {
	s, f := deskSite(t)
	paths := []string{
		assetdesk.IssuePath, assetdesk.MinePath, f.path(assetdesk.Send), f.path(assetdesk.Burn), f.path(assetdesk.Lock), f.path(assetdesk.Reissue),
		f.path(assetdesk.Dividend) + "?sum=100000", f.path(assetdesk.Sell), assetdesk.OffersPath + "/" + f.offers[0].ID.String(), assetdesk.OffersPath + "/" + f.offers[1].ID.String(),
	}
	for _, lang := range []string{"en", "zh"} {
		for _, path := range paths {
			w := s.ask(http.MethodGet, path, "", "Accept-Language", lang)
			wantStatus(t, w, http.StatusOK)
			body := w.Body.String()
			checkMarkup(t, path, w)
			for _, bad := range []string{"{{", "\x00", `>assetdesk.`, `"assetdesk.`} {
				if strings.Contains(body, bad) {
					t.Errorf("%s in %s: %q is not filled in", path, lang, bad)
				}
			}
		}
	}
	wantText(t, s.ask(http.MethodGet, f.path(assetdesk.Dividend)+"?sum=100000", ""), "60,000 sat", "35,000 sat", "5,000 sat", "Holders at block 100")
	wantText(t, s.ask(http.MethodGet, f.path(assetdesk.Sell), ""), "3 for 30,000 sat", "10,000 sat each")
	if body := s.ask(http.MethodGet, f.path(assetdesk.Sell), "").Body.String(); strings.Contains(body, "9,000 sat") {
		t.Error("an offer that is over is in the book")
	}
	wantText(t, s.ask(http.MethodGet, assetdesk.OffersPath+"/"+f.offers[1].ID.String(), ""), "Sold")
	wantText(t, s.ask(http.MethodGet, f.path(assetdesk.Send)+"?units=3", ""), `value="3"`)
	if w := s.ask(http.MethodGet, "/assets/send?to=bcrt1qxyz", ""); w.Header().Get("Location") != assetdesk.MinePath+"?to=bcrt1qxyz" {
		t.Errorf("a receiving link leads to %q", w.Header().Get("Location"))
	}

	unknown, err := assets.NewID(assets.OpenAssets, bytes.Repeat([]byte{9}, 20))
	if err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{
		"/assets/" + unknown.Text(chain.Devnet) + "/send":    http.StatusNotFound,
		assetdesk.OffersPath + "/" + strings.Repeat("f", 32): http.StatusNotFound, assetdesk.OffersPath + "/x": http.StatusNotFound,
		assetdesk.DraftsPath + "/" + strings.Repeat("f", 32): http.StatusNotFound,
	} {
		wantStatus(t, s.ask(http.MethodGet, path, ""), status)
	}
	none := newSite(t, func(_ *Config, d *Deps) { d.AssetDesk = nil })
	wantStatus(t, none.ask(http.MethodGet, f.path(assetdesk.Send), ""), http.StatusNotFound)
}

// Another wallet: the form gives a transaction, which comes back signed.
func TestAnAssetIsIssuedWithAnotherWallet(t *testing.T) {
	s, f := deskSite(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{
		"name": "MasterBTC", "units": "1,000", "more": "yes", "decimals": "2", "description": "Lessons.", "pay": "sponsor", "coins": aCoin, "do": "psbt",
	} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	picture, err := form.CreateFormFile("picture", "cover.png")
	if err != nil {
		t.Fatal(err)
	}
	picture.Write([]byte("\x89PNG…")) //nolint:errcheck // memory
	form.Close()                      //nolint:errcheck // memory
	w := s.ask(http.MethodPost, assetdesk.IssuePath, body.String(), "Content-Type", form.FormDataContentType())
	wantStatus(t, w, http.StatusSeeOther)
	o := f.last(t)
	if o.Operation != compose.Issue || o.Protocol != assets.OpenAssets || !o.Sponsored || len(o.Payments) != 1 || o.Payments[0].Units != 100_000 {
		t.Errorf("ordered %+v", o)
	}
	if len(f.defined) != 1 || f.defined[0].Name != "MasterBTC" || f.defined[0].Divisibility != 2 || string(f.defined[0].Picture) != "\x89PNG…" || f.defined[0].Assets[0].Protocol != assets.OpenAssets {
		t.Errorf("defined %+v", f.defined)
	}
	if len(o.Metadata) != 21 || o.Metadata[0] != 'h' {
		t.Errorf("metadata %x", o.Metadata)
	}

	path := w.Header().Get("Location")
	page := s.ask(http.MethodGet, path, "")
	wantStatus(t, page, http.StatusOK)
	id, err := compose.ParseID(strings.TrimPrefix(path, assetdesk.DraftsPath+"/"))
	if err != nil {
		t.Fatal(err)
	}
	draft := f.drafts[id]
	text := base64.StdEncoding.EncodeToString(draft.Parts[0].PSBT)
	wantText(t, page, text, "100,000 MasterBTC are made")
	checkMarkup(t, "a draft", page)
	file := s.ask(http.MethodGet, path+"/1.psbt", "")
	wantStatus(t, file, http.StatusOK)
	if !bytes.Equal(file.Body.Bytes(), draft.Parts[0].PSBT) || !strings.Contains(file.Header().Get("Content-Disposition"), "attachment") {
		t.Error("the file is not the transaction")
	}
	for _, name := range []string{"/0.psbt", "/2.psbt", "/1.txt", "/x"} {
		wantStatus(t, s.ask(http.MethodGet, path+name, ""), http.StatusNotFound)
	}

	w = s.ask(http.MethodPost, path, url.Values{"psbt": {"rubbish!"}}.Encode())
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "rubbish!")
	w = s.ask(http.MethodPost, path, url.Values{"psbt": {text + "\n"}}.Encode())
	wantStatus(t, w, http.StatusSeeOther)
	page = s.ask(http.MethodGet, path, "")
	wantText(t, page, "Pay 450 sat", "/pay/0123456789abcdef0123456789abcdef")
	if cookie := page.Header().Get("Set-Cookie"); !strings.Contains(cookie, "0123456789abcdef0123456789abcdef."+id.String()) {
		t.Errorf("the way back is not kept: %q", cookie)
	}
}

func TestWhatIsOrdered(t *testing.T) {
	s, f := deskSite(t)
	post := func(act assetdesk.Act, path string, fields map[string]string) {
		t.Helper()
		values := url.Values{"coins": {aCoin + " 50000 " + deskHex}, "do": {"wallet"}}
		for name, value := range fields {
			values.Set(name, value)
		}
		w := s.ask(http.MethodPost, path, values.Encode(), "Accept", "application/json")
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", act, w.Code, w.Body)
		}
		var draft struct {
			PSBTs    []string
			Holdings [][][]any
		}
		if err := json.Unmarshal(w.Body.Bytes(), &draft); err != nil || len(draft.PSBTs) != 1 {
			t.Fatalf("%s: %v, %s", act, err, w.Body)
		}
	}
	to := s.addressText(append([]byte{0, 20}, bytes.Repeat([]byte{3}, 20)...))
	post(assetdesk.Send, f.path(assetdesk.Send), map[string]string{"units": "3", "to": "http://cairn.test/assets/send?to=" + to, "pay": "own", "change": deskHex})
	if o := f.last(t); o.Operation != compose.Transfer || o.Sponsored || o.Payments[0].Units != 3 || o.Payments[0].Asset != f.asset || s.addressText(o.Payments[0].Script) != to || o.Coins[0].Value != 50_000 {
		t.Errorf("sent %+v", o)
	}
	post(assetdesk.Burn, f.path(assetdesk.Burn), map[string]string{"units": "2", "sure": "yes"})
	if o := f.last(t); o.Operation != compose.Burn || !o.Sponsored || len(o.Burn) != 1 || o.Burn[0] != (assets.Holding{Asset: f.asset, Units: 2}) {
		t.Errorf("burnt %+v", o)
	}
	post(assetdesk.Reissue, f.path(assetdesk.Reissue), map[string]string{"units": "7", "owner": to})
	if o := f.last(t); o.Operation != compose.Reissue || o.Payments[0].Units != 7 || s.addressText(o.Payments[0].Script) != to || !bytes.Equal(o.Change, deskScript) {
		t.Errorf("reissued %+v", o)
	}
	post(assetdesk.Lock, f.path(assetdesk.Lock), map[string]string{"sure": "yes"})
	if o := f.last(t); o.Operation != compose.Lock || o.Asset != f.asset {
		t.Errorf("locked %+v", o)
	}
	post(assetdesk.Dividend, f.path(assetdesk.Dividend), map[string]string{"sum": "100,000", "at": "99", "others": "yes", "exclude": deskHex})
	if o := f.last(t); o.Operation != compose.Dividend || o.Sum != 100_000 || o.Height != 99 || len(o.Exclude) != 1 || !bytes.Equal(o.Exclude[0], deskScript) {
		t.Errorf("shared out %+v", o)
	}
	post(assetdesk.Sell, f.path(assetdesk.Sell), map[string]string{"units": "3", "price": "20,000", "owner": to})
	if o := f.last(t); o.Operation != compose.Sell || o.Price != 20_000 || s.addressText(o.PayTo) != to {
		t.Errorf("offered %+v", o)
	}
	post(assetdesk.Take, assetdesk.OffersPath+"/"+f.offers[0].ID.String(), map[string]string{"units": "3", "price": "30,000", "owner": to})
	if o := f.last(t); o.Operation != compose.Take || o.Offer != f.offers[0].ID || o.Sponsored {
		t.Errorf("took %+v", o)
	}
	post(assetdesk.Issue, assetdesk.IssuePath, map[string]string{"name": "Seats", "units": "12", "more": "no"})
	if o := f.last(t); o.Protocol != assets.Colu || !o.Locked {
		t.Errorf("issued %+v", o)
	}
	defined := len(f.defined)
	post(assetdesk.Issue, assetdesk.IssuePath, map[string]string{"name": "Old", "units": "12", "protocol": "epobc"})
	if o := f.last(t); o.Protocol != assets.EPOBC || len(f.defined) != defined {
		t.Errorf("issued %+v, %d definitions", o, len(f.defined)-defined)
	}
}

func TestMistakesInTheFormsOfAssets(t *testing.T) {
	good := map[string]string{"coins": aCoin, "units": "3", "sure": "yes", "sum": "1000", "price": "1000", "name": "x"}
	for _, c := range []struct {
		act          assetdesk.Act
		field, value string
		path, blames string
	}{
		{assetdesk.Send, "to", "nowhere", "", "to"}, {assetdesk.Send, "to", "akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy", "", "to"},
		{assetdesk.Send, "to", "https://evil.test/?to=bcrt1q", "", "to"}, {assetdesk.Send, "to", "", "", "to"},
		{assetdesk.Burn, "units", "0", "", "units"}, {assetdesk.Burn, "units", "1.5", "", "units"}, {assetdesk.Burn, "units", "9223372036854775808", "", "units"},
		{assetdesk.Burn, "sure", "", "", "sure"}, {assetdesk.Lock, "sure", "", "", "sure"},
		{assetdesk.Burn, "coins", "", "", "coins"}, {assetdesk.Burn, "coins", strings.Repeat("00", 32) + ":0", "", "coins"},
		{assetdesk.Burn, "coins", aCoin + " 0 " + deskHex, "", "coins"}, {assetdesk.Burn, "coins", aCoin + " 5", "", "coins"}, {assetdesk.Burn, "change", "x", "", "change"},
		{assetdesk.Dividend, "sum", "much", "", "sum"}, {assetdesk.Dividend, "at", "-1", "", "at"}, {assetdesk.Sell, "price", "1.5", "", "price"},
		{assetdesk.Issue, "name", "", assetdesk.IssuePath, "name"}, {assetdesk.Issue, "units", "many", assetdesk.IssuePath, "units"}, {assetdesk.Issue, "owner", "?", assetdesk.IssuePath, "owner"},
	} {
		s, f := deskSite(t) // each with a limit of its own
		values := url.Values{}
		for name, value := range good {
			values.Set(name, value)
		}
		values.Set(c.field, c.value)
		path := c.path
		if path == "" {
			path = f.path(c.act)
		}
		before := len(f.orders)
		w := s.ask(http.MethodPost, path, values.Encode(), "Accept", "application/json")
		var answer struct{ Wrong map[string]string }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusUnprocessableEntity || answer.Wrong[c.blames] == "" {
			t.Errorf("%s with %s %q: %d %s", c.act, c.field, c.value, w.Code, w.Body)
		}
		page := s.ask(http.MethodPost, path, values.Encode())
		if page.Code < 400 || page.Code >= 500 || page.Code == http.StatusTooManyRequests {
			t.Errorf("%s with %s %q, as a form: %d", c.act, c.field, c.value, page.Code)
		}
		if answer.Wrong[c.blames] != "" && !strings.Contains(page.Body.String(), answer.Wrong[c.blames]) {
			t.Errorf("%s with %s %q: the page does not say why", c.act, c.field, c.value)
		}
		if len(f.orders) != before {
			t.Errorf("%s with %s %q was ordered", c.act, c.field, c.value)
		}
	}

	s, f := deskSite(t)
	f.refuse = compose.ErrFunds
	values := url.Values{"coins": {aCoin}, "units": {"3"}, "sure": {"yes"}}
	w := s.ask(http.MethodPost, f.path(assetdesk.Burn), values.Encode())
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `class="notice bad"`)
	wantStatus(t, s.ask(http.MethodPost, f.path(assetdesk.Burn), values.Encode(), "Sec-Fetch-Site", "cross-site"), http.StatusForbidden)
	huge := url.Values{"coins": {strings.Repeat(aCoin+"\n", 2_000)}}
	wantStatus(t, s.ask(http.MethodPost, f.path(assetdesk.Burn), huge.Encode()), http.StatusRequestEntityTooLarge)
}

// A wallet is told what its coins hold, and hears of it when that changes.
func TestAWalletsCoinsTellTheirUnits(t *testing.T) {
	held := map[wire.OutPoint][]assets.Holding{}
	var asked []wire.OutPoint
	s, f := deskSite(t, func(_ *Config, d *Deps) {
		d.Wallets.Colors = func(_ context.Context, at []wire.OutPoint) (map[wire.OutPoint][]assets.Holding, error) {
			asked = at
			return held, nil
		}
	})
	const script = "5120" + "1111111111111111111111111111111111111111111111111111111111111111"
	w, _ := s.say("/wallet/watch", `{"id":"`+walletID+`","scripts":["`+script+`"]}`)
	wantStatus(t, w, http.StatusOK)
	raw, err := hex.DecodeString(script)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.watcher.pay(t.Context(), raw, 600); err != nil {
		t.Fatal(err)
	}
	_, plain := s.say("/wallet/coins", `{"id":"`+walletID+`"}`)
	if len(asked) != 1 || plain["coins"].([]any)[0].(map[string]any)["assets"] != nil {
		t.Fatalf("asked for %v, told %v", asked, plain)
	}
	held[asked[0]] = []assets.Holding{{Asset: f.asset, Units: 1<<63 - 1}}
	_, told := s.say("/wallet/coins", `{"id":"`+walletID+`"}`)
	want := map[string]any{"id": f.asset.Text(chain.Devnet), "protocol": "open-assets", "units": "9223372036854775807"}
	if got := told["coins"].([]any)[0].(map[string]any)["assets"]; !reflect.DeepEqual(got, []any{want}) {
		t.Errorf("told %v", got)
	}
	if told["tag"] == plain["tag"] {
		t.Error("units came, and the wallet is not told")
	}
}

func TestNamesOfAssets(t *testing.T) {
	s, f := deskSite(t)
	id := f.asset.Text(chain.Devnet)
	for body, want := range map[string]int{
		`{"ids":["` + id + `","` + id + `","rubbish"]}`: 1, `{"scripts":["` + deskHex + `"]}`: 1, `{"scripts":["00","zz",""]}`: 0, `{}`: 0,
	} {
		w, answer := s.say("/assets/names", body)
		wantStatus(t, w, http.StatusOK)
		list := answer["assets"].([]any)
		if len(list) != want {
			t.Errorf("%s: %v", body, list)
		}
		for _, one := range list {
			if got := one.(map[string]any); got["id"] != id || got["name"] != "MasterBTC" || got["supply"] != "20" {
				t.Errorf("%s: %v", body, got)
			}
		}
	}
	w, _ := s.say("/assets/names", `{"ids":[`+strings.Repeat(`"x",`, 200)+`"x"]}`)
	if w.Code < 400 || w.Code >= 500 {
		t.Errorf("201 ids: %d", w.Code)
	}
}
