package web

import (
	"net/http"

	"cairn/templates/creator"
)

// galleryDesk is a creator's desk in the state of that name, or the first.
func (s *Server) galleryDesk(c Ctx) error {
	samples := creator.Samples(s.cfg.Now())
	view := samples[0].View
	for _, sample := range samples {
		if sample.Name == c.QueryParam("state") {
			view = sample.View
		}
	}
	view.Meta = s.creatorMeta(c, view.Title(c.Request().Context()))
	return render(c, http.StatusOK, creator.DeskPage(view))
}
