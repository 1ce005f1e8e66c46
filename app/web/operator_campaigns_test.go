package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// What the operator takes down is seen by nobody else, and comes back as it was.
func TestACampaignIsTakenDown(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return at } })
	later := func() { at = at.Add(2 * time.Second) } // pages are drawn once a second
	cookie := s.operates(true)
	id := s.campaigns.order[0].String()
	public := []string{"/campaigns/" + id, "/campaigns/" + id + "/backers"}
	for _, path := range public {
		wantStatus(t, s.ask("GET", path, ""), http.StatusOK)
	}
	page := s.ask("GET", "/operator/campaigns", "", "Cookie", cookie)
	wantText(t, page, `action="/operator/campaigns/`+id+`"`)

	wantStatus(t, s.ask("POST", "/operator/campaigns/"+id, "do=down", "Cookie", cookie), http.StatusSeeOther)
	later()
	for _, path := range public {
		wantStatus(t, s.ask("GET", path, ""), http.StatusGone)
	}
	wantText(t, s.ask("GET", public[0], ""), "taken off this site")
	if list := s.ask("GET", "/campaigns", "").Body.String(); strings.Contains(list, id) {
		t.Error("it is in the list of all")
	}

	wantStatus(t, s.ask("POST", "/operator/campaigns/"+id, "do=back", "Cookie", cookie), http.StatusSeeOther)
	later()
	wantStatus(t, s.ask("GET", public[0], ""), http.StatusOK)
}
