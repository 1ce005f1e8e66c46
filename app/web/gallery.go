package web

import (
	"net/http"

	"cairn/templates/gallery"
	"cairn/templates/layout"
)

// gallery shows every component in every state, for those who work on them.
func (s *Server) gallery(c Ctx) error {
	meta := s.meta(c, "Gallery", layout.SectionNone)
	meta.Private = true
	return render(c, http.StatusOK, gallery.Page(meta, s.cfg.Now()))
}
