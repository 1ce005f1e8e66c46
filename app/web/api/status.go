package api

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.yaml
var openapiFile []byte

// openapi is the description of all this.
func (h *Handler) openapi(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(openapiFile)
	return nil
}

// calendarStatus is the calendar as a whole.
type calendarStatus struct {
	Version string `json:"version"`
	Network string `json:"network"`
	// Digests were stamped in all; Pending commitments, each of any number of
	// digests, wait for an anchor.
	Digests     int64   `json:"digests"`
	Pending     int64   `json:"pending"`
	Tip         tip     `json:"tip"`
	Unconfirmed *anchor `json:"unconfirmed_anchor"`
	Latest      *anchor `json:"latest_anchor"`
	Paused      bool    `json:"paused"`
}

// tip is the last block taken in.
type tip struct {
	Height int32  `json:"height"`
	Hash   string `json:"hash"`
}

func (h *Handler) status(w http.ResponseWriter, r *http.Request) error {
	if !h.cfg.AllowRead(h.cfg.Address(r), 1) {
		return ErrRate
	}
	st, err := h.cfg.Notary.Status(r.Context())
	if err != nil {
		return err
	}
	at := h.cfg.Tip()
	w.Header().Set("Cache-Control", "public, max-age=5")
	return answer(w, http.StatusOK, calendarStatus{
		Version: h.cfg.Version, Network: string(h.cfg.Network), Digests: st.Digests, Pending: st.Pending,
		Tip:         tip{Height: at.Height, Hash: at.Hash.String()},
		Unconfirmed: anchorView(st.Unconfirmed), Latest: anchorView(st.Latest), Paused: st.Paused != "",
	})
}
