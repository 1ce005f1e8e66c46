package web

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/contract"
	"cairn/templates/creator"
)

// bench is a form that is filled in.
func bench() url.Values {
	return url.Values{
		"title": {"A bench"}, "story": {"We **walk**."}, "risks": {"Rain."}, "name": {"Ann"}, "blocks": {"50"},
		"payee-amount": {"1,000,000"}, "payee-address": {"bcrt1one"}, "payee-name": {"Ann"},
		"budget-for": {"", "Oak"}, "budget-amount": {"", "700 000"},
		"faq-asks": {"When?"}, "faq-answer": {"Soon."}, "when": {"now"}, "who": {"me"}, "do": {"save"},
	}
}

const deskOf = "/campaigns/desk/"

// made creates a campaign and gives its key.
func (s *site) made(form url.Values) lighthouse.Key {
	s.t.Helper()
	w := s.ask("POST", creator.NewPath, form.Encode())
	wantStatus(s.t, w, http.StatusSeeOther)
	path, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	key, err := lighthouse.ParseKey(strings.TrimPrefix(path, deskOf))
	if err != nil {
		s.t.Fatalf("led to %q: %v", w.Header().Get("Location"), err)
	}
	return key
}

func TestACreatorWritesACampaign(t *testing.T) {
	s := newSite(t)
	wantText(t, s.ask("GET", creator.NewPath, ""), `name="risks"`, "Start a campaign", `name="payee-address"`)
	key := s.made(bench())
	c := *s.creators.list[key]
	if c.Terms.Goal() != 1_001_000 || c.Terms.DeadlineIn != 50 || len(c.Text.Budget) != 1 || c.Text.Budget[0].Amount != 700_000 {
		t.Errorf("kept %+v", c)
	}
	desk := s.ask("GET", deskOf+key.Text()+"?fresh=yes", "")
	wantStatus(t, desk, http.StatusOK)
	wantText(t, desk, "Keep this link", "Open for pledges", "Only you see it"[5:], "/preview")
	if got := desk.Header().Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("a desk is cached: %q", got)
	}
	if strings.Contains(s.log.String(), key.Text()) {
		t.Error("the log has a creator's key")
	}
	wantText(t, s.ask("GET", deskOf+key.Text()+"/edit", ""), "We **walk**.", `value="700000"`, `value="50"`)
	wantText(t, s.ask("GET", deskOf+key.Text()+"/preview", ""), "A bench")
	wantText(t, s.ask("GET", deskOf+key.Text()+"/key.txt", ""), deskOf+key.Text())

	wantStatus(t, s.ask("POST", deskOf+key.Text()+"/announce", ""), http.StatusSeeOther)
	wantStatus(t, s.ask("POST", deskOf+key.Text()+"/open", ""), http.StatusSeeOther)
	wantStatus(t, s.ask("POST", deskOf+key.Text()+"/open", ""), http.StatusConflict)
	wantText(t, s.ask("GET", deskOf+key.Text(), ""), "Tell people", "badge.svg")
	wantText(t, s.ask("GET", deskOf+key.Text()+"/poster", ""), `class="qr"`)
}

func TestNothingTypedIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
		says   []string
	}{
		"a number":         {func(f url.Values) { f.Set("payee-amount", "much") }, 422, []string{`value="much"`, `id="payee-amount-0-wrong"`, "whole number of satoshi"}},
		"a day":            {func(f url.Values) { f.Set("blocks", ""); f.Set("deadline", "soon") }, 422, []string{`id="deadline-wrong"`, `value="soon"`}},
		"blocks":           {func(f url.Values) { f.Set("blocks", "-3") }, 422, []string{`id="blocks-wrong"`}},
		"an address":       {func(f url.Values) { f.Set("payee-address", "bc1one") }, 422, []string{`id="payee-address-0-wrong"`, "not an address of this network"}},
		"a long title":     {func(f url.Values) { f.Set("title", strings.Repeat("x", 81)) }, 422, []string{`id="title-wrong"`, "This is too long. (Limit: 80)"}},
		"another payee":    {func(f url.Values) { f.Set("do", "add-payee") }, 200, []string{`id="payee-address-1"`}},
		"a first level":    {func(f url.Values) { f.Set("do", "add-level") }, 200, []string{`id="level-amount-0"`}},
		"another line":     {func(f url.Values) { f.Set("do", "add-budget") }, 200, []string{`id="budget-for-2"`}},
		"another question": {func(f url.Values) { f.Set("do", "add-faq") }, 200, []string{`id="faq-asks-1"`}},
	} {
		s := newSite(t)
		form := bench()
		c.change(form)
		w := s.ask("POST", creator.NewPath, form.Encode())
		if w.Code != c.status {
			t.Errorf("%s: status %d", name, w.Code)
		}
		wantText(t, w, append(c.says, "We **walk**.", "Rain.", "700 000", "Soon.")...)
		if len(s.creators.list) != 1 {
			t.Errorf("%s: a campaign was made", name)
		}
		checkMarkup(t, name, w)
	}
}

