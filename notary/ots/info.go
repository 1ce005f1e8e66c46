package ots

import (
	"encoding/hex"
	"strings"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Info is the text that people read: the digest, then the tree, one step a
// line, where a fork indents. Its words are those of the reference clients'
// "info" (java-opentimestamps and opentimestamps-client).
func (f *File) Info() string {
	var w strings.Builder
	w.WriteString("File " + f.Hash.String() + " hash: " + hex.EncodeToString(f.Digest()) + "\n")
	w.WriteString("Timestamp:\n")
	f.Timestamp.info(&w, "")
	return w.String()
}

// Info is the tree part of File.Info.
func (t *Timestamp) Info() string {
	var w strings.Builder
	t.info(&w, "")
	return w.String()
}

// maxIndent is where the text stops moving to the right: a proof made to annoy
// could otherwise blow up to a thousand times its size.
const maxIndent = 64

func (t *Timestamp) info(w *strings.Builder, indent string) {
	for _, a := range t.attestations {
		w.WriteString(indent + "verify " + a.String() + "\n")
		switch {
		case len(t.msg) != chainhash.HashSize: // no Merkle root, whatever is attested
		case a.Tag == TagBitcoin:
			w.WriteString(indent + "# Bitcoin block merkle root " + reversedHex(t.msg) + "\n")
		case a.Tag == TagLitecoin:
			w.WriteString(indent + "# Litecoin block merkle root " + reversedHex(t.msg) + "\n")
		}
	}
	if txid, ok := t.TransactionID(); ok {
		w.WriteString(indent + "# Bitcoin transaction id " + reversedHex(txid[:]) + "\n")
	}
	if len(t.branches) == 1 {
		w.WriteString(indent + t.branches[0].Op.String() + "\n")
		t.branches[0].Result.info(w, indent)
		return
	}
	below := indent
	if len(indent) < maxIndent {
		below += "    "
	}
	for _, b := range t.branches {
		w.WriteString(indent + " -> " + b.Op.String() + "\n")
		b.Result.info(w, below)
	}
}

// reversedHex writes a hash as block explorers do.
func reversedHex(msg []byte) string {
	out := make([]byte, 0, 2*len(msg))
	for i := len(msg) - 1; i >= 0; i-- {
		out = hex.AppendEncode(out, msg[i:i+1])
	}
	return string(out)
}
