// Package docproof reads and writes classic proof-of-existence outputs: an
// OP_RETURN that carries "DOCPROOF" and the SHA-256 of one document. The chain
// itself is the proof; there is no file. proofofexistence.com made them.
//
// It is pure: it imports no database, no network, no clock, and nothing of
// Cairn.
package docproof

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Marker stands before the digest: 444f4350524f4f46.
// Source: proofofexistence/docs README.
const Marker = "DOCPROOF"

// Digest is the SHA-256 of a document, in the order in which it is printed.
type Digest = [sha256.Size]byte

// ErrorKind names why a script is not such a proof; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNotDocproof: the script is something else.
	ErrNotDocproof = ErrorKind("the output is not a proof of existence")
	// ErrLength: the marker is there, but what follows is not one digest.
	ErrLength = ErrorKind("a proof of existence has 32 bytes after its marker")
)

// Script is the output script of a proof: OP_RETURN and one push of 40 bytes,
// 42 bytes in all.
func Script(digest Digest) []byte {
	script := []byte{txscript.OP_RETURN, byte(len(Marker) + len(digest))}
	script = append(script, Marker...)
	return append(script, digest[:]...)
}

// Output is a transaction output with that script and no value.
func Output(digest Digest) *wire.TxOut { return wire.NewTxOut(0, Script(digest)) }

// ParseScript reads the digest in an output script. The push may be written in
// any of the ways that script has for it, but must be the only one. Errors:
// ErrNotDocproof, ErrLength.
func ParseScript(script []byte) (Digest, error) {
	tokens := txscript.MakeScriptTokenizer(0, script)
	if !tokens.Next() || tokens.Opcode() != txscript.OP_RETURN {
		return Digest{}, ErrNotDocproof
	}
	if !tokens.Next() || !bytes.HasPrefix(tokens.Data(), []byte(Marker)) {
		return Digest{}, ErrNotDocproof
	}
	payload := tokens.Data()[len(Marker):]
	if len(payload) != len(Digest{}) {
		return Digest{}, fmt.Errorf("%w, not %d", ErrLength, len(payload))
	}
	if tokens.Next() || tokens.Err() != nil {
		return Digest{}, fmt.Errorf("%w: something follows the digest", ErrLength)
	}
	return Digest(payload), nil
}

// Found is one proof in a transaction.
type Found struct {
	// Output is the index of the output that carries it.
	Output int
	Digest Digest
}

// Find lists the proofs of a transaction in the order of its outputs; outputs
// that are none, or malformed, are passed over.
func Find(tx *wire.MsgTx) []Found {
	var found []Found
	for i, out := range tx.TxOut {
		if digest, err := ParseScript(out.PkScript); err == nil {
			found = append(found, Found{Output: i, Digest: digest})
		}
	}
	return found
}
