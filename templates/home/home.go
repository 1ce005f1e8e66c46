// Package home is the first page: a place to drop a file.
package home

import (
	"cairn/notary"
	"cairn/templates/layout"
)

// View is what the home page shows.
type View struct {
	Meta layout.Meta
	// Status is the calendar's; Known is false when it could not be asked, and
	// the page then leaves the line out.
	Status notary.Status
	Known  bool
	// Pasted and PasteError are a digest somebody tried to stamp by hand and
	// what was wrong with it, in his language.
	Pasted, PasteError string
}
