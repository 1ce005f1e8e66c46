package web

import (
	"errors"
	"net/http"
	"strings"

	"cairn/notary"
	"cairn/templates/layout"
	"cairn/templates/mylist"
)

// maxFiles is how many proofs one POST /proofs/files gives.
const maxFiles = 500

// proofsRoutes are those of the browser's own list.
func (s *Server) proofsRoutes() {
	s.get("proofs", "/proofs", s.proofs)
	// 200,000 proofs in one go are a large archive; it takes some minutes.
	s.post("proof-files", "/proofs/files", s.proofFiles, bodyLimit(64<<10), s.limit(2, 200))
}

// proofs is the page on which a script shows what the browser remembers.
func (s *Server) proofs(c Ctx) error {
	meta := s.meta(c, t(c, "list.title"), layout.SectionProofs)
	meta.Modules = []string{"js/proofs.js"}
	return render(c, http.StatusOK, mylist.Page(mylist.View{Meta: meta}))
}

// files is the answer of proofFiles: those of the digests that are known.
type files struct {
	Proofs []file `json:"proofs"`
}

// file is a detached .ots file as it stands now, in base64.
type file struct {
	Digest string `json:"digest"`
	OTS    []byte `json:"ots"`
}

// proofFiles gives the proofs of many digests at once, for archives that are
// made in the page, where the names are: the form's "digests" has one a line.
func (s *Server) proofFiles(c Ctx) error {
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	texts := strings.Fields(c.Request().PostForm.Get("digests"))
	if len(texts) == 0 || len(texts) > maxFiles {
		return ErrFileCount
	}
	answer := files{Proofs: make([]file, 0, len(texts))}
	for _, text := range texts {
		d, err := notary.ParseDigest(text)
		if err != nil {
			return err
		}
		raw, err := s.deps.Notary.File(c.Request().Context(), d)
		if errors.Is(err, notary.ErrUnknownDigest) {
			continue
		}
		if err != nil {
			return err
		}
		answer.Proofs = append(answer.Proofs, file{d.String(), raw})
	}
	return c.JSON(http.StatusOK, answer)
}
