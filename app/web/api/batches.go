package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cairn/notary"
)

// batch is the state of a batch.
func (h *Handler) batch(w http.ResponseWriter, r *http.Request) error {
	id, err := notary.ParseBatchID(r.PathValue("id"))
	if err != nil {
		return err
	}
	if !h.cfg.AllowRead(h.cfg.Address(r), 1) {
		return ErrRate
	}
	b, err := h.cfg.Notary.Batch(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, batchStateView(b))
}

// batchProof is one line of a batch's proofs.
type batchProof struct {
	Digest string `json:"digest"`
	// OTS is the proof file, in JSON as base64.
	OTS []byte `json:"ots"`
}

// proofsAtOnce is how many proofs are made, and sent, at a time.
const proofsAtOnce = 256

// batchProofs streams the proofs of a batch in the order of its digests, one a
// line, from the place ?from= on and at most ?limit=. A next part is named in a
// Link header.
func (h *Handler) batchProofs(w http.ResponseWriter, r *http.Request) error {
	id, err := notary.ParseBatchID(r.PathValue("id"))
	if err != nil {
		return err
	}
	query := r.URL.Query()
	from, err := wholeNumber(query, "from", 0)
	if err != nil {
		return err
	}
	limit, err := wholeNumber(query, "limit", notary.MaxBatch)
	if err != nil {
		return err
	}
	b, err := h.cfg.Notary.Batch(r.Context(), id)
	if err != nil {
		return err
	}
	from = min(from, b.Digests)
	end := from + min(limit, b.Digests-from)
	if !h.cfg.AllowRead(h.cfg.Address(r), 1+end-from) {
		return ErrRate
	}
	header := w.Header()
	header.Set("Content-Type", typeNDJSON)
	if end < b.Digests && limit > 0 {
		header.Set("Link", fmt.Sprintf(`<%s?from=%d&limit=%d>; rel="next"`, linksOf(id).Proofs, end, limit))
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	h.sendProofs(w, r, id, from, end)
	return nil
}

// sendProofs writes lines. An error half way cuts the answer off, so that
// nobody takes the part for the whole.
func (h *Handler) sendProofs(w http.ResponseWriter, r *http.Request, id notary.BatchID, from, end int) {
	control := http.NewResponseController(w)
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	for from < end {
		// Up to the end of a tile of the batch, which is what is read at once.
		n := min(proofsAtOnce-from%proofsAtOnce, end-from)
		files, err := h.cfg.Notary.BatchFiles(r.Context(), id, from, n)
		if err != nil || len(files) != n {
			if r.Context().Err() == nil {
				h.cfg.Log.Error("the proofs of a batch were cut off", "request", requestID(w), "error", err)
			}
			panic(http.ErrAbortHandler)
		}
		out.Reset()
		for _, f := range files {
			if err := lines.Encode(batchProof{Digest: f.Digest.String(), OTS: f.File}); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		_ = control.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := w.Write(out.Bytes()); err != nil {
			return
		}
		from += n
	}
}

func wholeNumber(query url.Values, name string, otherwise int) (int, error) {
	text := query.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0, ErrPage
	}
	return n, nil
}
