package web

import (
	"net/http"

	"cairn/app/web/api"
	"cairn/templates/apidoc"
	"cairn/templates/layout"
)

// apiRoutes is the page about the JSON API; the API itself is mounted beside
// the pages (see openAPI).
func (s *Server) apiRoutes() {
	if s.deps.API != nil {
		s.get("api", "/api", s.apiPage)
	}
}

func (s *Server) apiPage(c Ctx) error {
	view := apidoc.View{Meta: s.meta(c, t(c, "api.title"), layout.SectionNone), Server: s.origin()}
	for _, k := range api.Kinds() {
		r := ruleFor(k.Err)
		view.Kinds = append(view.Kinds, apidoc.Kind{Name: k.Name, Status: r.status, Sentence: t(c, r.sentence)})
	}
	return render(c, http.StatusOK, apidoc.Page(view))
}
