package web

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/assets/openassets"
	"cairn/chain"
	"cairn/templates/asset"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
)

// findAsset leads to what goes by a text: a path, or assets that have it in their
// name, or neither.
func (s *Server) findAsset(ctx context.Context, text string) (path string, ids []assets.ID, err error) {
	text = strings.TrimSpace(text)
	if id, err := assets.ParseID(text, s.cfg.Network); err == nil {
		_, err := s.deps.Explorer.Ledger.Asset(ctx, id, ledger.Newest)
		if err == nil {
			return asset.Path(id.Text(s.cfg.Network)), nil, nil
		}
		if !errors.Is(err, assets.ErrUnknown) && !errors.Is(err, chain.ErrNoBlock) {
			return "", nil, err
		}
	}
	if ids, err := s.findFile(ctx, text); len(ids) > 0 || err != nil {
		return s.onlyOne(ids), ids, err
	}
	if _, err := s.scriptOf(text); err == nil && !isDigits(text) {
		return asset.AddressPath(text), nil, nil
	}
	if path, err := s.findInChain(ctx, text); path != "" || err != nil {
		return path, nil, err
	}
	ids, err = s.deps.Explorer.Definitions.Find(ctx, text, mostFound)
	return "", ids, err
}

// findFile are the assets whose definition has the hash in a text, as it is or as
// pages show it.
func (s *Server) findFile(ctx context.Context, text string) ([]assets.ID, error) {
	for _, prefix := range []string{"sha256:", "hash160:"} {
		text = strings.TrimPrefix(text, prefix)
	}
	hash, err := hex.DecodeString(text)
	if err != nil {
		return nil, nil
	}
	return s.deps.Explorer.Definitions.WithFile(ctx, hash, mostFound)
}

// onlyOne is the page of the one asset that was found; empty for several.
func (s *Server) onlyOne(ids []assets.ID) string {
	if len(ids) != 1 {
		return ""
	}
	return asset.Path(ids[0].Text(s.cfg.Network))
}

