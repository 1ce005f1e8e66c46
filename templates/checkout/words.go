package checkout

import (
	"context"

	"cairn/channels/fees"
	"cairn/templates/i18n"
	"cairn/templates/ui"
)

// countWords are the sentences of the count-down (public/src/checkout.js).
func countWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"left": i18n.T(ctx, "pay.left", ui.Places("Left")...),
		"soon": i18n.T(ctx, "pay.soon"),
		"over": i18n.T(ctx, "pay.over"),
	})
}

// wayName is how a payment came, in words.
func wayName(ctx context.Context, w fees.Way) string {
	switch w {
	case fees.OverLightning:
		return i18n.T(ctx, "receipt.way.lightning")
	case fees.OverChain:
		return i18n.T(ctx, "receipt.way.chain")
	}
	return i18n.T(ctx, "receipt.way.credit")
}

// fileName is that of a receipt that is taken away.
func (v View) fileName() string { return "receipt-" + v.Quote.ID.String()[:8] }
