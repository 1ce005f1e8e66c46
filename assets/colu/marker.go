package colu

import (
	"crypto/sha1"
	"crypto/sha256"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// pushed finds the first data that an OP_RETURN script pushes: its bytes are
// script[from:to]. What follows is ignored (Full-Node, block_parser.js).
func pushed(script []byte) (from, to int, found bool) {
	if len(script) < 2 || script[0] != txscript.OP_RETURN {
		return 0, 0, false
	}
	var size int
	switch op := script[1]; {
	case op >= txscript.OP_DATA_1 && op <= txscript.OP_DATA_75:
		from, size = 2, int(op)
	case op == txscript.OP_PUSHDATA1 && len(script) >= 3:
		from, size = 3, int(script[2])
	case op == txscript.OP_PUSHDATA2 && len(script) >= 4:
		from, size = 4, int(script[2])|int(script[3])<<8
	default:
		return 0, 0, false
	}
	if size > len(script)-from {
		return 0, 0, false
	}
	return from, from + size, true
}

// payloadOf is the payload of an output's script, nil for one that has none.
func payloadOf(script []byte) []byte {
	from, to, found := pushed(script)
	if !found || to-from < 2 || script[from] != 'C' || script[from+1] != 'C' {
		return nil
	}
	return script[from:to]
}

// Touches reports whether the transaction carries anything that opens like a
// payload. It allocates nothing.
func Touches(tx *wire.MsgTx) bool {
	for _, out := range tx.TxOut {
		if payloadOf(out.PkScript) != nil {
			return true
		}
	}
	return false
}

// Find is the transaction's payload and the output that carries it: the first
// that can be read (Full-Node). Without one the output is that of the first that
// cannot, and -1 where nothing opens like one. Errors: ErrPayload, ErrOpcode.
func Find(tx *wire.MsgTx) (p *Payload, output int, err error) {
	output = -1
	for i, out := range tx.TxOut {
		payload := payloadOf(out.PkScript)
		if payload == nil {
			continue
		}
		p, parseErr := Parse(payload)
		if parseErr == nil {
			return p, i, nil
		}
		if output < 0 {
			output, err = i, parseErr
		}
	}
	return nil, output, err
}

// keyLength is that of the compressed keys that hashes pretend to be.
const keyLength = 33

// outsideHashes reads the hashes that a bare multisig output carries as keys
// behind its real one: "1 <key> <03|sha256> 2", or with "<03|0×11|sha1|0>" and 3
// (cc-transaction-builder, _addHashesOutput, which fills up at the end). nil for
// any other script.
func outsideHashes(script []byte) (infoHash, metadata []byte) {
	const two, three = 1 + 2*(1+keyLength) + 2, 1 + 3*(1+keyLength) + 2
	n := 2
	switch len(script) {
	case two:
	case three:
		n = 3
	default:
		return nil, nil
	}
	if script[0] != txscript.OP_1 || script[len(script)-2] != txscript.OP_1-1+byte(n) ||
		script[len(script)-1] != txscript.OP_CHECKMULTISIG {
		return nil, nil
	}
	keys := make([][]byte, n)
	for i := range keys {
		at := 1 + i*(1+keyLength)
		if script[at] != keyLength {
			return nil, nil
		}
		keys[i] = script[at+1 : at+1+keyLength]
	}
	metadata = keys[1][1 : 1+sha256.Size]
	if n == 3 {
		infoHash = keys[2][12 : 12+sha1.Size]
	}
	return infoHash, metadata
}

// hashesScript is the script of outsideHashes; a nil infoHash makes it 1-of-2.
// key is whose value the output is, 33 bytes, nil for nobody's.
func hashesScript(key, infoHash, metadata []byte) []byte {
	if key == nil {
		key = nobody
	}
	b := txscript.NewScriptBuilder().AddOp(txscript.OP_1).AddData(key)
	b.AddData(append([]byte{0x03}, metadata...))
	n := byte(txscript.OP_2)
	if infoHash != nil {
		padded := make([]byte, keyLength)
		padded[0] = 0x03
		copy(padded[12:], infoHash)
		b.AddData(padded)
		n = txscript.OP_3
	}
	script, _ := b.AddOp(n).AddOp(txscript.OP_CHECKMULTISIG).Script() // far below the limits
	return script
}

// nobody is the key that the packages use where none is given.
var nobody = append([]byte{0x03}, bytesOf(0xff, 32)...)

func bytesOf(b byte, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = b
	}
	return out
}

// hashesOf are all hashes of a transaction's metadata, in the payload or beside
// it: 20 bytes of info-hash, then 32 of SHA-256; shorter where one is missing.
func hashesOf(tx *wire.MsgTx, p *Payload) []byte {
	infoHash, metadata := p.InfoHash, p.MetadataHash
	if p.hashesOutside() > 0 { // the packages put that output first
		inOutput, sha := outsideHashes(tx.TxOut[0].PkScript)
		metadata = sha
		if p.hashesOutside() == 2 {
			infoHash = inOutput
		}
	}
	if len(infoHash) != sha1.Size { // cut off
		return nil
	}
	if len(metadata) != sha256.Size {
		metadata = nil
	}
	return append(append(make([]byte, 0, len(infoHash)+len(metadata)), infoHash...), metadata...)
}
