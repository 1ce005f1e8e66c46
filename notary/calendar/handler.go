package calendar

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cairn/app/db"
	"cairn/notary"
)

// Anchors is what the handler asks about a commitment's way into the chain.
type Anchors interface {
	// Timestamp says how far the commitment with this number has come.
	Timestamp(ctx context.Context, seq int64, c Commitment) (Progress, error)
	// Tip is the root of the anchor transaction that is not yet confirmed; ok
	// is false when there is none.
	Tip(ctx context.Context) (tip [32]byte, ok bool, err error)
}

// Progress is how far a commitment has come.
type Progress struct {
	// Body is the serialised timestamp of the commitment, nil until it is
	// complete.
	Body []byte
	// Final: Body will never change, so it may be cached for a year.
	Final bool
	// Txid is the anchor transaction in a block, as explorers show it, and
	// Waiting how many confirmations are missing; empty before that.
	Txid    string
	Waiting int32
	// ExpectedBy estimates when it will be complete; zero when unknown.
	ExpectedBy time.Time
}

const (
	// bodyPatience is how long a client may take over at most 64 bytes.
	bodyPatience = 10 * time.Second
	digestPath   = "/digest"
	tipPath      = "/tip"
	stampPrefix  = "/timestamp/"
)

// Header values are shared between answers; net/http only reads them.
var (
	binaryType    = []string{"application/octet-stream"}
	textType      = []string{"text/plain"}
	anyOrigin     = []string{"*"}
	noSniff       = []string{"nosniff"}
	cacheYear     = []string{"public, max-age=31536000"}
	cacheHour     = []string{"public, max-age=3600"}
	cacheMinute   = []string{"public, max-age=60"}
	cacheBriefly  = []string{"public, max-age=10"}
	allowMethods  = []string{"GET, HEAD, POST, OPTIONS"}
	allowHeaders  = []string{"Accept, Content-Type"}
	preflightAges = []string{"86400"}
)

// Handler serves POST /digest, GET /timestamp/<hex> and GET /tip at the root of
// a host, as opentimestamps-server does (otsserver/rpc.py), to programs and
// pages of any origin. Bodies are taken raw, whatever type they claim, so it
// must be mounted outside of CSRF checks and form parsing. It logs no request.
//
// What otsd leaves open is decided so: an empty digest is a 400; HEAD answers
// like GET; OPTIONS answers a preflight; a full queue is a 503 with
// Retry-After, a full disk a 507, other failures of the database a 503.
type Handler struct {
	calendar *Calendar
	journal  *Journal
	anchors  Anchors
	log      *slog.Logger
	logged   atomic.Int64 // Unix second of the last failure logged
}

// NewHandler serves the calendar and what anchors know of its journal.
func NewHandler(c *Calendar, journal *Journal, anchors Anchors) *Handler {
	return &Handler{calendar: c, journal: journal, anchors: anchors, log: c.cfg.Log}
}

// Handles reports whether a path belongs to the calendar.
func Handles(path string) bool {
	return path == digestPath || path == tipPath || strings.HasPrefix(path, stampPrefix)
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["X-Content-Type-Options"] = noSniff
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch path := r.URL.Path; {
	case r.Method == http.MethodOptions:
		header["Access-Control-Allow-Methods"] = allowMethods
		header["Access-Control-Allow-Headers"] = allowHeaders
		header["Access-Control-Max-Age"] = preflightAges
		w.WriteHeader(http.StatusNoContent)
	case path == digestPath && r.Method == http.MethodPost:
		h.postDigest(w, r)
	case path == tipPath && reading:
		h.getTip(w, r)
	case strings.HasPrefix(path, stampPrefix) && reading:
		h.getTimestamp(w, r, path[len(stampPrefix):])
	case Handles(path) && !reading && r.Method != http.MethodPost:
		header["Allow"] = allowMethods
		answerText(w, http.StatusMethodNotAllowed, nil, "method not allowed")
	default:
		answerText(w, http.StatusNotFound, cacheHour, "not found")
	}
}

// answerBuffers are reused between answers; a pending answer has about 600
// bytes.
var answerBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

func (h *Handler) postDigest(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.ContentLength < 0, r.ContentLength == 0 && r.Header.Get("Content-Length") == "":
		answerText(w, http.StatusBadRequest, nil, "invalid Content-Length")
		return
	case r.ContentLength == 0:
		answerText(w, http.StatusBadRequest, nil, "digest empty")
		return
	case r.ContentLength > MaxDigest:
		answerText(w, http.StatusBadRequest, nil, "digest too long")
		return
	}
	// Not every ResponseWriter has deadlines; the server's own then holds.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyPatience))
	var room [MaxDigest]byte
	msg := room[:r.ContentLength]
	if _, err := io.ReadFull(r.Body, msg); err != nil {
		answerText(w, http.StatusBadRequest, nil, "invalid Content-Length")
		return
	}
	buffer := answerBuffers.Get().(*[]byte)
	defer answerBuffers.Put(buffer)
	answer, err := h.calendar.Submit(r.Context(), (*buffer)[:0], msg)
	*buffer = answer
	if err != nil {
		h.fail(w, r, err)
		return
	}
	answerBinary(w, nil, answer)
}

