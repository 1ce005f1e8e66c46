package api

import (
	"context"
	"net/http"

	"cairn/assets"
	"cairn/assets/receipt"

	"github.com/btcsuite/btcd/wire"
)

// Receipts prove what coins hold; maker.Maker is one.
type Receipts interface {
	Make(ctx context.Context, at wire.OutPoint, p assets.Protocol) (*receipt.File, error)
}

// receiptWeight is what a receipt counts among an address's requests: it may have
// hundreds of blocks read.
const receiptWeight = 20

// assetReceipt is the proof of what a coin holds.
func (h *Handler) assetReceipt(w http.ResponseWriter, r *http.Request) error {
	if h.cfg.Receipts == nil {
		return ErrNotFound
	}
	if !h.cfg.Allow(h.cfg.Address(r), receiptWeight) {
		return ErrRate
	}
	at, err := receipt.ParseCoin(r.PathValue("coin"))
	if err != nil {
		return err
	}
	var protocol assets.Protocol
	if name := r.URL.Query().Get("protocol"); name != "" {
		if protocol, err = assets.ParseProtocol(name); err != nil {
			return err
		}
	}
	file, err := h.cfg.Receipts.Make(r.Context(), at, protocol)
	if err != nil {
		return err
	}
	raw, err := file.Encode()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(raw)
	return err
}
