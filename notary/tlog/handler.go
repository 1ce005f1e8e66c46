package tlog

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"cairn/notary/tlog/format"
)

// Prefix is where the log is below the site: its checkpoint is at
// Prefix+"checkpoint".
const Prefix = "/log/"

const (
	// anchorsAtOnce is how many anchors are read at a time, and
	// anchorStreams how many lists are sent at a time.
	anchorsAtOnce = 256
	anchorStreams = 8
)

// Header values are shared between answers; net/http only reads them.
var (
	textType     = []string{"text/plain; charset=utf-8"}
	binaryType   = []string{"application/octet-stream"}
	linesType    = []string{"application/x-ndjson"}
	anyOrigin    = []string{"*"}
	anyPlace     = []string{"cross-origin"}
	noSniff      = []string{"nosniff"}
	nothing      = []string{"default-src 'none'; sandbox"}
	cacheYear    = []string{"public, max-age=31536000, immutable"}
	cacheSecond  = []string{"public, max-age=1"}
	cacheMinute  = []string{"public, max-age=60"}
	allowMethods = []string{"GET, HEAD, OPTIONS"}
)

// Handler serves the log to programs and pages of any origin, in the layout of
// c2sp.org/tlog-tiles, which is also that of files, so that `wget` can mirror
// it:
//
//	checkpoint                        the newest signed checkpoint
//	tile/<L>/<N>[.p/<W>]              hashes
//	tile/entries/<N>[.p/<W>]          entries
//	key                               the public key
//	anchors[?after=<id>]              one line of JSON for each anchor
//	receipt/<commitment>              the receipt of an entry, in hexadecimal
type Handler struct {
	service *Service
	log     *slog.Logger
	streams chan struct{}
	logged  atomic.Int64 // Unix second of the last failure logged
}

// Files serves the log.
func (s *Service) Files() http.Handler {
	return &Handler{service: s, log: s.cfg.Log, streams: make(chan struct{}, anchorStreams)}
}

// Handles reports whether a path belongs to the log.
func Handles(path string) bool { return strings.HasPrefix(path, Prefix) }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["Cross-Origin-Resource-Policy"] = anyPlace
	header["X-Content-Type-Options"] = noSniff
	header["Content-Security-Policy"] = nothing
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		header["Access-Control-Allow-Methods"] = allowMethods
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		header["Allow"] = allowMethods
		answer(w, http.StatusMethodNotAllowed, textType, nil, []byte("method not allowed\n"))
		return
	}
	switch path := strings.TrimPrefix(r.URL.Path, Prefix); path {
	case "":
		http.Redirect(w, r, strings.TrimSuffix(Prefix, "/"), http.StatusMovedPermanently)
	case "checkpoint":
		h.checkpoint(w, r)
	case "key":
		answer(w, http.StatusOK, textType, cacheMinute, []byte(h.service.Key()+"\n"))
	case "anchors":
		h.anchors(w, r)
	default:
		if entry, ok := strings.CutPrefix(path, "receipt/"); ok {
			h.receipt(w, r, entry)
			return
		}
		h.tile(w, r, path)
	}
}

func (h *Handler) receipt(w http.ResponseWriter, r *http.Request, written string) {
	entry, err := format.ParseEntry(written)
	if err != nil {
		answer(w, http.StatusBadRequest, textType, cacheMinute, []byte("a commitment has 88 hexadecimal digits\n"))
		return
	}
	text, err := h.service.EntryReceipt(r.Context(), entry)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, textType, cacheSecond, text)
}

func (h *Handler) checkpoint(w http.ResponseWriter, r *http.Request) {
	head, err := h.service.Head(r.Context())
	if err != nil {
		h.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, textType, cacheSecond, head.Note)
}

func (h *Handler) tile(w http.ResponseWriter, r *http.Request, path string) {
	t, err := format.ParsePath(path)
	if err != nil {
		answer(w, http.StatusNotFound, textType, cacheMinute, []byte("not found\n"))
		return
	}
	raw, err := h.service.Tile(r.Context(), t)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, binaryType, cacheYear, raw)
}

// anchors sends the list in pieces, since it grows for ever.
func (h *Handler) anchors(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseInt("0"+r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		answer(w, http.StatusBadRequest, textType, nil, []byte("after must be the number of an anchor\n"))
		return
	}
	select {
	case h.streams <- struct{}{}:
		defer func() { <-h.streams }()
	default:
		h.fail(w, r, errBusy)
		return
	}
	head, err := h.service.look(r.Context())
	for first := true; err == nil; first = false {
		var list []format.Anchor
		list, err = h.service.cfg.Anchors.Published(r.Context(), after, anchorsAtOnce)
		if err != nil {
			break
		}
		if first {
			w.Header()["Content-Type"], w.Header()["Cache-Control"] = linesType, cacheMinute
		}
		for i := range list {
			if list[i].Last >= head.Size {
				return
			}
			if _, err := w.Write(list[i].Line()); err != nil {
				return
			}
			after = list[i].ID
		}
		if len(list) < anchorsAtOnce {
			return
		}
	}
	h.fail(w, r, err)
}

// errBusy: too many lists of anchors are being sent.
var errBusy = errors.New("too many lists are being sent; try again in a moment")

// fail answers for an error. A client that has gone away gets nothing, and one
// that has part of a list gets the connection cut, not an end that looks right.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case r.Context().Err() != nil:
	case w.Header().Get("Content-Type") != "":
		h.logFailure(err)
		panic(http.ErrAbortHandler)
	case errors.Is(err, ErrNoTile):
		answer(w, http.StatusNotFound, textType, cacheSecond, []byte("the log has no such tile, or not yet\n"))
	case errors.Is(err, ErrNoEntry):
		answer(w, http.StatusNotFound, textType, cacheSecond, []byte("the log has no such entry\n"))
	case errors.Is(err, ErrNoCheckpoint):
		answer(w, http.StatusNotFound, textType, cacheSecond, []byte("the log has no checkpoint yet\n"))
	default:
		if !errors.Is(err, errBusy) && !errors.Is(err, context.DeadlineExceeded) {
			h.logFailure(err)
		}
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusServiceUnavailable, textType, nil, []byte("temporarily unavailable\n"))
	}
}

// logFailure logs at most one failure a second.
func (h *Handler) logFailure(err error) {
	now := h.service.cfg.Now().Unix()
	if last := h.logged.Load(); last != now && h.logged.CompareAndSwap(last, now) {
		h.log.Error("the log cannot be served", "error", err)
	}
}

func answer(w http.ResponseWriter, status int, kind, cache []string, body []byte) {
	header := w.Header()
	header["Content-Type"] = kind
	if cache != nil {
		header["Cache-Control"] = cache
	}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
