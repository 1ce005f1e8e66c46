package api

import (
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

const (
	requestIDHeader = "X-Request-Id"
	idempotencyKey  = "Idempotency-Key"
	replayedHeader  = "Idempotent-Replayed"
)

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := h.cfg.Now()
	r = r.WithContext(h.cfg.Speak(r))
	out := &recorder{ResponseWriter: w}
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler {
			h.cfg.Log.Error("a handler panicked", "route", matched(r), "request", requestID(out), "error", p, "stack", string(debug.Stack()))
			if out.status == 0 {
				h.fail(out, r, fmt.Errorf("panic: %v", p))
				p = nil
			}
		}
		h.cfg.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", r.Method),
			slog.String("route", matched(r)),
			slog.Int("status", out.status),
			slog.Int64("bytes", out.bytes),
			slog.Duration("took", h.cfg.Now().Sub(began)),
			slog.String("request", requestID(out)))
		if p != nil {
			panic(http.ErrAbortHandler) // what was sent is not whole
		}
	}()
	if err := h.head(out.Header()); err != nil {
		h.fail(out, r, err)
		return
	}
	h.mux.ServeHTTP(out, r)
}

// matched is the pattern that was matched, never the path, which names digests.
func matched(r *http.Request) string { return r.Pattern }

// head sets what every answer has.
func (h *Handler) head(header http.Header) error {
	var id [9]byte
	if _, err := io.ReadFull(h.cfg.Rand, id[:]); err != nil {
		return fmt.Errorf("make a request id: %w", err)
	}
	header.Set(requestIDHeader, hex.EncodeToString(id[:]))
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "Idempotent-Replayed, Link, Location, Payment-Receipt, Retry-After, Stamps-Left, WWW-Authenticate, X-Request-Id")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	return nil
}

func requestID(w http.ResponseWriter) string { return w.Header().Get(requestIDHeader) }

// dispatch does what the method asks for; HEAD is GET without a body, and
// OPTIONS answers a preflight.
func (h *Handler) dispatch(route route) http.HandlerFunc {
	methods := slices.Sorted(maps.Keys(route.actions))
	if _, ok := route.actions[http.MethodGet]; ok {
		methods = append(methods, http.MethodHead)
	}
	allow := strings.Join(append(methods, http.MethodOptions), ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		switch method {
		case http.MethodHead:
			method = http.MethodGet
		case http.MethodOptions:
			header := w.Header()
			header.Set("Allow", allow)
			header.Set("Access-Control-Allow-Methods", allow)
			header.Set("Access-Control-Allow-Headers", "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, Last-Event-ID")
			header.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		act, ok := route.actions[method]
		if !ok {
			w.Header().Set("Allow", allow)
			h.fail(w, r, ErrMethod)
			return
		}
		if err := act(w, r); err != nil {
			h.fail(w, r, err)
		}
	}
}

// recorder remembers what was sent, for the log.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController through.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// writeTimeout is how long a piece of an answer may take to be sent.
const writeTimeout = 20 * time.Second