func TestMistakesStandBesideTheRowTheyAreAbout(t *testing.T) {
	s := newSite(t)
	form := bench()
	form["payee-amount"], form["payee-address"], form["payee-name"] = []string{"", "5", "6"}, []string{"", "bcrt1two", "nonsense"}, []string{"", "", ""}
	form["level-title"], form["level-amount"], form["level-address"] = []string{"Two benches"}, []string{"20"}, []string{"bad"}
	w := s.ask("POST", creator.NewPath, form.Encode())
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `id="payee-address-2-wrong"`, `id="level-address-0-wrong"`)
	if strings.Contains(w.Body.String(), `id="payee-address-1-wrong"`) {
		t.Error("a row without a mistake is blamed")
	}
}

// upload is a form with a file.
func (s *site) upload(path string, form url.Values, picture []byte) *httptest.ResponseRecorder {
	s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range form {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile("cover", "cover.jpg")
	if err != nil {
		s.t.Fatal(err)
	}
	part.Write(picture) //nolint:errcheck // a buffer
	w.Close()
	return s.ask("POST", path, b.String(), "Content-Type", w.FormDataContentType())
}

func TestACoverIsKeptAlsoWhenTheRestIsWrong(t *testing.T) {
	s := newSite(t)
	form := bench()
	form.Set("payee-amount", "much")
	w := s.upload(creator.NewPath, form, []byte{0xff, 0xd8, 0xff})
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `name="cover-name" value="ridge"`)
	w = s.upload(creator.NewPath, bench(), []byte("GIF89a"))
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `id="cover-wrong"`, "This is no JPEG, PNG or WebP picture")
	w = s.upload(creator.NewPath, bench(), make([]byte, 10<<20))
	wantStatus(t, w, http.StatusRequestEntityTooLarge)
	if len(s.creators.list) != 1 {
		t.Error("a campaign was made")
	}
}

func TestWhatWasPledgedForStays(t *testing.T) {
	s := newSite(t)
	c := s.creators.list[fakeKey]
	path := deskOf + fakeKey.Text() + "/edit"
	wantText(t, s.ask("GET", path, ""), "Somebody has pledged", "disabled")
	form := url.Values{"version": {"3"}, "title": {"Another"}, "contact": {"new@example.org"}, "faq-asks": {"Why?"}, "faq-answer": {"So."}, "do": {"save"}}
	before := c.Text.Title
	wantStatus(t, s.ask("POST", path, form.Encode()), http.StatusSeeOther)
	if c.Text.Title != before || c.Creator.Contact != "new@example.org" || len(c.Text.FAQ) != 1 {
		t.Errorf("became %+v", c)
	}
	w := s.ask("POST", path, form.Encode()) // it is version 4 now
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "new@example.org", `name="version" value="4"`)
}

func TestADeskIsForItsKey(t *testing.T) {
	s := newSite(t)
	other := lighthouse.Key{9, 9}
	for _, route := range s.echo.Routes() {
		if !strings.HasPrefix(route.Path, "/campaigns/desk/:key") {
			continue
		}
		for _, key := range []string{other.Text(), "guess"} {
			w := s.ask(route.Method, strings.Replace(route.Path, ":key", key, 1), "sure=yes&title=x&text=y")
			if w.Code != http.StatusForbidden {
				t.Errorf("%s %s with %s: %d", route.Method, route.Path, key, w.Code)
			}
		}
	}
	if c := s.creators.list[fakeKey]; c.Stage != lighthouse.Open || s.creators.passed != 0 {
		t.Error("a stranger changed something")
	}
}

func TestCollecting(t *testing.T) {
	s := newSite(t)
	path := deskOf + fakeKey.Text()
	if w := s.ask("GET", path, ""); strings.Contains(w.Body.String(), "Collect the money") {
		t.Error("it can be collected below the goal")
	}
	wantStatus(t, s.ask("POST", path+"/claim", "sure=yes"), http.StatusConflict)
	s.creators.ready = claim.Readiness{Level: 0, Pledges: 87, Sum: 2_080_000, Fee: 14_000}
	s.creators.progress.Level = 0
	wantText(t, s.ask("GET", path, ""), "Collect the money", "2,080,000 sat", "14,000 sat")
	wantStatus(t, s.ask("POST", path+"/claim", ""), http.StatusUnprocessableEntity)
	wantStatus(t, s.ask("POST", path+"/claim", "sure=yes"), http.StatusSeeOther)
	w := s.ask("GET", path+"?done=claimed", "")
	wantText(t, w, "on its way", "Sent, waiting for a block", "Make it faster for", "420 sat")
	if strings.Contains(w.Body.String(), "Collect the money") {
		t.Error("it can be collected twice")
	}
	s.creators.ready = claim.Readiness{Level: -1, Why: &claim.TooEarly{Block: 5000}}
	s.creators.claim = nil
	s.creators.list[fakeKey].Stage = lighthouse.Open
	wantText(t, s.ask("GET", path, ""), "from block 5,000 on")
}

