package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"mime"
	"net/http"

	"cairn/app/idempotency"
	"cairn/app/paywall"
	"cairn/notary"
)

const (
	typeJSON   = "application/json"
	typeNDJSON = "application/x-ndjson"
	typeText   = "text/plain"

	// maxStampBody takes one digest, maxListBody 10,000 lines of up to 400
	// bytes.
	maxStampBody = 4 << 10
	maxListBody  = 4 << 20
)

// stampRequest is the body of a stamp of one digest.
type stampRequest struct {
	Digest *string `json:"digest"`
}

// stamp stamps one digest (JSON), or a batch of them (NDJSON, or the lines of
// sha256sum as plain text).
func (h *Handler) stamp(w http.ResponseWriter, r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ErrMediaType
	}
	switch media {
	case typeJSON:
		return h.stampOne(w, r)
	case typeNDJSON:
		return h.stampMany(w, r, media, readJSONLines)
	case typeText:
		return h.stampMany(w, r, media, readSums)
	}
	return ErrMediaType
}

func (h *Handler) stampOne(w http.ResponseWriter, r *http.Request) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxStampBody))
	if err != nil {
		return bodyError(err)
	}
	var asked stampRequest
	if err := json.Unmarshal(raw, &asked); err != nil || asked.Digest == nil {
		return ErrJSON
	}
	d, err := notary.ParseDigest(*asked.Digest)
	if err != nil {
		return err
	}
	if !h.cfg.Allow(h.cfg.Address(r), 1) {
		return ErrRate
	}
	fingerprint := requestHash(typeJSON)
	fingerprint.Write(raw)
	key := r.Header.Get(idempotencyKey)
	return h.once(w, r, key, sum(fingerprint), func(ctx context.Context, _ [sha256.Size]byte) (idempotency.Answer, error) {
		status := http.StatusOK
		proof, err := h.cfg.Notary.Proof(ctx, d)
		if errors.Is(err, notary.ErrUnknownDigest) {
			status = http.StatusCreated
			proof, err = h.cfg.Notary.Stamp(ctx, d)
		}
		if err != nil {
			return idempotency.Answer{}, err
		}
		return jsonAnswer(status, proofView(proof))
	}, proofPath(d))
}

func (h *Handler) stampMany(w http.ResponseWriter, r *http.Request, media string, read func(io.Reader) ([]notary.Digest, error)) error {
	address := h.cfg.Address(r)
	if !h.cfg.Allow(address, 1) {
		return ErrRate
	}
	fingerprint := requestHash(media)
	body := io.Reader(http.MaxBytesReader(w, r.Body, maxListBody))
	key := r.Header.Get(idempotencyKey)
	pays := h.cfg.Wall != nil && r.Header.Get("Authorization") != ""
	if key != "" || pays {
		body = io.TeeReader(body, fingerprint)
	}
	digests, err := read(body)
	if err != nil {
		var line *LineError
		if errors.As(err, &line) {
			h.cfg.Allow(address, line.Line) // reading them counts as well
		}
		return bodyError(err)
	}
	if !h.cfg.Allow(address, len(digests)-1) {
		return ErrRate
	}
	stamp := func(ctx context.Context, name [sha256.Size]byte) (idempotency.Answer, error) {
		var batch notary.Batch
		var err error
		if name == ([sha256.Size]byte{}) {
			batch, err = h.cfg.Notary.StampMany(ctx, digests)
		} else {
			batch, err = h.cfg.Notary.StampBatch(ctx, notary.BatchID(name[:]), digests)
		}
		if err != nil {
			return idempotency.Answer{}, err
		}
		return jsonAnswer(http.StatusCreated, batchView(batch))
	}
	if h.cfg.Wall == nil {
		return h.once(w, r, key, sum(fingerprint), stamp, "")
	}
	sale := asked{
		Handler: h, w: w, r: r, what: paywall.Stamps, sell: h.cfg.Wall.Offer,
		price: func() (paywall.Ask, error) { return h.cfg.Wall.StampsAsk(len(digests)) },
	}
	if !pays {
		return h.once(w, r, key, sum(fingerprint), func(ctx context.Context, name [sha256.Size]byte) (idempotency.Answer, error) {
			return sale.freely(ctx, len(digests), func(ctx context.Context) (idempotency.Answer, error) { return stamp(ctx, name) })
		}, "")
	}
	pass, err := sale.admit()
	if err != nil {
		return err
	}
	if key == "" {
		key = payKey(pass, sum(fingerprint))
	}
	sale.receipt(pass)
	return h.once(w, r, key, sum(fingerprint), func(ctx context.Context, name [sha256.Size]byte) (idempotency.Answer, error) {
		return sale.paid(ctx, pass, name, len(digests), func(ctx context.Context) (idempotency.Answer, error) { return stamp(ctx, name) })
	}, "")
}

// sum ends a fingerprint.
func sum(h hash.Hash) [sha256.Size]byte { return [sha256.Size]byte(h.Sum(nil)) }

// requestHash begins the hash of what makes two stamp requests the same; the
// body follows.
func requestHash(media string) hash.Hash {
	h := sha256.New()
	io.WriteString(h, http.MethodPost+" "+Prefix+"/stamps\n"+media+"\n")
	return h
}

// once acts, or repeats the answer of the same request under the same key, if
// there is one. act gets a name that only this request under this key has,
// so that it finds what it made should it be asked again. location is told of
// what was made; empty to take the answer's own link.
func (h *Handler) once(w http.ResponseWriter, r *http.Request, key string, request [sha256.Size]byte,
	act func(ctx context.Context, name [sha256.Size]byte) (idempotency.Answer, error), location string,
) error {
	var done idempotency.Answer
	var err error
	if key == "" {
		done, err = act(r.Context(), [sha256.Size]byte{})
	} else {
		if err := idempotency.Check(key); err != nil {
			return err
		}
		name := sha256.Sum256(append([]byte("cairn batch\n"+key+"\n"), request[:]...))
		var replayed bool
		done, replayed, err = h.cfg.Keys.Do(r.Context(), key, request, func(ctx context.Context) (idempotency.Answer, error) { return act(ctx, name) })
		if replayed {
			w.Header().Set(replayedHeader, "true")
		}
	}
	if err != nil {
		return err
	}
	if location == "" {
		var linked struct{ Links struct{ Self string } }
		if err := json.Unmarshal(done.Body, &linked); err != nil {
			return err
		}
		location = linked.Links.Self
	}
	w.Header().Set("Location", location)
	answerRaw(w, done.Status, done.Body)
	return nil
}

func jsonAnswer(status int, value any) (idempotency.Answer, error) {
	raw, err := json.Marshal(value)
	return idempotency.Answer{Status: status, Body: append(raw, '\n')}, err
}

// bodyError is the error of a body that could not be read: what is wrong with
// it stays, and a connection that broke is a request that cannot be read.
func bodyError(err error) error {
	var large *http.MaxBytesError
	var line *LineError
	switch {
	case errors.As(err, &large):
		return ErrBodySize
	case errors.As(err, &line), errors.Is(err, ErrNoLines):
		return err
	}
	return ErrJSON
}
