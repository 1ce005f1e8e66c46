package voucher

import (
	"context"
	"time"

	"cairn/chain"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"
)

// TillView is the counter.
type TillView struct {
	Meta    layout.Meta
	Key     string
	Shop    string
	Slug    string // the shop's public name
	Till    string // its name; may be empty
	Cashier string // whose link it is
	// Undo is how long a redemption can be taken back.
	Undo time.Duration
	// Frame is set where nobody's counter is shown, for the time without a network.
	Frame bool
	// Owner is set when it is the owner's own link, whose desk is then linked.
	Owner bool
}

func (v TillView) title(ctx context.Context) string {
	if v.Till != "" {
		return v.Till
	}
	return i18n.T(ctx, "voucher.till")
}

// path is where the counter asks; empty for nobody's.
func (v TillView) path() string {
	if v.Frame {
		return ""
	}
	return TillPath(v.Key)
}

func (v TillView) network() chain.Network { return v.Meta.Network }

// tillWords are the sentences of the counter's script.
func tillWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"good":          i18n.T(ctx, "voucher.till.good"),
		"good-text":     i18n.T(ctx, "voucher.till.good.text", ui.Places("Units", "Name")...),
		"left":          i18n.T(ctx, "voucher.till.left", ui.Places("Left")...),
		"left-none":     i18n.T(ctx, "voucher.till.left.none"),
		"bad":           i18n.T(ctx, "voucher.till.bad"),
		"kept":          i18n.T(ctx, "voucher.till.kept"),
		"kept-text":     i18n.T(ctx, "voucher.till.kept.text"),
		"kept-twice":    i18n.T(ctx, "voucher.till.kept.twice"),
		"keep":          i18n.T(ctx, "voucher.till.keep", ui.Places("Units")...),
		"unknown":       i18n.T(ctx, "voucher.till.unknown"),
		"unknown-text":  i18n.T(ctx, "voucher.till.unknown.text"),
		"later":         i18n.T(ctx, "voucher.till.later"),
		"voucher":       i18n.T(ctx, "voucher.till.voucher", ui.Places("Name")...),
		"no-code-link":  i18n.T(ctx, "voucher.till.no-code.link"),
		"camera-busy":   i18n.T(ctx, "voucher.till.camera.busy"),
		"undo-row":      i18n.T(ctx, "voucher.till.undo.row"),
		"undo-name":     i18n.T(ctx, "voucher.till.undo.name", ui.Places("Name")...),
		"queue-revoked": i18n.T(ctx, "voucher.till.queue.revoked"),
		"unsure":        i18n.T(ctx, "voucher.till.unsure"),
		"no-code":       i18n.T(ctx, "voucher.till.no-code"),
		"same":          i18n.T(ctx, "voucher.till.same"),
		"unit":          i18n.T(ctx, "voucher.unit.one"),
		"units":         i18n.T(ctx, "voucher.unit.other", ui.Places("Count")...),
		"stamp-one":     i18n.T(ctx, "voucher.stamp.one"),
		"stamp-more":    i18n.T(ctx, "voucher.stamp.other", ui.Places("Count")...),
		"redeem-once":   i18n.T(ctx, "voucher.till.redeem.once"),
		"redeem":        i18n.T(ctx, "voucher.till.redeem", ui.Places("Units")...),
		"stamp":         i18n.T(ctx, "voucher.till.stamp", ui.Places("Units")...),
		"undo":          i18n.T(ctx, "voucher.till.undo", ui.Places("Seconds")...),
		"undone":        i18n.T(ctx, "voucher.till.undone"),
		"undone-text":   i18n.T(ctx, "voucher.till.undone.text"),
		"undo-late":     i18n.T(ctx, "voucher.till.undo.late"),
		"queue-one":     i18n.T(ctx, "voucher.till.queue.one"),
		"queue":         i18n.T(ctx, "voucher.till.queue", ui.Places("Count")...),
		"queue-failed":  i18n.T(ctx, "voucher.till.queue.failed", ui.Places("Name", "Why")...),
		"queue-done":    i18n.T(ctx, "voucher.till.queue.done", ui.Places("Units", "Name")...),
		"no-camera":     i18n.T(ctx, "voucher.till.no-camera"),
		"refused":       i18n.T(ctx, "voucher.till.camera.refused"),
		"looking":       i18n.T(ctx, "voucher.till.looking"),
		"of":            i18n.T(ctx, "voucher.till.of", ui.Places("Left")...),
		"never":         i18n.T(ctx, "voucher.until.never"),
		"stamps":        i18n.T(ctx, "voucher.stamps.left", ui.Places("Left", "Each")...),
		"until":         i18n.T(ctx, "voucher.until", ui.Places("Date")...),
		"torch-on":      i18n.T(ctx, "voucher.till.torch.on"),
		"torch-off":     i18n.T(ctx, "voucher.till.torch.off"),
		"row-good":      i18n.T(ctx, "voucher.till.row.good"),
		"row-bad":       i18n.T(ctx, "voucher.till.row.bad"),
		"row-undone":    i18n.T(ctx, "voucher.till.row.undone"),
	})
}
