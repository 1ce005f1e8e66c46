package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire"
)

func TestBlockQuestions(t *testing.T) {
	s := newSite(t)
	header, err := s.notary.HeaderAt(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	hash := header.BlockHash().String()

	w := s.ask("GET", "/esplora/block-height/100", "")
	if w.Body.String() != hash || w.Header().Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("height: %s %v", w.Body, w.Header())
	}

	w = s.ask("GET", "/esplora/block/"+hash, "")
	var block esploraBlockJSON
	if err := json.Unmarshal(w.Body.Bytes(), &block); err != nil {
		t.Fatal(err)
	}
	want := esploraBlockJSON{
		ID: hash, Height: 100, Version: 4, Timestamp: header.Timestamp.Unix(), MerkleRoot: header.MerkleRoot.String(),
		PreviousBlockHash: header.PrevBlock.String(), Nonce: s.notary.blocks[100].Nonce, Bits: 0x207fffff,
	}
	if block != want {
		t.Errorf("got %+v, want %+v", block, want)
	}

	w = s.ask("GET", "/esplora/block/"+hash+"/header", "")
	raw, err := hex.DecodeString(w.Body.String())
	if err != nil {
		t.Fatal(err)
	}
	var back wire.BlockHeader
	if err := back.Deserialize(bytes.NewReader(raw)); err != nil || back.BlockHash() != header.BlockHash() {
		t.Errorf("the header came back as another: %v", err)
	}
}

func TestBlockQuestionsWithoutAnAnswer(t *testing.T) {
	s := newSite(t)
	for path, status := range map[string]int{
		"/esplora/block-height/101":                               404,
		"/esplora/block-height/-1":                                400,
		"/esplora/block-height/x":                                 400,
		"/esplora/block-height/99999999999":                       400,
		"/esplora/block/" + strings.Repeat("00", 32):              404,
		"/esplora/block/" + strings.Repeat("00", 32) + "/header":  404,
		"/esplora/block/00":                                       400,
		"/esplora/block/" + strings.Repeat("zz", 32) + "/header":  400,
		"/esplora/block/" + strings.Repeat("00", 33) + "/header":  400,
		"/esplora/blocks/tip/height":                              404,
		"/esplora/block/" + strings.Repeat("00", 32) + "/nothing": 404,
	} {
		if w := s.ask("GET", path, ""); w.Code != status {
			t.Errorf("%s: %d, want %d", path, w.Code, status)
		}
	}
}

func TestReadiness(t *testing.T) {
	wrong := errors.New("password=hunter2 refused")
	checks := []Check{
		{"database", func(context.Context) error { return nil }},
		{"follower", func(context.Context) error { return wrong }},
	}
	s := newSite(t, func(_ *Config, d *Deps) { d.Ready = checks[:1] })
	w := s.ask("GET", "/readyz", "")
	if w.Code != http.StatusOK || w.Body.String() != `{"ready":true,"checks":{"database":"ok"}}`+"\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s = newSite(t, func(_ *Config, d *Deps) { d.Ready = checks })
	w = s.ask("GET", "/readyz", "")
	if w.Code != http.StatusServiceUnavailable || w.Body.String() != `{"ready":false,"checks":{"database":"ok","follower":"failing"}}`+"\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/livez", ""); w.Code != http.StatusOK || w.Body.String() != "ok\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAReadinessCheckThatHangsFails(t *testing.T) {
	s := newSite(t, func(_ *Config, d *Deps) {
		d.Ready = []Check{{"slow", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}}
	})
	wantStatus(t, s.ask("GET", "/readyz", ""), http.StatusServiceUnavailable)
}
