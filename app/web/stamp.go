package web

import (
	"errors"
	"net/http"
	"strings"

	"cairn/notary"
	"cairn/notary/sums"
	"cairn/templates/home"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/proof"
)

const (
	// maxStamps is how many digests one POST /stamp may carry.
	maxStamps = 1000
	// maxStampBody is the largest form, in bytes: so many lines with names of
	// a usual length.
	maxStampBody = 1 << 20
	// maxNamedLines is how many bad lines of a list are told one by one.
	maxNamedLines = 5
)

// stamped is the answer to a program that stamped digests.
type stamped struct {
	Proofs []stampedProof `json:"proofs"`
}

type stampedProof struct {
	Digest string `json:"digest"`
	URL    string `json:"url"`
}

// stamp takes the digests of a form's "digest" fields, each of which may be a
// list as sha256sum prints it. Nothing is stored if any line is bad. A browser
// is led to the proof, or gets the list of several; a program gets JSON.
func (s *Server) stamp(c Ctx) error {
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	text := strings.Join(c.Request().PostForm["digest"], "\n")
	entries, err := readDigests(text)
	if err != nil && !wantsJSON(c) {
		return s.renderHome(c, http.StatusUnprocessableEntity, home.View{Pasted: text, Wrong: complaints(c, err)})
	}
	if err != nil {
		return c.JSON(http.StatusUnprocessableEntity, map[string]string{
			"error": strings.Join(complaints(c, err), " "), "request": requestID(c),
		})
	}
	if err := s.keep(c, entries); err != nil {
		return s.askForList(c, text, len(entries), err)
	}
	switch {
	case wantsJSON(c):
		return c.JSON(http.StatusOK, stampedJSON(entries))
	case len(entries) == 1:
		return c.Redirect(http.StatusSeeOther, proof.Path(entries[0].Digest))
	}
	meta := s.meta(c, i18n.N(c.Request().Context(), "stamped.title", int64(len(entries))), layout.SectionStamp)
	meta.Path, meta.Private = "/", true
	return render(c, http.StatusOK, home.StampedPage(home.Stamped{Meta: meta, Proofs: listed(entries), Hurry: s.hurry()}))
}

// readDigests reads a list. One word alone that is no digest is told so in
// the words for digests, not for lists.
func readDigests(text string) ([]sums.Entry, error) {
	entries, err := sums.Parse(strings.NewReader(text), maxStamps)
	if words := strings.Fields(text); err != nil && len(words) == 1 {
		if _, plain := notary.ParseDigest(words[0]); plain != nil {
			return nil, plain
		}
	}
	return entries, err
}

// keep stores the digests: one by itself, several under one tree, for which
// there may be a price. Errors: those of keepList.
func (s *Server) keep(c Ctx, entries []sums.Entry) error {
	ctx := c.Request().Context()
	if len(entries) == 1 {
		_, err := s.deps.Notary.Stamp(ctx, entries[0].Digest)
		return err
	}
	digests := make([]notary.Digest, len(entries))
	for i, e := range entries {
		digests[i] = e.Digest
	}
	return s.keepList(c, digests)
}

// complaints are sentences on what is wrong with a list, the bad lines by
// their number.
func complaints(c Ctx, err error) []string {
	var bad sums.Errors
	if !errors.As(err, &bad) {
		return []string{sentence(c, err)}
	}
	ctx := c.Request().Context()
	out := make([]string, 0, maxNamedLines+1)
	for _, line := range bad[:min(len(bad), maxNamedLines)] {
		out = append(out, i18n.T(ctx, "paste.bad", "Line", i18n.Number(int64(line.Line)), "Why", sentence(c, line)))
	}
	if more := len(bad) - maxNamedLines; more > 0 {
		out = append(out, i18n.T(ctx, "paste.others", "Count", i18n.Number(int64(more))))
	}
	return out
}

func stampedJSON(entries []sums.Entry) stamped {
	answer := stamped{Proofs: make([]stampedProof, len(entries))}
	for i, e := range entries {
		d := notary.Digest(e.Digest)
		answer.Proofs[i] = stampedProof{d.String(), proof.Path(d)}
	}
	return answer
}

func listed(entries []sums.Entry) []home.Listed {
	out := make([]home.Listed, len(entries))
	for i, e := range entries {
		out[i] = home.Listed{Digest: e.Digest, Name: e.Name}
	}
	return out
}
