package web

import (
	"net/http"

	"cairn/templates/layout"
	"cairn/templates/pledge"
)

// galleryPledge is a backer's page in the state of that name.
func (s *Server) galleryPledge(c Ctx) error {
	meta := s.meta(c, "Pledge", layout.SectionNone)
	meta.Private = true
	for _, sample := range pledge.Samples(s.cfg.Now()) {
		if sample.Name == c.QueryParam("state") {
			return render(c, http.StatusOK, sample.Page(meta))
		}
	}
	return ErrNotFound
}
