package web

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cairn/lighthouse"
	"cairn/templates/campaign"

	"golang.org/x/net/html"
)

func TestCampaignPageInEveryState(t *testing.T) {
	s := newSite(t)
	for _, sample := range campaign.Samples(time.Now()) {
		t.Run(sample.Name, func(t *testing.T) {
			w := s.ask("GET", "/gallery/campaign?state="+sample.Name, "")
			wantStatus(t, w, http.StatusOK)
			checkMarkup(t, sample.Name, w)
			wantText(t, w, "A path over the north ridge", "What nobody can do", "The creator can add his own money to reach the goal")
			want := map[campaign.Standing]string{
				campaign.Hidden: "only you see this", campaign.Soon: "does not take pledges yet", campaign.Going: "and it happens",
				campaign.Reached: "The goal is reached", campaign.Over: "Pledging is over", campaign.Collecting: "on its way into a block",
				campaign.Funded: "went straight to those who asked", campaign.Missed: "every coin has stayed with its owner",
			}[sample.View.Standing()]
			wantText(t, w, want)
		})
	}
}

func TestCampaignPage(t *testing.T) {
	s := newSite(t)
	path := campaign.Path(fakeID(0))
	w := s.ask("GET", path, "")
	wantStatus(t, w, http.StatusOK)
	checkMarkup(t, path, w)
	wantText(t, w, "1,080,000 sat", "0.0108 BTC", "54% confirmed, 8% on its way", "checked at block 100", `hx-sse:connect="`+path+`/events"`,
		"two winters ago", "Stone, cut and carried", "An early winter closes the quarry", "Who keeps the path afterwards?", "Half of the stone is cut",
		"老周", "路通了，我请大家喝茶。", "Larch, from the village", path+"/pledge", "/api/v1"+path+"/file",
		`property="og:title" content="A path over the north ridge"`, `content="http://cairn.test`+path+`/card.png"`)
	// Which coin is whose is nobody's business before the claim.
	if strings.Contains(w.Body.String(), strings.Repeat("0", 64)+":0") {
		t.Error("the page names coins")
	}
	zh := s.ask("GET", path, "", "Accept-Language", "zh")
	wantText(t, zh, "已确认 54%，8% 在路上", "我要认捐", `<h1 lang="en">`)
}

func TestUnknownCampaigns(t *testing.T) {
	s := newSite(t)
	for _, id := range []string{"aaaaaaaaaaaaaaaa", "x", strings.Repeat("a", 500), "%00", "..", fakeID(11).String() /* the draft */} {
		for _, end := range []string{"", "/events", "/backers", "/comments", "/updates.atom", "/badge.svg", "/card.png"} {
			w := s.ask("GET", "/campaigns/"+id+end, "")
			if w.Code != http.StatusNotFound && w.Code != http.StatusMovedPermanently {
				t.Errorf("%s%s: %d", id, end, w.Code)
			}
		}
	}
	s.campaigns.fail = errors.New("the database is gone")
	w := s.ask("GET", campaign.Path(fakeID(0)), "")
	wantStatus(t, w, http.StatusInternalServerError)
	if strings.Contains(w.Body.String(), "database is gone") {
		t.Error("a visitor is told our troubles")
	}
	s.campaigns.fail = nil
	wantStatus(t, s.ask("GET", campaign.Path(fakeID(0)), ""), http.StatusOK)
}

// Many look at one page: it is made once a second, whatever language or packing
// they take, and each answer has a nonce of its own.
func TestCampaignPageIsMadeOnceForMany(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return at } })
	path := campaign.Path(fakeID(0))
	first := s.ask("GET", path, "")
	calls := s.campaigns.calls
	nonces := map[string]bool{}
	for range 5 {
		w := s.ask("GET", path, "", "Accept-Encoding", "gzip")
		wantStatus(t, w, http.StatusOK)
		nonce := nonceInPolicy.FindStringSubmatch(w.Header().Get("Content-Security-Policy"))[1]
		nonces[nonce] = true
		r, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(page), `nonce="`+nonce+`"`); got < 4 {
			t.Errorf("%d elements have the answer's nonce", got)
		}
		old := nonceInPolicy.FindStringSubmatch(first.Header().Get("Content-Security-Policy"))[1]
		if strings.ReplaceAll(string(page), nonce, old) != first.Body.String() {
			t.Error("the packed page is another")
		}
	}
	if len(nonces) != 5 {
		t.Error("answers share a nonce")
	}
	if s.campaigns.calls != calls {
		t.Errorf("%d questions to make five more pages", s.campaigns.calls-calls)
	}
	at = at.Add(stencilLife)
	s.campaigns.change(fakeID(0), func(c *fakeCampaign) { c.progress.Checked.Height = 4711 })
	wantText(t, s.ask("GET", path, ""), "checked at block 4,711")
}

