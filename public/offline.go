package public

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"slices"
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

//go:embed offline/standin.js
var standIn []byte

// StandInPlan is what a service worker keeps for the time without a network, for the
// pages of one folder.
type StandInPlan struct {
	// Version is another whenever something of the product is.
	Version string `json:"version"`
	// Folder is where it stands, and Pages a regular expression of the paths that it
	// serves; Frame is shown in their place.
	Folder string `json:"folder"`
	Pages  string `json:"pages"`
	Frame  string `json:"frame"`
	// Files belong to the frame.
	Files []string `json:"files"`
}

// StandIn is the service worker of a plan.
func StandIn(p StandInPlan) ([]byte, error) {
	plan, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte("self.standin="), plan, []byte(";\n"), standIn), nil
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
