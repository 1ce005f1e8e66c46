package api

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/sponsoring"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Sponsor pays the network fee of visitors' transactions. Propose tells who asks
// by his address, for limits.
type Sponsor interface {
	Propose(ctx context.Context, address string, req sponsoring.Request) (sponsoring.Proposal, error)
	Get(ctx context.Context, id sponsoring.ID) (sponsoring.Proposal, error)
	Accept(ctx context.Context, id sponsoring.ID, signed []byte) (sponsoring.Proposal, error)
}

const (
	// maxSponsorJSON is the largest PSBT that is taken (sponsor.Propose) in
	// base64, with room for the rest.
	maxSponsorJSON = 100_000/3*4 + 4<<10
	// proposalWeight is what a proposal counts for among questions.
	proposalWeight = 100
)

type sponsorRequest struct {
	// PSBT is in base64, as wallets show it.
	PSBT    []byte  `json:"psbt"`
	Weights []int64 `json:"weights"`
	GiftSat int64   `json:"gift_sat"`
	Blocks  int32   `json:"blocks"`
}

type proposal struct {
	ID        string           `json:"id"`
	State     sponsoring.State `json:"state"`
	PSBT      []byte           `json:"psbt"`
	FeeSat    int64            `json:"fee_sat"`
	Weight    int64            `json:"weight"`
	PriceSat  int64            `json:"price_sat"`
	Quote     *quote           `json:"quote"`
	Signed    bool             `json:"signed"`
	Txid      *string          `json:"txid"`
	ExpiresAt time.Time        `json:"expires_at"`
	Links     proposalLinks    `json:"links"`
}

type proposalLinks struct {
	Self string `json:"self"`
}

// quote is where a price is paid.
type quote struct {
	ID        string     `json:"id"`
	State     fees.State `json:"state"`
	Invoice   string     `json:"invoice,omitempty"`
	Address   string     `json:"address,omitempty"`
	ExpiresAt time.Time  `json:"expires_at"`
	Page      string     `json:"page"`
}

// sponsor proposes to pay the fee of a transaction.
func (h *Handler) sponsor(w http.ResponseWriter, r *http.Request) error {
	if !h.cfg.AllowRead(h.cfg.Address(r), proposalWeight) {
		return ErrRate
	}
	asked, err := h.readSponsor(w, r)
	if err != nil {
		return err
	}
	p, err := h.cfg.Sponsor.Propose(r.Context(), h.cfg.Address(r), sponsoring.Request{
		PSBT: asked.PSBT, Weights: asked.Weights, Gift: btcutil.Amount(asked.GiftSat), Target: asked.Blocks,
	})
	if err != nil {
		return err
	}
	view := proposalView(p)
	w.Header().Set("Location", view.Links.Self)
	return answer(w, http.StatusCreated, view)
}

// maxBlocks is the furthest goal of a fee estimate.
const maxBlocks = 1008

func (h *Handler) readSponsor(w http.ResponseWriter, r *http.Request) (sponsorRequest, error) {
	var asked sponsorRequest
	if h.cfg.Sponsor == nil {
		return asked, sponsoring.ErrNotForSale
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != typeJSON {
		return asked, ErrMediaType
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSponsorJSON))
	if err != nil {
		return asked, bodyError(err)
	}
	if json.Unmarshal(raw, &asked) != nil || asked.PSBT == nil || asked.Blocks < 0 || asked.Blocks > maxBlocks {
		return asked, ErrJSON
	}
	return asked, nil
}

// proposal is how one stands.
func (h *Handler) proposal(w http.ResponseWriter, r *http.Request) error {
	if !h.cfg.AllowRead(h.cfg.Address(r), 1) {
		return ErrRate
	}
	if h.cfg.Sponsor == nil {
		return sponsoring.ErrNotForSale
	}
	id, err := sponsoring.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	p, err := h.cfg.Sponsor.Get(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, proposalView(p))
}

// sponsorSigned takes the visitor's signatures. When the price is not paid yet,
// they are kept all the same.
func (h *Handler) sponsorSigned(w http.ResponseWriter, r *http.Request) error {
	if !h.cfg.AllowRead(h.cfg.Address(r), proposalWeight) {
		return ErrRate
	}
	id, err := sponsoring.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	asked, err := h.readSponsor(w, r)
	if err != nil {
		return err
	}
	p, err := h.cfg.Sponsor.Accept(r.Context(), id, asked.PSBT)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, proposalView(p))
}

func proposalView(p sponsoring.Proposal) proposal {
	view := proposal{
		ID: p.ID.String(), State: p.State, PSBT: p.PSBT, FeeSat: int64(p.Fee), Weight: p.Weight,
		PriceSat: int64(p.Price / amount.PerSatoshi), Signed: p.Signed, ExpiresAt: second(p.ExpiresAt),
		Links: proposalLinks{Self: Prefix + "/sponsor/" + p.ID.String()},
	}
	if p.Txid != (chainhash.Hash{}) {
		txid := p.Txid.String()
		view.Txid = &txid
	}
	if q := p.Quote; q.ID != (fees.ID{}) {
		view.Quote = &quote{
			ID: q.ID.String(), State: q.State, Invoice: q.Invoice, Address: q.Address, ExpiresAt: second(q.ExpiresAt), Page: "/pay/" + q.ID.String(),
		}
	}
	return view
}
