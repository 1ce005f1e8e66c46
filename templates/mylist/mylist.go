// Package mylist is the page of the proofs that a browser remembers by
// itself. The server knows none of them: a script fills the page.
package mylist

import (
	"context"

	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"
)

// View is the page, the same for everybody.
type View struct{ Meta layout.Meta }

// words are the sentences of public/src/proofs.js.
func words(ctx context.Context) string {
	return ui.Words(map[string]string{
		"count":      i18n.T(ctx, "list.count", ui.Places("Count")...),
		"matches":    i18n.T(ctx, "list.matches", ui.Places("Shown", "Count")...),
		"more":       i18n.T(ctx, "list.more", ui.Places("Count")...),
		"forgotten":  i18n.T(ctx, "list.forgotten", ui.Places("Name")...),
		"emptied":    i18n.T(ctx, "list.emptied"),
		"exported":   i18n.T(ctx, "list.exported", ui.Places("Count")...),
		"exporting":  i18n.T(ctx, "list.exporting", ui.Places("Done", "Count")...),
		"imported":   i18n.T(ctx, "list.imported", ui.Places("Count")...),
		"not-a-list": i18n.T(ctx, "list.not-a-list"),
		"too-large":  i18n.T(ctx, "list.too-large"),
		"offline":    i18n.T(ctx, "list.offline"),
		"looking":    i18n.T(ctx, "list.looking", ui.Places("Name")...),
		"found":      i18n.T(ctx, "list.found", ui.Places("Name")...),
		"not-found":  i18n.T(ctx, "list.not-found", ui.Places("Name")...),
		"unreadable": i18n.T(ctx, "stamp.unreadable"),
		"forbidden":  i18n.T(ctx, "list.forbidden"),
		"stored":     i18n.T(ctx, "list.stage.stored"),
		"in-tree":    i18n.T(ctx, "list.stage.in-tree"),
		"broadcast":  i18n.T(ctx, "list.stage.broadcast"),
		"confirming": i18n.T(ctx, "list.stage.confirming", ui.Places("Done", "Count")...),
		"complete":   i18n.T(ctx, "list.stage.complete"),
		"elsewhere":  i18n.T(ctx, "list.stage.elsewhere"),
		"unknown":    i18n.T(ctx, "list.stage.unknown"),
		"nameless":   i18n.T(ctx, "list.nameless"),
	})
}
