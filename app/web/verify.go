package web

import (
	"net/http"
	"strings"

	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/verdict"
)

const (
	// maxVerifyBody is the largest form of the verify page, in bytes: a proof
	// has at most a quarter of it, but a bundle has more inside.
	maxVerifyBody = 4 << 20
	// maxVerdicts is how many proofs are judged at once, and maxAsked how many
	// digests are looked up.
	maxVerdicts, maxAsked = 20, 100
)

// verifyForm asks for a proof and a file.
func (s *Server) verifyForm(c Ctx) error {
	return s.renderVerify(c, http.StatusOK, verdict.Form{Digest: c.QueryParam("digest")})
}

func (s *Server) renderVerify(c Ctx, status int, form verdict.Form) error {
	form.Meta = s.meta(c, t(c, "verify.title"), layout.SectionVerify)
	return render(c, status, verdict.FormPage(form))
}

// verify judges proofs (multipart field "proof", any number), for files whose
// digests are given ("digest", one a line) or on their own, by the headers of
// the chain that is followed or by those given ("header", "headers"). A digest
// without a proof leads to the proof kept here.
func (s *Server) verify(c Ctx) error {
	if err := readForm(c); tooLarge(err) {
		return s.renderVerify(c, http.StatusRequestEntityTooLarge, verdict.Form{ProofError: t(c, "verify.too-large")})
	} else if err != nil {
		return badForm(err)
	}
	form := verdict.Form{Digest: strings.TrimSpace(c.FormValue("digest")), Header: strings.TrimSpace(c.FormValue("header"))}
	e, status, err := s.submitted(c, &form)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return s.renderVerify(c, status, form)
	}
	views, err := s.judge(c, e)
	if err != nil {
		return err
	}
	if len(views) == 1 {
		return s.renderVerdict(c, views[0])
	}
	meta := s.meta(c, i18n.N(c.Request().Context(), "verdict.several", int64(len(views))), layout.SectionVerify)
	meta.Private = true
	return render(c, http.StatusOK, verdict.ListPage(verdict.List{Meta: meta, Views: views}))
}

// renderVerdict is the page of one verdict; what is only looked up, and found,
// leads to the proof.
func (s *Server) renderVerdict(c Ctx, view verdict.View) error {
	if view.Outcome == verdict.Found {
		return c.Redirect(http.StatusSeeOther, view.Here)
	}
	status := http.StatusOK
	if view.Outcome == verdict.NotFound {
		status = http.StatusNotFound
	}
	view.Meta = s.meta(c, t(c, "verdict.page"), layout.SectionVerify)
	view.Meta.Private = true
	return render(c, status, verdict.Page(view))
}
