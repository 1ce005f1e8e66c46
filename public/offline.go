package public

import (
	"bytes"
	_ "embed"
	"encoding/json"
)

//go:embed offline/verify.html
var offlinePage []byte

//go:embed offline/receipt.html
var receiptPage []byte

// ReceiptPage is the page that checks asset receipts without a network: one HTML
// file that works from a disk. The receipt in it may be nil: the page then asks
// for one.
func ReceiptPage(receipt []byte) []byte {
	if receipt == nil {
		receipt = []byte("null")
	}
	var escaped bytes.Buffer
	json.HTMLEscape(&escaped, receipt)
	return bytes.Replace(receiptPage, evidencePlace, escaped.Bytes(), 1)
}

// evidencePlace is where the page keeps a place for its evidence; it stands in
// a script element of JSON.
var evidencePlace = []byte("{{EVIDENCE}}")

// Evidence is what an offline page comes with. All of it may be empty: the
// page then asks for it.
type Evidence struct {
	// Name is the name of the file that the proof is for, if it is known.
	Name string `json:"name,omitempty"`
	// Network is the chain's name, as chain.Network has it.
	Network string `json:"network,omitempty"`
	// Proof is the detached .ots file.
	Proof []byte `json:"proof,omitempty"`
	// Height is that of the first header, and Headers are 80 bytes each in
	// hexadecimal: the block that the proof leads to, and those after it.
	Height  int32    `json:"height,omitempty"`
	Headers []string `json:"headers,omitempty"`
}

// OfflinePage is the page that checks a proof without a network: one HTML file
// that works from a disk, with the evidence in it.
func OfflinePage(e Evidence) ([]byte, error) {
	// Marshal writes <, > and & as escapes, so that no name can end the
	// element it stands in.
	evidence, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return bytes.Replace(offlinePage, evidencePlace, evidence, 1), nil
}