// The copy in the browser is good until the page says something else; it keeps
// the policy that it came with.
func TestCampaignPageIsAskedForAgain(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return at } })
	path := campaign.Path(fakeID(0))
	tag := s.ask("GET", path, "").Header().Get("ETag")
	again := s.ask("GET", path, "", "If-None-Match", tag)
	wantStatus(t, again, http.StatusNotModified)
	if again.Body.Len() > 0 || again.Header().Get("Content-Security-Policy") != "" {
		t.Errorf("%d bytes, policy %q", again.Body.Len(), again.Header().Get("Content-Security-Policy"))
	}
	for _, header := range [][]string{{"Accept-Language", "zh"}, {"Cookie", "cairn-theme=dark"}} {
		wantStatus(t, s.ask("GET", path, "", append(header, "If-None-Match", tag)...), http.StatusOK)
	}
	at = at.Add(stencilLife)
	s.campaigns.change(fakeID(0), func(c *fakeCampaign) { c.progress.Pending.Amount++ })
	s.campaigns.change(fakeID(0), func(c *fakeCampaign) { c.progress.Missing-- })
	wantStatus(t, s.ask("GET", path, "", "If-None-Match", tag), http.StatusOK)
}

// A page with 1,700 pledges is light.
func TestCampaignPageWithManyPledgesIsLight(t *testing.T) {
	s := newSite(t)
	s.campaigns.change(fakeID(0), func(c *fakeCampaign) {
		for range 1700 {
			c.pledges = append(c.pledges, c.pledges[1])
		}
		c.progress.Confirmed.Pledges = 1700
	})
	for _, id := range []byte{0, 9} { // the other was claimed from 1,700
		w := s.ask("GET", campaign.Path(fakeID(id)), "", "Accept-Encoding", "gzip")
		wantStatus(t, w, http.StatusOK)
		if n := w.Body.Len(); n > 14<<10 {
			t.Errorf("campaign %d: %d bytes", id, n)
		}
	}
	wantText(t, s.ask("GET", campaign.Path(fakeID(9)), ""), "1,700 pledges became one transaction in block")
}

func TestBackersArePaged(t *testing.T) {
	s := newSite(t)
	s.campaigns.change(fakeID(0), func(c *fakeCampaign) {
		for range 120 {
			c.pledges = append(c.pledges, c.pledges[1])
		}
		c.pledges[0].Name, c.pledges[0].State = "Gone Away", lighthouse.Spent
	})
	path := campaign.Path(fakeID(0))
	if strings.Contains(s.ask("GET", path, "").Body.String(), "Gone Away") {
		t.Error("the first page names who left")
	}
	first := s.ask("GET", path+"/backers?sort=largest", "")
	wantText(t, first, "老周", "sort=largest&amp;after=1")
	if at, other := strings.Index(first.Body.String(), "老周"), strings.Index(first.Body.String(), "20,000 sat"); at > other {
		t.Error("the largest does not come first")
	}
	last := s.ask("GET", path+"/backers?sort=largest&after=2", "")
	if strings.Contains(last.Body.String(), "after=3") || strings.Count(last.Body.String(), "20,000 sat") == 0 {
		t.Error("the last page is not the last, or empty")
	}
	for _, strange := range []string{"?sort=x&after=-4", "?after=99999999999999999999", "?after=1e3"} {
		wantStatus(t, s.ask("GET", path+"/backers"+strange, ""), http.StatusOK)
	}
}

func TestCommentUnderACampaign(t *testing.T) {
	s := newSite(t)
	path := campaign.Path(fakeID(0))
	s.ask("GET", path, "") // so that there is a page to be made anew
	w := s.ask("POST", path+"/comments", "name=Lin&text=Which+way+round%3F%3Cscript%3E")
	wantStatus(t, w, http.StatusSeeOther)
	if got := w.Header().Get("Location"); got != path+"?said=1#comments" {
		t.Errorf("led to %q", got)
	}
	page := s.ask("GET", path+"?said=1", "")
	wantText(t, page, "Which way round?&lt;script&gt;", "Your comment stands below.")
	if s.campaigns.said[0].Backer != nil || s.campaigns.said[0].Source == "" || strings.Contains(s.campaigns.said[0].Source, "192.0.2") {
		t.Errorf("said %+v", s.campaigns.said[0])
	}
	empty := s.ask("POST", path+"/comments", "name=Lin&text=+")
	wantStatus(t, empty, http.StatusUnprocessableEntity)
	wantText(t, empty, `aria-invalid="true"`, `value="Lin"`)
	checkMarkup(t, path, empty)
	wantStatus(t, s.ask("POST", "/campaigns/aaaaaaaaaaaaaaaa/comments", "text=x"), http.StatusNotFound)
	wantStatus(t, s.ask("POST", path+"/comments", "text="+strings.Repeat("x", 40<<10)), http.StatusRequestEntityTooLarge)
}

