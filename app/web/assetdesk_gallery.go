package web

import (
	"net/http"
	"slices"

	"cairn/templates/assetdesk"
	"cairn/templates/layout"
)

// galleryAssetDesk is a page of those who make and hold assets, in the state of
// that name, or the first.
func (s *Server) galleryAssetDesk(c Ctx) error {
	samples := assetdesk.Samples(s.cfg.Now())
	at := max(0, slices.IndexFunc(samples, func(one assetdesk.Sample) bool { return one.Name == c.QueryParam("state") }))
	m := s.meta(c, t(c, "assetdesk.mine"), layout.SectionAssets)
	m.Private = true
	return render(c, http.StatusOK, samples[at].Page(m))
}
