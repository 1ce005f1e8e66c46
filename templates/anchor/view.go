// Package anchor is the page of a transaction that carries stamps into a
// block.
package anchor

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"

	"cairn/notary"
	"cairn/notary/docproof"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"

	"github.com/a-h/templ"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// View is what the page shows.
type View struct {
	Meta   layout.Meta
	Anchor notary.AnchorState
	// Asked is the transaction that was asked for; another than the anchor's
	// was replaced by it.
	Asked chainhash.Hash
	// Logged: the commitments are in a public log.
	Logged bool
}

// Path is the address of a transaction's page.
func Path(txid chainhash.Hash) string { return "/anchor/" + txid.String() }

func (v View) replaced() bool  { return v.Asked != v.Anchor.Txid }
func (v View) confirmed() bool { return v.Anchor.Confirmations > 0 }
func (v View) root() string    { return hex.EncodeToString(v.Anchor.Root[:]) }

// own reports that it carries one digest alone.
func (v View) own() bool { return v.Anchor.Form != "" }

// script is the output: OP_RETURN and the root, or what stands for one digest.
func (v View) script() string {
	if v.Anchor.Form == notary.FormDocproof {
		return hex.EncodeToString(docproof.Script(v.Anchor.Root))
	}
	return "6a20" + v.root()
}

// then says what the transaction does.
func (v View) then(ctx context.Context) string {
	switch v.Anchor.Form {
	case notary.FormPlain:
		return i18n.T(ctx, "express.anchor.then")
	case notary.FormDocproof:
		return i18n.T(ctx, "express.anchor.then.docproof")
	}
	return i18n.T(ctx, "anchor.then")
}

// number writes a place in the log, which counts from 0 as files of the log
// do.
func number(seq int64) string { return strconv.FormatInt(seq-1, 10) }

// pile is the picture of how deep the transaction is: up to six stones, one
// for each confirmation asked for.
func (v View) pile(ctx context.Context) ui.Pile {
	a := v.Anchor
	if a.Needed < fewStones {
		return v.milestones(ctx)
	}
	p := ui.Pile{Total: int(min(a.Needed, 6)), Label: v.caption(ctx)}
	switch {
	case a.Complete():
		p.Solid = p.Total
	case v.confirmed():
		p.Solid, p.Pending = min(int(a.Confirmations), p.Total-1), 1
	default:
		p.Pending = 1
	}
	return p
}

// fewStones: a chain that asks for one or two confirmations would leave a
// pile of one stone, so its stones are the milestones instead: made, sent, in
// a block.
const fewStones = 3

func (v View) milestones(ctx context.Context) ui.Pile {
	if v.Anchor.Complete() {
		return ui.Pile{Total: 3, Solid: 3, Label: v.caption(ctx)}
	}
	return ui.Pile{Total: 3, Solid: 2, Pending: 1, Label: v.caption(ctx)}
}

// caption is the picture in words.
func (v View) caption(ctx context.Context) string {
	switch {
	case v.Anchor.Complete():
		return i18n.T(ctx, "anchor.caption.final")
	case v.confirmed():
		return i18n.T(ctx, "proof.caption.confirming", "Have", v.Anchor.Confirmations, "Need", v.Anchor.Needed)
	}
	return i18n.T(ctx, "proof.caption.sent")
}

// say is the one sentence the page is for.
func (v View) say() templ.Component {
	count := ui.Slots{"Count": ui.Bold(i18n.Number(v.Anchor.Digests))}
	if !v.confirmed() {
		return ui.SentenceN("anchor.say.sent", v.Anchor.Digests, count)
	}
	count["Date"] = ui.StrongDay(v.Anchor.BlockTime)
	return ui.SentenceN("anchor.say.confirmed", v.Anchor.Digests, count)
}

// waypoints is the way from the fingerprints to the block.
func (v View) waypoints(ctx context.Context) []ui.Waypoint {
	a := v.Anchor
	points := []ui.Waypoint{
		{Glyph: ui.GlyphFingerprint, Title: i18n.T(ctx, "anchor.way.digests"), Note: i18n.N(ctx, "anchor.way.digests.note", a.Digests)},
		{Glyph: ui.GlyphTree, Title: i18n.T(ctx, "way.tree"), Note: short(v.root())},
		{Glyph: ui.GlyphTransaction, Title: i18n.T(ctx, "way.tx"), Note: short(a.Txid.String())},
		{Glyph: ui.GlyphBlock, Title: i18n.T(ctx, "way.block"), Note: i18n.T(ctx, "way.coming"), Coming: true},
	}
	if v.confirmed() {
		points[3] = ui.Waypoint{
			Glyph: ui.GlyphBlock, Title: i18n.T(ctx, "way.block.height", "Height", i18n.Number(int64(a.Block.Height))), Note: i18n.Date(ctx, a.BlockTime),
		}
	}
	if v.own() {
		points[0].Title = i18n.T(ctx, "way.digest")
		return slices.Delete(points, 1, 2) // no tree
	}
	return points
}

// short is the beginning and the end of a hash, enough to tell it by.
func short(hash string) string { return hash[:6] + "…" + hash[len(hash)-4:] }