func TestCommentAsABacker(t *testing.T) {
	s := newSite(t)
	path := campaign.Path(fakeID(0))
	key := strings.Repeat("ab", 16)
	wantStatus(t, s.ask("POST", path+"/comments", "text=hello&pledge=https%3A%2F%2Fcairn.test%2Fpledges%2F"+key), http.StatusSeeOther)
	if got := s.campaigns.said[0].Backer; got == nil || got.Key == nil || got.Key.Text() != key {
		t.Fatalf("proof %+v", got)
	}
	// By a signature: first it is said what to sign.
	asked := s.ask("POST", path+"/comments", "text=hello&pledge="+strings.Repeat("01", 16))
	wantStatus(t, asked, http.StatusOK)
	wantText(t, asked, "cairn comment "+fakeID(0).String()+" ", `name="signature"`)
	wrong := s.ask("POST", path+"/comments", "text=hello&signature=no&pledge="+strings.Repeat("01", 16))
	wantStatus(t, wrong, http.StatusUnprocessableEntity)
	wantText(t, wrong, `name="signature"`, `value="no"`)
	wantStatus(t, s.ask("POST", path+"/comments", "text=hello&signature=signed&pledge="+strings.Repeat("01", 16)), http.StatusSeeOther)
	if got := s.campaigns.said[1].Backer; got.Key != nil || got.Pledge[0] != 1 || got.Signature != "signed" {
		t.Errorf("proof %+v", got)
	}
	bad := s.ask("POST", path+"/comments", "text=hello&pledge=nonsense")
	wantStatus(t, bad, http.StatusNotFound)
	wantText(t, bad, "There is no such pledge.", "hello")
	if len(s.campaigns.said) != 2 {
		t.Errorf("%d comments were made", len(s.campaigns.said))
	}
}

func TestFollowBeforeItOpens(t *testing.T) {
	s := newSite(t)
	path := campaign.Path(fakeID(2))
	wantText(t, s.ask("GET", path, ""), "Count me in", ">41<")
	w := s.ask("POST", path+"/follow", "")
	wantStatus(t, w, http.StatusSeeOther)
	cookie := strings.SplitN(w.Header().Get("Set-Cookie"), ";", 2)[0]
	wantText(t, s.ask("GET", w.Header().Get("Location"), ""), "You are counted", ">42<")
	wantStatus(t, s.ask("POST", path+"/follow", "", "Cookie", cookie), http.StatusSeeOther)
	if len(s.campaigns.followers) != 1 {
		t.Error("one browser counts twice")
	}
}

func TestDiscoverCampaigns(t *testing.T) {
	s := newSite(t)
	all := s.ask("GET", "/campaigns", "")
	wantStatus(t, all, http.StatusOK)
	checkMarkup(t, "/campaigns", all)
	if n := countElements(t, all, "article"); n != len(s.campaigns.order) {
		t.Errorf("%d cards for %d campaigns", n, len(s.campaigns.order))
	}
	wantText(t, all, "/campaigns/new", "54%", "1,728 blocks to go", "funded", "opens soon")
	wantText(t, s.ask("GET", "/campaigns?q=nothing+like+it&category=art", ""), "No campaign like this", `value="nothing like it"`, `name="category" value="art"`)
	wantText(t, s.ask("GET", "/campaigns?sort=ending&category=community", ""), "/campaigns?category=community&amp;sort=almost")
	for _, bad := range []string{"?sort=x", "?category=%00", "?sort=new%27--"} {
		if w := s.ask("GET", "/campaigns"+bad, ""); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	wantStatus(t, s.ask("GET", "/campaigns?q="+strings.Repeat("%E5%B1%B1", 3000)[:3000], ""), http.StatusOK)
	wantText(t, s.ask("GET", "/", ""), `href="/campaigns"`, "Back a campaign")
}

func countElements(t *testing.T, w *httptest.ResponseRecorder, name string) (n int) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	for e := range doc.Descendants() {
		if e.Type == html.ElementNode && e.Data == name {
			n++
		}
	}
	return n
}

func TestWithoutCampaignsThereAreNoPages(t *testing.T) {
	s := newSite(t, func(_ *Config, d *Deps) { d.Campaigns = nil })
	for _, path := range []string{"/campaigns", campaign.Path(fakeID(0))} {
		wantStatus(t, s.ask("GET", path, ""), http.StatusNotFound)
	}
	if strings.Contains(s.ask("GET", "/", "").Body.String(), `href="/campaigns"`) {
		t.Error("the home page leads to nothing")
	}
}

