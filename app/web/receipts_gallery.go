package web

import (
	"net/http"

	"cairn/templates/layout"
	view "cairn/templates/receipt"
)

// galleryReceipt is a coin's page in the state of that name, or the first.
func (s *Server) galleryReceipt(c Ctx) error {
	samples := view.Samples(s.cfg.Now())
	chosen := samples[0].View
	for _, sample := range samples {
		if sample.Name == c.QueryParam("state") {
			chosen = sample.View
		}
	}
	chosen.Meta = s.meta(c, t(c, "coinreceipt.title"), layout.SectionAssets)
	chosen.Meta.Private = true
	return render(c, http.StatusOK, view.Page(chosen))
}
