package web

import (
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"

	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/verify"
	"cairn/templates/layout"
	"cairn/templates/proof"
	"cairn/templates/verdict"
)

// maxProof is the largest proof that is taken, in bytes.
const maxProof = 1 << 20

// verifyForm asks for a proof and a file.
func (s *Server) verifyForm(c Ctx) error {
	return s.renderVerify(c, http.StatusOK, verdict.Form{Digest: c.QueryParam("digest")})
}

func (s *Server) renderVerify(c Ctx, status int, form verdict.Form) error {
	form.Meta = s.meta(c, t(c, "verify.title"), layout.SectionVerify)
	return render(c, status, verdict.FormPage(form))
}

// verify judges a proof (multipart field "proof"), for a file whose digest is
// given ("digest") or on its own. A digest without a proof leads to the proof
// kept here.
func (s *Server) verify(c Ctx) error {
	raw, err := proofField(c)
	text := strings.TrimSpace(c.FormValue("digest"))
	form := verdict.Form{Digest: text}
	switch {
	case tooLarge(err):
		form.ProofError = t(c, "verify.too-large")
		return s.renderVerify(c, http.StatusRequestEntityTooLarge, form)
	case err != nil:
		return badForm(err)
	case len(raw) == 0 && text == "":
		form.ProofError = t(c, "verify.nothing")
		return s.renderVerify(c, http.StatusUnprocessableEntity, form)
	}
	var given *notary.Digest
	if text != "" {
		d, err := notary.ParseDigest(text)
		if err != nil {
			form.DigestError = sentence(c, err)
			return s.renderVerify(c, http.StatusUnprocessableEntity, form)
		}
		given = &d
	}
	if len(raw) == 0 {
		return s.findProof(c, *given, form)
	}
	view, err := s.judge(c, raw, given)
	if err != nil {
		return err
	}
	view.Meta = s.meta(c, t(c, "verdict.page"), layout.SectionVerify)
	return render(c, http.StatusOK, verdict.Page(view))
}

// findProof leads to the proof of a digest that was stamped here.
func (s *Server) findProof(c Ctx, d notary.Digest, form verdict.Form) error {
	_, err := s.deps.Notary.Proof(c.Request().Context(), d)
	if errors.Is(err, notary.ErrUnknownDigest) {
		form.DigestError = sentence(c, err)
		return s.renderVerify(c, http.StatusNotFound, form)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, proof.Path(d))
}

// proofField is the uploaded proof; empty if none was chosen.
func proofField(c Ctx) ([]byte, error) {
	if err := c.Request().ParseMultipartForm(maxProof); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			return nil, c.Request().ParseForm()
		}
		return nil, err
	}
	file, _, err := c.Request().FormFile("proof")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// judge makes the verdict page's view of a proof.
func (s *Server) judge(c Ctx, raw []byte, given *notary.Digest) (verdict.View, error) {
	file, err := ots.ParseFile(raw)
	if err != nil {
		return verdict.View{Outcome: verdict.Broken, Reason: sentence(c, err)}, nil
	}
	view := verdict.View{Digest: hex.EncodeToString(file.Digest())}
	if given != nil && file.Hash == ots.OpSHA256 {
		// Proofs over older hashes are judged without the file: pages take
		// SHA-256 only.
		view.Given = given.String()
	}
	found, err := verify.Check(c.Request().Context(), file.Timestamp, s.deps.Headers)
	if err != nil {
		return verdict.View{}, err
	}
	describe(&view, file.Timestamp, found)
	if view.Given != "" && view.Given != view.Digest {
		view.Outcome = verdict.OtherFile
	}
	return view, nil
}