// findInChain leads to a transaction, the output of one, or a block.
func (s *Server) findInChain(ctx context.Context, text string) (path string, err error) {
	if isDigits(text) && len(text) < 10 {
		return "/assets/block/" + text, nil
	}
	name, output, isOutput := strings.Cut(text, ":")
	hash, err := chainhash.NewHashFromStr(name)
	if err != nil || len(name) != 2*chainhash.HashSize {
		return "", nil
	}
	_, err = s.deps.Explorer.Ledger.Transaction(ctx, *hash)
	switch {
	case err == nil && isOutput && isDigits(output):
		return asset.TxPath(hash.String()) + "#o" + output, nil
	case err == nil:
		return asset.TxPath(hash.String()), nil
	case !errors.Is(err, ledger.ErrNoTx):
		return "", err
	}
	_, height, err := s.deps.Headers.HeaderByHash(ctx, *hash)
	if errors.Is(err, chain.ErrNoBlock) {
		return "", nil
	}
	return "/assets/block/" + strconv.Itoa(int(height)), err
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// A script goes by its digits when it has so many bytes; fewer may be a word, and
// more are too long for an address bar.
const minScriptShown, maxScriptShown = 10, 100

// scriptOf reads an address in either form, or a script in hexadecimal digits.
// Errors: openassets.ErrAddress, assets.ErrNetwork.
func (s *Server) scriptOf(text string) ([]byte, error) {
	if len(text) > 2*maxScriptShown {
		return nil, openassets.ErrAddress
	}
	script, _, anyErr := openassets.ParseAny(text, s.cfg.Network)
	if anyErr == nil {
		return script, nil
	}
	if raw, err := hex.DecodeString(text); err == nil && len(raw) >= minScriptShown && len(raw) <= maxScriptShown && len(raw) != chainhash.HashSize {
		return raw, nil
	}
	return nil, anyErr
}

// scriptText is the address of a script, or its digits where it has none; empty
// for one that is too long to go by them.
func (s *Server) scriptText(script []byte) string {
	params, err := s.cfg.Network.Params()
	if err == nil && txscript.GetScriptClass(script) != txscript.PubKeyTy {
		if _, list, _, err := txscript.ExtractPkScriptAddrs(script, params); err == nil && len(list) == 1 && txscript.GetScriptClass(script) != txscript.MultiSigTy {
			return list[0].EncodeAddress()
		}
	}
	if len(script) > maxScriptShown {
		return ""
	}
	return hex.EncodeToString(script)
}

// assetAddress is the page of an address.
func (s *Server) assetAddress(c Ctx) error {
	ctx := c.Request().Context()
	text, err := url.PathUnescape(c.Param("address"))
	if err != nil {
		return openassets.ErrAddress
	}
	script, err := s.scriptOf(text)
	if err != nil {
		return err
	}
	led := s.deps.Explorer.Ledger
	v := asset.Address{Bitcoin: s.scriptText(script)}
	if open, err := openassets.Address(script, s.cfg.Network); err == nil {
		v.Open = open
	}
	balances, err := led.Balances(ctx, script)
	if err != nil {
		return err
	}
	entries, next, err := led.AddressHistory(ctx, script, ledger.Page{After: c.QueryParam("after"), Limit: assetRows})
	if err != nil {
		return err
	}
	v.Next = next
	ids := map[assets.ID]bool{}
	for _, b := range balances {
		ids[b.Asset] = true
	}
	for _, e := range entries {
		ids[e.Asset] = true
	}
	names, err := s.assetNamesOf(ctx, ids)
	if err != nil {
		return err
	}
	for _, b := range balances {
		v.Balances = append(v.Balances, asset.Balance{Name: names[b.Asset], Units: b.Units, Coins: b.Coins})
	}
	for _, e := range entries {
		v.Entries = append(v.Entries, asset.Entry{Name: names[e.Asset], Entry: e})
	}
	if v.Waiting, err = led.WaitingOn(ctx, script); err != nil {
		return err
	}
	v.Meta = s.meta(c, t(c, "asset.address"), layout.SectionAssets)
	v.Meta.Private = true
	return render(c, http.StatusOK, asset.AddressPage(v))
}

// assetBlock lists what a block has to do with colored coins.
func (s *Server) assetBlock(c Ctx) error {
	height, err := strconv.ParseInt(c.Param("height"), 10, 32)
	if err != nil || height < 0 {
		return ErrHeight
	}
	tip, err := s.deps.Explorer.Ledger.Tip(c.Request().Context())
	if err != nil {
		return err
	}
	if int32(height) > tip.Height {
		return ledger.ErrFuture
	}
	list, err := s.deps.Explorer.Ledger.InBlock(c.Request().Context(), int32(height))
	if err != nil {
		return err
	}
	v := asset.Block{Height: int32(height), List: list}
	v.Meta = s.meta(c, t(c, "asset.block.title", "Height", strconv.Itoa(int(height))), layout.SectionAssets)
	v.Meta.Private = true
	return render(c, http.StatusOK, asset.BlockPage(v))
}

// hashesShown is how many blocks the page of hashes looks back.
const hashesShown = 500

// assetHashes is by what two ledgers compare.
func (s *Server) assetHashes(c Ctx) error {
	ctx := c.Request().Context()
	led := s.deps.Explorer.Ledger
	v := asset.Hashes{Shown: assets.OpenAssets, Site: s.cfg.PublicURL}
	var err error
	if text := c.QueryParam("protocol"); text != "" {
		if v.Shown, err = assets.ParseProtocol(text); err != nil {
			return err
		}
	}
	if v.Tip, err = led.Tip(ctx); err != nil {
		return err
	}
	if v.Base, err = led.Base(ctx); err != nil {
		return err
	}
	for _, p := range assets.Protocols {
		hash, err := led.Hash(ctx, p, v.Tip.Height)
		if err != nil {
			return err
		}
		v.Heads = append(v.Heads, asset.Head{Protocol: p, Hash: hash})
	}
	to := v.Tip.Height
	if text := c.QueryParam("to"); text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			return ErrHeight
		}
		to = min(to, int32(n))
	}
	v.From = max(v.Base, to-hashesShown+1)
	if v.Links, err = led.Hashes(ctx, v.Shown, v.From, to); err != nil {
		return err
	}
	v.Meta = s.meta(c, t(c, "asset.hashes"), layout.SectionAssets)
	return render(c, http.StatusOK, asset.HashesPage(v))
}
