// Package find is the page for looking up what was stamped, by a file or by
// any number that belongs to it.
package find

import (
	"cairn/notary"
	"cairn/templates/layout"
)

// View is what the page shows.
type View struct {
	Meta layout.Meta
	// Query is what was looked for; empty before.
	Query string
	// Problem says why there is no answer; empty when there is one.
	Problem string
	// Missing: it could be looked for, and is not here.
	Missing bool
	// Waiting: it is here, and no transaction carries it yet.
	Waiting bool
	// Anchors are several that go by the query.
	Anchors []notary.AnchorState
}