func (h *Handler) getTip(w http.ResponseWriter, r *http.Request) {
	tip, ok, err := h.anchors.Tip(r.Context())
	switch {
	case err != nil:
		h.fail(w, r, err)
	case !ok:
		answerText(w, http.StatusNotFound, cacheBriefly, "Not found")
	default:
		answerBinary(w, cacheBriefly, tip[:])
	}
}

func (h *Handler) getTimestamp(w http.ResponseWriter, r *http.Request, written string) {
	raw, err := hex.DecodeString(written)
	if err != nil || len(raw) == 0 {
		answerText(w, http.StatusBadRequest, cacheYear, "commitment must be hex-encoded bytes")
		return
	}
	commitment, ok := ParseCommitment(raw)
	if !ok {
		answerText(w, http.StatusNotFound, cacheMinute, "Not found")
		return
	}
	seq, err := h.journal.Find(r.Context(), commitment)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if seq == 0 {
		answerText(w, http.StatusNotFound, cacheMinute, "Not found")
		return
	}
	progress, err := h.anchors.Timestamp(r.Context(), seq, commitment)
	switch {
	case err != nil:
		h.fail(w, r, err)
	case progress.Body == nil:
		answerText(w, http.StatusNotFound, cacheMinute, PendingText(progress, h.calendar.cfg.Now()))
	case progress.Final:
		answerBinary(w, cacheYear, progress.Body)
	default:
		answerBinary(w, cacheMinute, progress.Body)
	}
}

// PendingText is otsd's sentence for a commitment that is not complete, with
// our estimate behind it. The reference client shows 160 characters of it and
// only A-Z a-z 0-9 # - . , ; and the space.
func PendingText(p Progress, now time.Time) string {
	said := "Pending confirmation in Bitcoin blockchain"
	if p.Txid != "" {
		said = fmt.Sprintf("Timestamped by transaction %s; waiting for %d confirmations", p.Txid, p.Waiting)
	}
	if p.ExpectedBy.IsZero() {
		return said
	}
	return said + "; expected in about " + roughly(p.ExpectedBy.Sub(now))
}

// roughly says a duration in the one unit that fits.
func roughly(d time.Duration) string {
	count, unit := int64(1), "minute"
	switch {
	case d < 2*time.Minute:
	case d < 2*time.Hour:
		count = int64(d / time.Minute)
	case d < 48*time.Hour:
		count, unit = int64(d/time.Hour), "hour"
	default:
		count, unit = int64(d/(24*time.Hour)), "day"
	}
	if count > 1 {
		unit += "s"
	}
	return strconv.FormatInt(count, 10) + " " + unit
}

// fail answers for an error of ours. A client that has gone away gets nothing.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	status, sentence := http.StatusServiceUnavailable, "temporarily unavailable"
	switch {
	case errors.Is(err, notary.ErrBusy):
		sentence = string(notary.ErrBusy)
	case errors.Is(err, db.ErrDiskFull):
		status, sentence = http.StatusInsufficientStorage, string(notary.ErrStorage)
	case errors.Is(err, notary.ErrStorage):
		sentence = string(notary.ErrStorage)
	default:
		h.logFailure(err)
	}
	w.Header().Set("Retry-After", "1")
	answerText(w, status, nil, sentence)
}

// logFailure logs at most one failure a second. The committer says itself when
// it cannot store.
func (h *Handler) logFailure(err error) {
	now := h.calendar.cfg.Now().Unix()
	if last := h.logged.Load(); last != now && h.logged.CompareAndSwap(last, now) {
		h.log.Error("the calendar cannot answer", "error", err)
	}
}

func answerBinary(w http.ResponseWriter, cache []string, body []byte) {
	header := w.Header()
	header["Content-Type"] = binaryType
	if cache != nil {
		header["Cache-Control"] = cache
	}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = w.Write(body)
}

func answerText(w http.ResponseWriter, status int, cache []string, sentence string) {
	header := w.Header()
	header["Content-Type"] = textType
	if cache != nil {
		header["Cache-Control"] = cache
	}
	header["Content-Length"] = []string{strconv.Itoa(len(sentence))}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, sentence)
}
