// Package purse is the wallet in the page as people see it: its dialog, for any
// page that uses keys, and its own page. What a wallet holds is known to the
// browser alone, so these pages are places that scripts fill (public/src/keys).
package purse

import (
	"strings"

	"cairn/chain"
	"cairn/templates/layout"

	"github.com/a-h/templ"
)

// View is the wallet's page.
type View struct {
	Meta    layout.Meta
	Network chain.Network
	// Faucet: play money can be had here.
	Faucet bool
	// Assets is the part about what coins hold beside satoshi; nil for none.
	Assets templ.Component
}

// mark stands for a value that a script puts into a sentence.
const mark = "\x00"

// before and after are the parts of a sentence around mark.
func before(sentence string) string {
	head, _, _ := strings.Cut(sentence, mark)
	return head
}

func after(sentence string) string {
	_, tail, _ := strings.Cut(sentence, mark)
	return tail
}
