package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/chain"
)

// AssetLedger tells by what two ledgers of colored coins compare; ledger.Ledger
// is one.
type AssetLedger interface {
	Tip(ctx context.Context) (chain.BlockRef, error)
	Base(ctx context.Context) (int32, error)
	Hash(ctx context.Context, p assets.Protocol, height int32) ([32]byte, error)
	Hashes(ctx context.Context, p assets.Protocol, from, to int32) ([]ledger.Link, error)
}

// hashesView is the chain of hashes of a protocol up to a block.
type hashesView struct {
	Protocol string     `json:"protocol"`
	From     int32      `json:"from_height"`
	Tip      int32      `json:"tip_height"`
	TipHash  string     `json:"tip_hash"`
	Height   int32      `json:"height"`
	Hash     string     `json:"hash"`
	Links    []linkView `json:"links"`
}

// linkView is a block that changed it.
type linkView struct {
	Height int32  `json:"height"`
	Block  string `json:"block"`
	Hash   string `json:"hash"`
}

// assetHashes is the hash of a protocol's ledger after a block, and with "from"
// the blocks that changed it since.
func (h *Handler) assetHashes(w http.ResponseWriter, r *http.Request) error {
	if h.cfg.Ledger == nil {
		return ErrNotFound
	}
	if !h.cfg.AllowRead(h.cfg.Address(r), 1) {
		return ErrRate
	}
	p, err := assets.ParseProtocol(r.PathValue("protocol"))
	if err != nil {
		return ErrNotFound
	}
	from, err := heightOf(r, "from", -1)
	if err != nil {
		return err
	}
	ctx := r.Context()
	tip, err := h.cfg.Ledger.Tip(ctx)
	if err != nil {
		return err
	}
	v := hashesView{Protocol: p.String(), Tip: tip.Height, TipHash: tip.Hash.String(), Links: []linkView{}}
	if v.From, err = h.cfg.Ledger.Base(ctx); err != nil {
		return err
	}
	if v.Height, err = heightOf(r, "height", tip.Height); err != nil {
		return err
	}
	hash, err := h.cfg.Ledger.Hash(ctx, p, v.Height)
	if errors.Is(err, ledger.ErrFuture) {
		return fmt.Errorf("%w: %w", chain.ErrNoBlock, err)
	}
	if err != nil {
		return err
	}
	v.Hash = hex.EncodeToString(hash[:])
	if from >= 0 {
		links, err := h.cfg.Ledger.Hashes(ctx, p, from, v.Height)
		if err != nil {
			return err
		}
		for _, l := range links {
			v.Links = append(v.Links, linkView{l.Block.Height, l.Block.Hash.String(), hex.EncodeToString(l.Hash[:])})
		}
	}
	return answer(w, http.StatusOK, v)
}

// heightOf is a height in the query. Errors: ErrPage.
func heightOf(r *http.Request, name string, otherwise int32) (int32, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, ErrPage
	}
	return int32(n), nil
}
