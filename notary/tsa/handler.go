package tsa

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// MaxQuery bounds a query, in bytes; real ones have about a hundred.
	MaxQuery = 64 << 10
	// bodyPatience is how long a client may take over it.
	bodyPatience = 10 * time.Second
	replyType    = "application/timestamp-reply"
)

// ServeHTTP implements http.Handler: it serves POST of time-stamp queries over
// HTTP (RFC 3161 §3.4) to programs and pages of any origin. Bodies are taken
// raw, whatever type they claim, so it must not stand behind anything that
// reads forms.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("X-Content-Type-Options", "nosniff")
	switch r.Method {
	case http.MethodOptions:
		header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
		header.Set("Access-Control-Allow-Headers", "Accept, Content-Type")
		header.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPost:
		a.post(w, r)
	default:
		header.Set("Allow", "GET, HEAD, POST, OPTIONS")
		answerText(w, http.StatusMethodNotAllowed, "method not allowed")
	}
}

func (a *Authority) post(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength > MaxQuery {
		answerText(w, http.StatusRequestEntityTooLarge, "a query has at most 65536 bytes")
		return
	}
	// Not every ResponseWriter has deadlines; the server's own then holds.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyPatience))
	query, err := io.ReadAll(io.LimitReader(r.Body, MaxQuery+1))
	if err != nil {
		answerText(w, http.StatusBadRequest, "the query did not arrive whole")
		return
	}
	if len(query) > MaxQuery {
		answerText(w, http.StatusRequestEntityTooLarge, "a query has at most 65536 bytes")
		return
	}
	reply, err := a.Answer(r.Context(), query)
	switch {
	case r.Context().Err() != nil: // nobody reads it
	case err != nil:
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusServiceUnavailable, Unavailable())
	default:
		answer(w, http.StatusOK, reply)
	}
}

func answer(w http.ResponseWriter, status int, reply []byte) {
	header := w.Header()
	header.Set("Content-Type", replyType)
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Length", strconv.Itoa(len(reply)))
	w.WriteHeader(status)
	_, _ = w.Write(reply)
}

func answerText(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(sentence)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, sentence)
}
