package web

import (
	"net/http"

	"cairn/templates/checkout"
	"cairn/templates/gallery"
	"cairn/templates/layout"
)

// gallery shows every component in every state, for those who work on them.
func (s *Server) gallery(c Ctx) error {
	meta := s.meta(c, "Gallery", layout.SectionNone)
	meta.Private = true
	return render(c, http.StatusOK, gallery.Page(meta, s.cfg.Now()))
}

// galleryCheckout is the checkout in the state of that name, or the first.
func (s *Server) galleryCheckout(c Ctx) error {
	samples := checkout.Samples(s.cfg.Now())
	view := samples[0].View
	for _, sample := range samples {
		if sample.Name == c.QueryParam("state") {
			view = sample.View
		}
	}
	view.Ware, view.Payout = s.wareView(c, view.Quote), "/gallery"
	view.Meta = s.meta(c, view.Title(c.Request().Context()), layout.SectionNone)
	view.Meta.Private = true
	view.Meta.Modules = []string{"js/checkout.js"}
	return render(c, http.StatusOK, checkout.Page(view))
}
