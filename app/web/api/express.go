package api

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"cairn/app/paywall"
	"cairn/channels/fees"
	"cairn/notary"
)

// expressWhat is what a quote for a transaction of its own is for.
const expressWhat = "express-anchor"

// Express sells transactions of their own for single digests.
type Express interface {
	// Sell stamps a digest and makes a quote for it, if it could be made now.
	Sell(ctx context.Context, d notary.Digest, form notary.Form, memo string) (fees.Quote, error)
	// For is what a quote was made for.
	For(q fees.Quote) (notary.Digest, notary.Form, error)
}

type expressRequest struct {
	Digest *string `json:"digest"`
	Form   string  `json:"form"`
}

// express has a digest carried by a transaction of its own, in the next block.
// It is always paid for: without a credential the answer is the price, and with
// one how far the digest is. Whether anybody comes back with the credential or
// not, what was paid for is made.
func (h *Handler) express(w http.ResponseWriter, r *http.Request) error {
	d, form, err := readExpress(w, r)
	if err != nil {
		return err
	}
	if !h.cfg.Allow(h.cfg.Address(r), 1) {
		return ErrRate
	}
	if h.cfg.Express == nil || h.cfg.Wall == nil {
		return fees.ErrUnpayable
	}
	memo := "Cairn: a transaction of its own for " + d.String()[:8]
	sale := asked{
		Handler: h, w: w, r: r, what: expressWhat,
		price: func() (paywall.Ask, error) { return paywall.Ask{What: expressWhat, Memo: memo}, nil },
		sell: func(ctx context.Context, ask paywall.Ask) (paywall.Offer, error) {
			q, err := h.cfg.Express.Sell(ctx, d, form, memo)
			if err != nil {
				return paywall.Offer{}, err
			}
			return h.cfg.Wall.Again(q, ask)
		},
	}
	if r.Header.Get("Authorization") == "" {
		return sale.pay(ErrPaymentRequired)
	}
	pass, err := sale.admit()
	if err != nil {
		return err
	}
	paidFor, paidForm, err := h.cfg.Express.For(pass.Quote)
	switch {
	case err != nil:
		return err
	case paidFor != d || paidForm != form:
		return sale.pay(paywall.ErrOther)
	case pass.Quote.State == fees.Late:
		return fees.ErrLate
	}
	proof, err := h.cfg.Notary.Proof(r.Context(), d)
	if err != nil {
		return err
	}
	sale.receipt(pass)
	w.Header().Set("Location", proofPath(d))
	return answer(w, http.StatusAccepted, proofView(proof))
}

func readExpress(w http.ResponseWriter, r *http.Request) (notary.Digest, notary.Form, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != typeJSON {
		return notary.Digest{}, "", ErrMediaType
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxStampBody))
	if err != nil {
		return notary.Digest{}, "", bodyError(err)
	}
	var asked expressRequest
	if err := json.Unmarshal(raw, &asked); err != nil || asked.Digest == nil {
		return notary.Digest{}, "", ErrJSON
	}
	d, err := notary.ParseDigest(*asked.Digest)
	if err != nil {
		return notary.Digest{}, "", err
	}
	form, err := notary.ParseForm(asked.Form)
	return d, form, err
}
