package home

import (
	"context"

	"cairn/templates/i18n"
	"cairn/templates/ui"
)

// runWords are the sentences of public/src/stamp.js and rows.js.
func runWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"running":    i18n.T(ctx, "run.running"),
		"paused":     i18n.T(ctx, "run.paused"),
		"finished":   i18n.T(ctx, "run.finished"),
		"empty":      i18n.T(ctx, "run.empty"),
		"count":      i18n.T(ctx, "run.count", ui.Places("Done", "Count")...),
		"bytes":      i18n.T(ctx, "run.bytes", ui.Places("Read", "Total")...),
		"speed":      i18n.T(ctx, "run.speed", ui.Places("Size")...),
		"left":       i18n.T(ctx, "run.left", ui.Places("Time")...),
		"more":       i18n.T(ctx, "run.more", ui.Places("Count")...),
		"failed":     i18n.T(ctx, "run.failed", ui.Places("Count")...),
		"stopped":    i18n.T(ctx, "run.stopped", ui.Places("Count")...),
		"proofs":     i18n.T(ctx, "run.proofs", ui.Places("Count")...),
		"forgetful":  i18n.T(ctx, "run.forgetful"),
		"offline":    i18n.T(ctx, "run.offline"),
		"busy":       i18n.T(ctx, "run.busy"),
		"fetching":   i18n.T(ctx, "run.fetching", ui.Places("Done", "Count")...),
		"unfetched":  i18n.T(ctx, "run.unfetched"),
		"waiting":    i18n.T(ctx, "stamp.waiting", ui.Places("Size")...),
		"reading":    i18n.T(ctx, "stamp.reading-part", ui.Places("Part", "Size")...),
		"sending":    i18n.T(ctx, "stamp.sending"),
		"stored":     i18n.T(ctx, "stamp.stored"),
		"cancelled":  i18n.T(ctx, "stamp.cancelled", ui.Places("Part", "Size")...),
		"proof":      i18n.T(ctx, "stamp.proof"),
		"unreadable": i18n.T(ctx, "stamp.unreadable"),
		"unopened":   i18n.T(ctx, "stamp.unopened"),
		"desk":       i18n.T(ctx, "stamp.desk"),
		"price":      i18n.T(ctx, "bulk.price.script", ui.Places("Count", "Price")...),
		"again":      i18n.T(ctx, "bulk.again", ui.Places("Time")...),
		"pay":        i18n.T(ctx, "bulk.pay", ui.Places("Price")...),
		"paying":     i18n.T(ctx, "bulk.waiting"),
		"arriving":   i18n.T(ctx, "bulk.arriving"),
		"renewed":    i18n.T(ctx, "bulk.renewed"),
		"declined":   i18n.T(ctx, "bulk.declined"),
	})
}

// pasteWords are the sentences of public/src/paste.js.
func pasteWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"bad":       i18n.T(ctx, "paste.bad", ui.Places("Line", "Why")...),
		"others":    i18n.T(ctx, "paste.others", ui.Places("Count")...),
		"line":      i18n.T(ctx, "error.sums.line"),
		"algorithm": i18n.T(ctx, "error.sums.algorithm"),
		"conflict":  i18n.T(ctx, "error.sums.conflict"),
		"too-long":  i18n.T(ctx, "error.sums.too-long"),
		"too-many":  i18n.T(ctx, "error.sums.too-many"),
	})
}
