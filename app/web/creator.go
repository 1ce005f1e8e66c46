package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"cairn/lighthouse"
	"cairn/templates/creator"
)

// creatorRoutes are those of people who ask for money. A desk's address holds
// its campaign's key: it is never logged (see logged), cached, or told to other
// sites.
func (s *Server) creatorRoutes() {
	if s.deps.Creators == nil {
		return
	}
	const desk = "/campaigns/desk/:key"
	small := bodyLimit(16 << 10)
	acts := s.limit(1, 30)
	looks := s.limit(5, 100)
	writes := s.limit(1, 30)

	s.get("campaign-new", creator.NewPath, s.newCampaign)
	s.post("campaign-create", creator.NewPath, s.createCampaign, bodyLimit(maxCoverBody), writes)
	s.post("campaign-markdown", "/campaigns/markdown", s.markdown, bodyLimit(maxMarkdown), s.limit(2, 60))
	s.get("campaign-mine", creator.ListPath, s.ownCampaigns)
	s.get("desk-find", "/campaigns/desk", s.findDesk)

	s.get("desk", desk, s.desk, looks)
	s.echo.GET(desk+"/events", s.deskEvents, looks).Name = "desk-events"
	s.get("desk-edit", desk+"/edit", s.editCampaign, looks)
	s.post("desk-save", desk+"/edit", s.saveCampaign, bodyLimit(maxCoverBody), writes)
	if s.deps.Campaigns != nil {
		s.get("desk-preview", desk+"/preview", s.previewCampaign, looks)
	}
	s.get("desk-poster", desk+"/poster", s.poster, looks)
	s.get("desk-key", desk+"/key.txt", s.keyFile, looks)
	s.get("desk-csv", desk+"/pledges.csv", s.pledgesCSV, looks)
	s.post("desk-announce", desk+"/announce", s.announceCampaign, small, acts)
	s.post("desk-open", desk+"/open", s.openCampaign, small, acts)
	s.post("desk-close", desk+"/close", s.closeCampaign, small, acts)
	s.post("desk-update", desk+"/updates", s.postUpdate, bodyLimit(maxMarkdown), acts)
	s.post("desk-comment", desk+"/comments", s.hideComment, small, acts)
	if s.deps.Creators.Claims != nil {
		s.post("desk-claim", desk+"/claim", s.claimCampaign, small, acts)
		if s.deps.Creators.Speed != nil && s.deps.Till != nil {
			s.post("desk-speed", desk+"/speed", s.buySpeed, small, acts)
		}
	}
	s.creatorAccountRoutes(desk)
	if s.deps.Creators.Files != nil {
		s.get("desk-file", desk+"/campaign.jsonl", s.campaignFile, looks)
		s.get("desk-zip", desk+"/pledges.zip", s.pledgesZIP, looks)
	}
	if s.deps.Creators.Time != nil {
		s.post("desk-time", desk+"/time", s.letTimePass, small, s.limit(0.5, 20))
	}
}

// deskOf is the campaign whose key the address holds. Errors:
// lighthouse.ErrNotYours.
func (s *Server) deskOf(c Ctx) (lighthouse.Key, lighthouse.Campaign, error) {
	key, err := lighthouse.ParseKey(c.Param("key"))
	if err != nil {
		return key, lighthouse.Campaign{}, err
	}
	had, err := s.deps.Creators.Campaigns.ByKey(c.Request().Context(), key)
	return key, had, err
}

// ownCampaigns is the page where the browser lists what it keeps.
func (s *Server) ownCampaigns(c Ctx) error {
	v := creator.ListView{Meta: s.creatorMeta(c, t(c, "creator.list"))}
	var err error
	if v.Account, err = s.accountDesks(c); err != nil {
		return err
	}
	if s.deps.Creators.Examples != nil {
		if v.Examples, err = s.deps.Creators.Examples(c.Request().Context()); err != nil {
			return err
		}
	}
	return render(c, http.StatusOK, creator.ListPage(v))
}

// findDesk opens a desk by its link or the key in it.
func (s *Server) findDesk(c Ctx) error {
	text := strings.TrimSpace(c.QueryParam("key"))
	if u, err := url.Parse(text); err == nil {
		text = path.Base(u.Path)
	}
	key, err := lighthouse.ParseKey(text)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, creator.DeskPath(key))
}