func TestNewsCommentsEndAndTime(t *testing.T) {
	s := newSite(t)
	path := deskOf + fakeKey.Text()
	wantStatus(t, s.ask("POST", path+"/updates", "title=Hello&text=There"), http.StatusSeeOther)
	w := s.ask("POST", path+"/updates", "title=&text=Kept+words")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "Kept words", "This has to be filled in.")
	wantStatus(t, s.ask("POST", path+"/comments", "comment=1&do=hide"), http.StatusSeeOther)
	if !s.creators.comments[1].Hidden {
		t.Error("the comment is not hidden")
	}
	wantText(t, s.ask("GET", path, ""), "Show again")
	wantStatus(t, s.ask("POST", path+"/comments", "comment=x"), http.StatusBadRequest)
	wantStatus(t, s.ask("POST", path+"/time", "to=deadline"), http.StatusSeeOther)
	if s.creators.passed != MaxPass {
		t.Errorf("%d blocks were mined", s.creators.passed)
	}
	wantStatus(t, s.ask("POST", path+"/close", ""), http.StatusUnprocessableEntity)
	wantStatus(t, s.ask("POST", path+"/close", "sure=yes"), http.StatusSeeOther)
	if s.creators.list[fakeKey].Stage != lighthouse.Closed {
		t.Error("it goes on")
	}
}

func TestTablesAreNoFormulas(t *testing.T) {
	s := newSite(t)
	s.creators.pledges = []lighthouse.Pledge{
		{Name: "=HYPERLINK(\"http://x\")", Message: "@SUM(A1)", Coin: contract.Coin{Value: 5}, State: lighthouse.Confirmed},
		{Name: " \t+1", Message: "\ttab", State: lighthouse.Seen},
		{Name: "Mira, \"the\" walker", Message: "两行\n文字", State: lighthouse.Spent},
	}
	w := s.ask("GET", deskOf+fakeKey.Text()+"/pledges.csv", "", "Accept-Language", "zh-CN")
	wantStatus(t, w, http.StatusOK)
	body, marked := strings.CutPrefix(w.Body.String(), "\ufeff")
	if !marked {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[0][0] != "名字" || rows[1][0] != "'=HYPERLINK(\"http://x\")" || rows[1][1] != "'@SUM(A1)" || rows[2][0] != "' \t+1" || rows[2][1] != "'\ttab" ||
		rows[3][0] != "Mira, \"the\" walker" || rows[3][1] != "两行\n文字" || rows[1][2] != "5" || rows[1][3] != "已确认" {
		t.Errorf("got %q", rows)
	}
	z, err := zip.NewReader(bytes.NewReader(s.ask("GET", deskOf+fakeKey.Text()+"/pledges.zip", "").Body.Bytes()), int64(s.ask("GET", deskOf+fakeKey.Text()+"/pledges.zip", "").Body.Len()))
	if err != nil || len(z.File) != 4 || z.File[0].Name != "campaign.jsonl" {
		t.Errorf("the ZIP: %v", err)
	}
}

func TestMarkdownIsShownWithoutScripts(t *testing.T) {
	s := newSite(t)
	w := s.ask("POST", "/campaigns/markdown", url.Values{"text": {"**bold** <script>alert(1)</script> [x](javascript:alert(1))"}}.Encode())
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "<strong>bold</strong>")
	if body := w.Body.String(); strings.Contains(body, "<script") || strings.Contains(body, "javascript:") {
		t.Errorf("got %s", body)
	}
	wantStatus(t, s.ask("POST", "/campaigns/markdown", url.Values{"text": {strings.Repeat("x", campaigns.MaxStory*30)}}.Encode()), http.StatusRequestEntityTooLarge)
}

func TestDesksAreFoundByTheirLink(t *testing.T) {
	s := newSite(t)
	for _, text := range []string{fakeKey.Text(), "http://cairn.test/campaigns/desk/" + fakeKey.Text(), " /campaigns/desk/" + fakeKey.Text() + "?fresh=yes "} {
		w := s.ask("GET", "/campaigns/desk?"+url.Values{"key": {text}}.Encode(), "")
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != deskOf+fakeKey.Text() {
			t.Errorf("%q: %d %s", text, w.Code, w.Header().Get("Location"))
		}
	}
	wantStatus(t, s.ask("GET", "/campaigns/desk?key=nonsense", ""), http.StatusForbidden)
}

func TestEveryDeskOfTheGallery(t *testing.T) {
	s := newSite(t)
	for _, sample := range creator.Samples(s.cfg.Now()) {
		for _, lang := range []string{"en", "zh-CN"} {
			w := s.ask("GET", "/gallery/desk?state="+sample.Name, "", "Accept-Language", lang)
			wantStatus(t, w, http.StatusOK)
			checkMarkup(t, sample.Name, w)
		}
	}
}
