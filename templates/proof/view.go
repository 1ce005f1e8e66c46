// Package proof is the page of one stamped digest: how far it has come, and
// the proof to take away.
package proof

import (
	"context"
	"encoding/hex"
	"time"

	"cairn/notary"
	"cairn/templates/express"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"

	"github.com/a-h/templ"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// View is what the proof page shows.
type View struct {
	Meta  layout.Meta
	Proof notary.Proof
	// Address is how the world reaches the page.
	Address string
	// Logged: there is a public log, which gives receipts.
	Logged bool
	// Vault: there are vaults to keep the proof in.
	Vault bool
	// Token: there is a signed time-stamp for the digest.
	Token bool
	// Express is about transactions of its own.
	Express express.View
	// Now is the moment the page is made, for the time that is left.
	Now time.Time
}

// Path is the address of a digest's proof page.
func Path(d notary.Digest) string { return "/proof/" + d.String() }

func (v View) digest() string     { return v.Proof.Digest.String() }
func (v View) eventsPath() string { return Path(v.Proof.Digest) + "/events" }
func (v View) filePath() string   { return Path(v.Proof.Digest) + ".ots" }
func (v View) keepPath() string   { return "/vault/add?digest=" + v.digest() }
func (v View) certificatePath() string {
	return Path(v.Proof.Digest) + "/certificate.pdf"
}
func (v View) bundlePath() string { return Path(v.Proof.Digest) + "/bundle.zip" }
func (v View) receiptPath() string {
	return Path(v.Proof.Digest) + "/receipt"
}
func (v View) complete() bool   { return v.Proof.Stage >= notary.StageComplete }
func (v View) confirming() bool { return v.Proof.Stage >= notary.StageConfirming }

// own reports that the digest's way is a transaction of its own.
func (v View) own() bool { return v.Proof.Anchor != nil && v.Proof.Anchor.Form != "" }

// sent reports whether there is a transaction to name.
func (v View) sent() bool {
	return v.Proof.Anchor != nil && v.Proof.Anchor.Txid != (chainhash.Hash{})
}

func (v View) commitment() string { return hex.EncodeToString(v.Proof.Commitment) }
func (v View) root() string       { return hex.EncodeToString(v.Proof.Anchor.Root[:]) }

// needed is how many confirmations make the proof final; 0 before an anchor
// is known.
func (v View) needed() int32 {
	if v.Proof.Anchor == nil {
		return 0
	}
	return v.Proof.Anchor.Needed
}

// fewStones: a chain that asks for one or two confirmations would leave a
// pile of one stone, so its stones are the milestones instead: stored, sent,
// in a block.
const fewStones = 3

// pile is the picture of how far the digest has come.
func (v View) pile(ctx context.Context) ui.Pile {
	needed := v.needed()
	if needed > 0 && needed < fewStones {
		return v.milestones(ctx)
	}
	if needed == 0 {
		needed = 6
	}
	p := ui.Pile{Total: int(min(needed, 6)), Label: v.caption(ctx)}
	switch {
	case v.complete():
		p.Solid = p.Total
	case v.confirming():
		p.Solid = min(int(v.Proof.Anchor.Confirmations), p.Total-1)
		p.Pending = 1
	case v.Proof.Stage == notary.StageBroadcast:
		p.Pending = 1
	}
	return p
}

func (v View) milestones(ctx context.Context) ui.Pile {
	p := ui.Pile{Total: 3, Solid: 1, Pending: 1, Label: v.caption(ctx)}
	switch {
	case v.complete():
		p.Solid, p.Pending = 3, 0
	case v.Proof.Stage >= notary.StageBroadcast:
		p.Solid = 2
	}
	return p
}

// caption is the picture in words.
func (v View) caption(ctx context.Context) string {
	a := v.Proof.Anchor
	switch {
	case v.complete():
		return i18n.T(ctx, "proof.caption.complete")
	case v.confirming():
		return i18n.T(ctx, "proof.caption.confirming", "Have", a.Confirmations, "Need", a.Needed)
	case v.Proof.Stage == notary.StageBroadcast:
		return i18n.T(ctx, "proof.caption.sent")
	default:
		return i18n.T(ctx, "proof.caption.stored")
	}
}

// say is the one sentence the page is for.
func (v View) say() templ.Component {
	if v.confirming() {
		return ui.Sentence("proof.say.existed", ui.Slots{"Date": ui.StrongDay(v.Proof.Anchor.BlockTime)})
	}
	if v.Proof.Stage == notary.StageBroadcast {
		return ui.Sentence("proof.say.sent", nil)
	}
	return ui.Sentence("proof.say.stored", nil)
}

// then is what is to be expected next.
func (v View) then() templ.Component {
	switch {
	case v.complete():
		return ui.Sentence("proof.then.complete", nil)
	case v.confirming():
		return ui.Sentence("proof.then.confirming", nil)
	case v.Proof.Paused != "":
		return ui.Sentence("proof.then.paused", nil)
	default:
		return ui.Sentence("proof.then.leave", nil)
	}
}

// left is the time to completion in words, or empty when nothing honest can
// be said.
func (v View) left(ctx context.Context) string {
	if v.complete() || v.Proof.Paused != "" || v.Proof.ExpectedBy.IsZero() {
		return ""
	}
	if d := v.Proof.ExpectedBy.Sub(v.Now); d > 0 {
		return i18n.T(ctx, "proof.left", "Span", i18n.Span(ctx, d))
	}
	return i18n.T(ctx, "proof.left.soon")
}
