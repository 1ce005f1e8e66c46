package web

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// fakeHashes is a ledger at block 7 that began at block 2, and changed in block 5.
type fakeHashes struct{}

func (fakeHashes) Tip(context.Context) (chain.BlockRef, error) {
	return chain.BlockRef{Height: 7, Hash: chainhash.Hash{7}}, nil
}

func (fakeHashes) Base(context.Context) (int32, error) { return 2, nil }

func (fakeHashes) Hash(_ context.Context, p assets.Protocol, height int32) ([32]byte, error) {
	if height > 7 {
		return [32]byte{}, fmt.Errorf("%w: %d", ledger.ErrFuture, height)
	}
	return [32]byte{byte(p), byte(height / 5)}, nil
}

func (fakeHashes) Hashes(_ context.Context, p assets.Protocol, from, to int32) ([]ledger.Link, error) {
	if from > 5 || to < 5 {
		return nil, nil
	}
	return []ledger.Link{{Block: chain.BlockRef{Height: 5, Hash: chainhash.Hash{5}}, Hash: [32]byte{byte(p), 1}}}, nil
}

// compares asks by what ledgers are compared.
func (c *apiContract) compares(t *testing.T) {
	const at = "/api/v1/assets/ledger/"
	s := newSite(t, func(_ *Config, d *Deps) { d.API.Ledger = fakeHashes{} })
	w := c.ask(s, "GET", at+"colu", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, `"protocol":"colu","from_height":2,"tip_height":7,`, `"height":7,"hash":"0201`, `"links":[]`)
	w = c.ask(s, "GET", at+"open-assets?height=4", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, `"height":4,"hash":"0100`)
	w = c.ask(s, "GET", at+"epobc?from=0", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, `"links":[{"height":5,"block":"00000`, `"hash":"0301`)
	c.fails(s, 404, "not-found", "GET", at+"runes", "")
	c.fails(s, 404, "no-block", "GET", at+"colu?height=8", "")
	c.fails(s, 422, "page", "GET", at+"colu?height=-1", "")
	c.fails(s, 422, "page", "GET", at+"colu?from=x", "")
	few := newSite(t, func(cfg *Config, d *Deps) { cfg.APIRate, d.API.Ledger = 1, fakeHashes{} })
	for range 10 {
		c.ask(few, "GET", at+"colu", "")
	}
	c.fails(few, 429, "too-many-requests", "GET", at+"colu", "")
	none := newSite(t)
	c.fails(none, 404, "not-found", "GET", at+"colu", "")
}