// The open page is told when pledges come and go, and when it is over.
func TestCampaignIsFollowedLive(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s)
	defer server.Close()
	answer, err := http.Get(server.URL + campaign.Path(fakeID(0)) + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%q", got)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	id, _, data := event(lines)
	if !strings.Contains(data, "54% confirmed") || strings.Contains(data, "<main") {
		t.Fatalf("first event %s", data)
	}
	s.campaigns.change(fakeID(0), func(c *fakeCampaign) { c.progress.Confirmed.Amount = 1_500_000 })
	deadline := time.AfterFunc(20*time.Second, func() { answer.Body.Close() })
	defer deadline.Stop()
	for !strings.Contains(data, "75% confirmed") {
		var name string
		if _, name, data = event(lines); name == "end" {
			t.Fatal("the stream ended before the change")
		}
	}
	// Who comes back is not told what he has seen.
	back := httptest.NewRequest("GET", campaign.Path(fakeID(10))+"/events", nil)
	missed := s.ask("GET", campaign.Path(fakeID(10))+"/events", "")
	wantText(t, missed, "event: done")
	back.Header.Set("Last-Event-ID", strings.TrimPrefix(strings.SplitN(missed.Body.String(), "\n", 2)[0], "id: "))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, back)
	if strings.Contains(w.Body.String(), "data: <") || !strings.Contains(w.Body.String(), "event: done") {
		t.Errorf("what was seen is sent again: %s", w.Body)
	}
	if id == "" {
		t.Error("events have no id")
	}
}

func TestBadgeCanStandElsewhere(t *testing.T) {
	s := newSite(t)
	s.campaigns.change(fakeID(0), func(c *fakeCampaign) { c.Text.Title = `Path & "ridge" <b>山路</b>` })
	path := campaign.Path(fakeID(0)) + "/badge.svg"
	w := s.ask("GET", path, "")
	wantStatus(t, w, http.StatusOK)
	h := w.Header()
	if h.Get("Cross-Origin-Resource-Policy") != "cross-origin" || h.Get("Cache-Control") != "public, max-age=60" || h.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("headers %v", h)
	}
	if err := xml.Unmarshal(w.Body.Bytes(), new(struct{ XMLName xml.Name })); err != nil {
		t.Error(err)
	}
	wantText(t, w, "54% of 2,000,000 sat", "Path &amp;", "prefers-color-scheme:dark")
	zh := s.ask("GET", path+"?lang=zh-Hans", "", "Accept-Language", "en")
	wantText(t, zh, "2,000,000 sat 的 54%")
	if zh.Header().Get("Set-Cookie") != "" {
		t.Error("a picture on another site chooses the visitor's language")
	}
	if n := w.Body.Len(); n > 8<<10 {
		t.Errorf("%d bytes", n)
	}
}

func TestPictureToShare(t *testing.T) {
	s := newSite(t)
	w := s.ask("GET", campaign.Path(fakeID(0))+"/card.png", "")
	wantStatus(t, w, http.StatusOK)
	img, err := png.Decode(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != campaign.CardWidth || b.Dy() != campaign.CardHeight {
		t.Errorf("size %v", b)
	}
}

func TestFeedOfNews(t *testing.T) {
	s := newSite(t)
	w := s.ask("GET", campaign.Path(fakeID(0))+"/updates.atom", "")
	wantStatus(t, w, http.StatusOK)
	var feed atomFeed
	if err := xml.Unmarshal(w.Body.Bytes(), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entries) != 2 || feed.Entries[0].Title != "Half of the stone is cut" || !strings.Contains(feed.Entries[0].Content.Text, "<p>The quarry") {
		t.Errorf("%+v", feed)
	}
	if feed.Updated != feed.Entries[0].Updated || feed.ID == "" || len(feed.Links) != 2 {
		t.Errorf("%+v", feed)
	}
}

func TestCoversAreServed(t *testing.T) {
	s := newSite(t)
	s.campaigns.change(fakeID(0), func(c *fakeCampaign) { c.Campaign.Cover = "ridge" })
	page := s.ask("GET", campaign.Path(fakeID(0)), "")
	wantText(t, page, `srcset="/covers/ridge-480.jpg 480w, /covers/ridge-960.jpg 960w"`, `width="960" height="540"`, `content="http://cairn.test/covers/ridge-960.jpg"`)
	w := s.ask("GET", "/covers/ridge-480.jpg", "")
	wantStatus(t, w, http.StatusOK)
	if h := w.Header(); h.Get("Content-Type") != "image/jpeg" || !strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Errorf("headers %v", h)
	}
	for _, name := range []string{"ridge-480.png", "ridge.jpg", "-.jpg", "ridge--1.jpg", "other-480.jpg", "ridge-99999999999999999999.jpg", "..-480.jpg"} {
		if w := s.ask("GET", "/covers/"+name, ""); w.Code != http.StatusNotFound && name != "ridge--1.jpg" {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}
