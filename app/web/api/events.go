package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"cairn/notary"
)

const (
	heartbeat = 15 * time.Second
	// settle lets many changes at once be one.
	settle = 200 * time.Millisecond
)

// events sends the state of a digest whenever it changes, as server-sent
// events (HTML standard, §9.2) whose data is the JSON of GET /proofs/{digest},
// until it is complete.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) error {
	d, err := notary.ParseDigest(r.PathValue("digest"))
	if err != nil {
		return err
	}
	leave, err := h.cfg.Enter(h.cfg.Address(r))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStreams, err)
	}
	defer leave()
	changed, stop := h.cfg.Notary.Watch()
	defer stop()
	state, err := h.cfg.Notary.Proof(r.Context(), d)
	if err != nil {
		return err
	}
	control := http.NewResponseController(w)
	// The request is read; without this its time limit would end the stream.
	_ = control.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	var last []byte
	for {
		data, err := json.Marshal(proofView(state))
		if err != nil {
			return nil
		}
		// Even a comment keeps the connection from looking dead.
		message := []byte(": still here\n\n")
		if !bytes.Equal(data, last) {
			last = data
			message = fmt.Appendf(nil, "event: proof\ndata: %s\n\n", data)
		}
		_ = control.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := w.Write(message); err != nil || control.Flush() != nil || state.Stage >= notary.StageComplete {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-h.cfg.Closing:
			return nil
		case <-beat.C:
		case <-changed:
			time.Sleep(settle)
		}
		if state, err = h.cfg.Notary.Proof(r.Context(), d); err != nil {
			return nil // who comes back sees the error itself
		}
	}
}
