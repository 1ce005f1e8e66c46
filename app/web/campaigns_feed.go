package web

import (
	"encoding/xml"
	"net/http"
	"time"

	"cairn/lighthouse"
	"cairn/templates/campaign"
)

// atomFeed is a feed of news (RFC 4287).
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Content atomText `xml:"content"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// maxFeed is how many of the last news are in a feed.
const maxFeed = 30

// campaignFeed is a campaign's news as a feed: what stands on its page, and that
// it opened.
func (s *Server) campaignFeed(c Ctx) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	got, err := s.publicCampaign(ctx, id)
	if err != nil {
		return err
	}
	news, err := s.deps.Campaigns.Campaigns.Updates(ctx, id)
	if err != nil {
		return err
	}
	raw, err := xml.MarshalIndent(s.feedOf(c, got, news), "", " ")
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), raw...))
}

func (s *Server) feedOf(c Ctx, got lighthouse.Campaign, news []lighthouse.Update) atomFeed {
	page := s.origin() + campaign.Path(got.ID)
	stamp := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	feed := atomFeed{
		Lang: got.Language, ID: "urn:cairn:campaign:" + got.ID.String(), Title: t(c, "campaign.updates.feed-title", "Title", got.Text.Title),
		Updated: stamp(got.CreatedAt), Author: got.Creator.Name,
		Links: []atomLink{{"alternate", page}, {"self", page + "/updates.atom"}},
	}
	for _, u := range news[:min(len(news), maxFeed)] {
		feed.Entries = append(feed.Entries, atomEntry{
			ID: feed.ID + ":" + stamp(u.At), Title: u.Title, Updated: stamp(u.At),
			Link: atomLink{"alternate", page + "#updates"}, Content: atomText{"html", u.HTML},
		})
	}
	if !got.OpenedAt.IsZero() {
		feed.Updated = stamp(got.OpenedAt)
		feed.Entries = append(feed.Entries, atomEntry{
			ID: feed.ID + ":opened", Title: t(c, "campaign.feed.opened", "Title", got.Text.Title), Updated: stamp(got.OpenedAt),
			Link: atomLink{"alternate", page}, Content: atomText{"text", got.Text.Tagline},
		})
	}
	if len(news) > 0 {
		feed.Updated = stamp(news[0].At)
	}
	return feed
}
