package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cairn/templates/creator"
)

// Who keeps a campaign in his account finds its desk by signing in, and nobody
// else does.
func TestAccountKeepsACampaign(t *testing.T) {
	s := newSite(t)
	key := s.made(bench())
	desk := deskOf + key.Text()
	nobody := s.ask("GET", creator.ListPath, "")
	wantStatus(t, nobody, http.StatusOK)
	if !strings.Contains(nobody.Body.String(), "Sign in to see the campaigns") || strings.Contains(s.ask("GET", desk, "").Body.String(), "Keep it in my account") {
		t.Error("nobody is signed in")
	}
	wantStatus(t, s.ask("POST", desk+"/account", "keep=yes"), http.StatusUnauthorized)

	ada, eve := s.signUp(), s.signUp()
	if page := ada.get(desk).Body.String(); !strings.Contains(page, "Keep it in my account") {
		t.Error("it is not offered to be kept")
	}
	w := ada.post(desk+"/account", url.Values{"keep": {"yes"}})
	wantStatus(t, w, http.StatusSeeOther)
	if page := ada.get(w.Header().Get("Location")).Body.String(); !strings.Contains(page, "Your account keeps this campaign now.") || !strings.Contains(page, "Remove it from my account") {
		t.Error("it is not said to be kept")
	}
	list := ada.get(creator.ListPath).Body.String()
	_, rest, found := strings.Cut(list, `name="id" value="`)
	id, _, _ := strings.Cut(rest, `"`)
	if !found || !strings.Contains(list, ">A bench</button>") || strings.Contains(list, key.Text()) {
		t.Fatalf("the list of the account: %s", list)
	}
	if strings.Contains(eve.get(creator.ListPath).Body.String(), "A bench") {
		t.Error("another account sees it")
	}
	wantStatus(t, eve.post(creator.HeldPath, url.Values{"id": {id}}), http.StatusForbidden)
	wantStatus(t, ada.post(creator.HeldPath, url.Values{"id": {"x"}}), http.StatusNotFound)
	wantStatus(t, s.ask("POST", creator.HeldPath, "id="+id), http.StatusUnauthorized)
	w = ada.post(creator.HeldPath, url.Values{"id": {id}})
	wantStatus(t, w, http.StatusSeeOther)
	wantStatus(t, ada.get(w.Header().Get("Location")), http.StatusOK)

	w = ada.post(desk+"/account", url.Values{"keep": {"no"}})
	wantStatus(t, w, http.StatusSeeOther)
	if page := ada.get(w.Header().Get("Location")).Body.String(); !strings.Contains(page, "Keep it in my account") {
		t.Error("it is still kept")
	}
	wantStatus(t, ada.post(creator.HeldPath, url.Values{"id": {id}}), http.StatusForbidden)
}
