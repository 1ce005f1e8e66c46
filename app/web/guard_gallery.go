package web

import (
	"net/http"

	view "cairn/templates/guard"
)

// galleryGuard is the guard's page in the state of that name, or the first.
func (s *Server) galleryGuard(c Ctx) error {
	samples := view.Samples()
	chosen := samples[0].View
	for _, sample := range samples {
		if sample.Name == c.QueryParam("state") {
			chosen = sample.View
		}
	}
	return s.renderGuard(c, http.StatusOK, chosen)
}
