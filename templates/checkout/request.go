package checkout

import (
	"strings"

	"cairn/channels/bip321"
	"cairn/channels/fees"

	"github.com/btcsuite/btcd/btcutil"
)

// Request is what a wallet is asked to pay.
type Request struct {
	// Text is what the code says, and what is copied.
	Text string
	// Link opens a wallet on the visitor's device.
	Link string
	// Invoice and Address are what Text has of each; empty for none.
	Invoice, Address string
	// OnChain is how much is asked for at the address.
	OnChain btcutil.Amount
}

// smallest is the least that a payment on chain asks for: what every kind of
// output may hold.
const smallest = 546

// NewRequest is what to ask of the payer of a quote, by his choice of a way;
// one that the quote does not have becomes the other. The second value is false
// when nothing can be asked for now.
//
// The invoice is for the whole price, so once a part has come it is left out:
// the rest is asked for on chain.
func NewRequest(q fees.Quote, only Way) (Request, bool) {
	var r Request
	part := q.Missing() < q.Price
	if q.InvoiceOpen && !part {
		r.Invoice = q.Invoice
	}
	r.Address = q.Address
	if r.Invoice != "" && r.Address != "" {
		switch only {
		case Lightning:
			r.Address = ""
		case Chain:
			r.Invoice = ""
		}
	}
	link := bip321.Link{}
	if r.Address != "" {
		r.OnChain = max(q.OnChainAmount(), smallest)
		link.Addresses, link.Amount = []string{r.Address}, r.OnChain
	}
	if r.Invoice != "" {
		link.Lightning = []string{r.Invoice}
	}
	var err error
	switch {
	case r.Address != "":
		r.Text, err = link.String()
		r.Link = r.Text
	case r.Invoice != "":
		r.Text, err = link.LightningOnly()
		// Wallets are found by the scheme as it is usually written.
		r.Link = "lightning:" + strings.TrimPrefix(r.Text, "LIGHTNING:")
	default:
		return Request{}, false
	}
	return r, err == nil
}

// both reports whether the visitor has a choice.
func both(q fees.Quote) bool {
	r, ok := NewRequest(q, AnyWay)
	return ok && r.Invoice != "" && r.Address != ""
}
