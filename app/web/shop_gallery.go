package web

import (
	"net/http"

	"cairn/templates/layout"
	vouchers "cairn/templates/voucher"
)

// galleryVoucher is a page of shops and vouchers in the state of that name.
func (s *Server) galleryVoucher(c Ctx) error {
	for _, sample := range vouchers.Samples(s.cfg.Now()) {
		if sample.Name != c.QueryParam("state") {
			continue
		}
		m := s.meta(c, "Vouchers", layout.SectionNone)
		m.Private, m.Modules = true, []string{sample.Module}
		camera(c)
		return render(c, http.StatusOK, sample.Page(m))
	}
	return ErrNotFound
}
