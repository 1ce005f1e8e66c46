package api

import (
	"net/http"
	"strings"

	"cairn/notary"
	"cairn/notary/ots"
)

// maxAsked is how many digests one question names at most.
const maxAsked = 100

// proof is the state of one digest, or with ".ots" behind it, or asked for by
// its media type, the proof file as it stands now.
func (h *Handler) proof(w http.ResponseWriter, r *http.Request) error {
	text, isFile := strings.CutSuffix(r.PathValue("digest"), ".ots")
	d, err := notary.ParseDigest(text)
	if err != nil {
		return err
	}
	if !h.cfg.AllowRead(h.cfg.Address(r), 1) {
		return ErrRate
	}
	w.Header().Set("Vary", "Accept")
	if isFile || strings.Contains(r.Header.Get("Accept"), ots.MediaType) {
		return h.proofFile(w, r, d)
	}
	p, err := h.cfg.Notary.Proof(r.Context(), d)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, proofView(p))
}

func (h *Handler) proofFile(w http.ResponseWriter, r *http.Request, d notary.Digest) error {
	file, err := h.cfg.Notary.File(r.Context(), d)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", ots.MediaType)
	header.Set("Content-Disposition", `attachment; filename="`+d.String()+`.ots"`)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(file)
	return nil
}

// answered is the answer to a question about several digests.
type answered struct {
	Proofs []proof `json:"proofs"`
	// Unknown are those that were not stamped here.
	Unknown []string `json:"unknown"`
}

// proofs is the state of up to maxAsked digests, in the order asked.
func (h *Handler) proofs(w http.ResponseWriter, r *http.Request) error {
	texts := r.URL.Query()["digest"]
	if len(texts) == 0 || len(texts) > maxAsked {
		return ErrDigestList
	}
	digests := make([]notary.Digest, len(texts))
	for i, text := range texts {
		d, err := notary.ParseDigest(text)
		if err != nil {
			return err
		}
		digests[i] = d
	}
	if !h.cfg.AllowRead(h.cfg.Address(r), len(digests)) {
		return ErrRate
	}
	found, err := h.cfg.Notary.Proofs(r.Context(), digests)
	if err != nil {
		return err
	}
	known := make(map[notary.Digest]bool, len(found))
	out := answered{Proofs: make([]proof, 0, len(found)), Unknown: []string{}}
	for _, p := range found {
		known[p.Digest] = true
		out.Proofs = append(out.Proofs, proofView(p))
	}
	for _, d := range digests {
		if !known[d] {
			out.Unknown = append(out.Unknown, d.String())
		}
	}
	return answer(w, http.StatusOK, out)
}
