// Package donate is the page of gifts to the operator.
package donate

import (
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

// View is the page.
type View struct {
	Meta layout.Meta
	// Address is the Lightning address, Code an LNURL for it in bech32; either
	// may be empty.
	Address, Code string
	Least, Most   btcutil.Amount
	Form          Form
}

// Form is what a donor has filled in.
type Form struct {
	Problem, Amount, Note string
}

// amounts are what the buttons give.
var amounts = []btcutil.Amount{1_000, 5_000, 21_000}
