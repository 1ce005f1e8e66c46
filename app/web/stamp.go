package web

import (
	"net/http"

	"cairn/notary"
	"cairn/templates/proof"
)

// maxStamps is how many digests one POST /stamp may carry.
const maxStamps = 100

// stamped is the answer to a program that stamped digests.
type stamped struct {
	Proofs []stampedProof `json:"proofs"`
}

type stampedProof struct {
	Digest string `json:"digest"`
	URL    string `json:"url"`
}

// stamp takes the digests of a form's "digest" fields. A browser is led to
// the proof; a program gets JSON.
func (s *Server) stamp(c Ctx) error {
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	texts := c.Request().PostForm["digest"]
	if len(texts) == 0 || len(texts) > maxStamps {
		return ErrDigestCount
	}
	digests := make([]notary.Digest, len(texts))
	for i, text := range texts {
		d, err := notary.ParseDigest(text)
		if err != nil && !wantsJSON(c) {
			return s.renderHome(c, http.StatusUnprocessableEntity, text, sentence(c, err))
		}
		if err != nil {
			return err
		}
		digests[i] = d
	}
	answer := stamped{Proofs: make([]stampedProof, len(digests))}
	for i, d := range digests {
		if _, err := s.deps.Notary.Stamp(c.Request().Context(), d); err != nil {
			return err
		}
		answer.Proofs[i] = stampedProof{d.String(), proof.Path(d)}
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, answer)
	}
	return c.Redirect(http.StatusSeeOther, answer.Proofs[0].URL)
}
