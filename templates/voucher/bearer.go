package voucher

import (
	"context"
	"encoding/json"

	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"
)

// BearerView is the page of whoever holds a voucher. Which one it is only the page
// knows: the server gives an empty frame.
type BearerView struct {
	Meta   layout.Meta
	Origin string
}

// drawn are the drawings for scripts, by name.
func drawn() string {
	raw, err := json.Marshal(drawings)
	if err != nil {
		panic("voucher: a map of strings: " + err.Error())
	}
	return string(raw)
}

// bearerWords are the sentences of its script.
func bearerWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"unit":          i18n.T(ctx, "voucher.unit.one"),
		"units":         i18n.T(ctx, "voucher.unit.other", ui.Places("Count")...),
		"stamp-one":     i18n.T(ctx, "voucher.stamp.one"),
		"stamp-more":    i18n.T(ctx, "voucher.stamp.other", ui.Places("Count")...),
		"stamps":        i18n.T(ctx, "voucher.stamps.left", ui.Places("Left", "Each")...),
		"until":         i18n.T(ctx, "voucher.until", ui.Places("Date")...),
		"never":         i18n.T(ctx, "voucher.until.never"),
		"good":          i18n.T(ctx, "voucher.state.good"),
		"planned":       i18n.T(ctx, "voucher.state.planned"),
		"booked":        i18n.T(ctx, "voucher.state.booked"),
		"redeemed":      i18n.T(ctx, "voucher.state.redeemed"),
		"expired":       i18n.T(ctx, "voucher.state.expired"),
		"reclaimed":     i18n.T(ctx, "voucher.state.reclaimed"),
		"claimed":       i18n.T(ctx, "voucher.state.claimed"),
		"gone":          i18n.T(ctx, "voucher.state.gone"),
		"planned-text":  i18n.T(ctx, "voucher.state.planned.text"),
		"booked-text":   i18n.T(ctx, "voucher.state.booked.text"),
		"checked":       i18n.T(ctx, "voucher.state.checked", ui.Places("Time")...),
		"offline":       i18n.T(ctx, "voucher.state.offline"),
		"was-good":      i18n.T(ctx, "voucher.state.was.good"),
		"offline-known": i18n.T(ctx, "voucher.state.offline.known", ui.Places("Time")...),
		"none":          i18n.T(ctx, "voucher.bearer.none"),
		"none-text":     i18n.T(ctx, "voucher.bearer.none.text"),
		"wrong":         i18n.T(ctx, "voucher.bearer.wrong"),
		"wrong-text":    i18n.T(ctx, "voucher.bearer.wrong.text"),
		"code":          i18n.T(ctx, "voucher.bearer.code"),
		"given":         i18n.T(ctx, "voucher.bearer.given"),
		"use-where":     i18n.T(ctx, "voucher.bearer.use.where", ui.Places("Shop")...),
		"use-place":     i18n.T(ctx, "voucher.bearer.use.place", ui.Places("Shop", "Place")...),
		"share-text":    i18n.T(ctx, "voucher.bearer.share.text", ui.Places("Name")...),
		"claim-wait":    i18n.T(ctx, "voucher.bearer.claim.wait"),
		"claim-done":    i18n.T(ctx, "voucher.bearer.claim.done"),
		"unreachable":   i18n.T(ctx, "voucher.unreachable"),
		"money":         i18n.T(ctx, "voucher.money.text", ui.Places("Amount")...),
		"money-wait":    i18n.T(ctx, "voucher.money.wait"),
		"money-label":   i18n.T(ctx, "voucher.money.label"),
		"money-done":    i18n.T(ctx, "voucher.money.done", ui.Places("Amount", "Fee")...),
		"money-little":  i18n.T(ctx, "voucher.money.little", ui.Places("Fee")...),
	})
}
