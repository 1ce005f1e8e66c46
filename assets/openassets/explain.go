package openassets

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"unicode"
	"unicode/utf8"

	"cairn/assets"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// The names of what a marker consists of, as Explain has them.
const (
	FieldReturn   = "return"          // the opcode that makes the output unspendable
	FieldOther    = "other"           // opcodes and pushes that are no marker
	FieldPush     = "push"            // how many bytes are pushed
	FieldTag      = "tag"             // "OA"
	FieldVersion  = "version"         // 1
	FieldCount    = "count"           // how many quantities follow
	FieldQuantity = "quantity"        // units of the next output
	FieldLength   = "metadata-length" // bytes
	FieldMetadata = "metadata"        // as text where it is text, else hexadecimal
	FieldUnread   = "unread"          // from where on the payload is malformed
)

// Explain takes the first marker of a transaction apart, byte by byte of its
// script; ExplainScript does so for one output. It is nil where there is none.
func Explain(tx *wire.MsgTx) []assets.Field {
	for _, out := range tx.TxOut {
		if fields := ExplainScript(out.PkScript); fields != nil {
			return fields
		}
	}
	return nil
}

// ExplainScript takes a marker's output script apart: the push that is applied,
// or else the first that has the tag. It is nil for other scripts.
func ExplainScript(script []byte) []assets.Field {
	from, to, data := payloadIn(script)
	if data == nil {
		return nil
	}
	e := explainer{}
	e.add(1, FieldReturn, "OP_RETURN")
	if from > 1 {
		e.add(from-1, FieldOther, hex.EncodeToString(script[1:from]))
	}
	e.add(to-from-len(data), FieldPush, strconv.Itoa(len(data)))
	e.payload(data)
	if to < len(script) {
		e.add(len(script)-to, FieldOther, hex.EncodeToString(script[to:]))
	}
	return e.fields
}

// payloadIn finds the push, with its opcode from and to, that is a marker.
func payloadIn(script []byte) (from, to int, data []byte) {
	if !touches(script) {
		return 0, 0, nil
	}
	tokens := txscript.MakeScriptTokenizer(0, script)
	for before := 0; tokens.Next(); before = int(tokens.ByteIndex()) {
		d := tokens.Data()
		if !bytes.HasPrefix(d, tag) {
			continue
		}
		if _, err := ParsePayload(d); err == nil {
			return before, int(tokens.ByteIndex()), d
		}
		if data == nil {
			from, to, data = before, int(tokens.ByteIndex()), d
		}
	}
	return from, to, data
}

// explainer lays fields end to end.
type explainer struct {
	fields []assets.Field
	at     int
}

func (e *explainer) add(length int, name, value string) {
	e.fields = append(e.fields, assets.Field{From: e.at, To: e.at + length, Name: name, Value: value})
	e.at += length
}

// payload goes on as far as it can be read.
func (e *explainer) payload(data []byte) {
	e.add(2, FieldTag, "OA")
	e.add(2, FieldVersion, "1")
	rest := data[len(tag):]
	count, n, err := varInt(rest)
	if err != nil || count > uint64(len(rest)) {
		e.unread(rest)
		return
	}
	e.add(n, FieldCount, strconv.FormatUint(count, 10))
	for rest = rest[n:]; count > 0; count-- {
		q, n, err := quantity(rest, specification.depth)
		if err != nil {
			e.unread(rest)
			return
		}
		e.add(n, FieldQuantity, strconv.FormatInt(q, 10))
		rest = rest[n:]
	}
	length, n, err := varInt(rest)
	if err != nil || length > uint64(len(rest)-n) {
		e.unread(rest)
		return
	}
	e.add(n, FieldLength, strconv.FormatUint(length, 10))
	rest = rest[n:]
	if length > 0 {
		e.add(int(length), FieldMetadata, printable(rest[:length]))
	}
	e.unread(rest[length:])
}

func (e *explainer) unread(rest []byte) {
	if len(rest) > 0 {
		e.add(len(rest), FieldUnread, hex.EncodeToString(rest))
	}
}

// printable is text as it is, and other bytes as hexadecimal digits.
func printable(b []byte) string {
	if !utf8.Valid(b) {
		return hex.EncodeToString(b)
	}
	for _, r := range string(b) {
		if !unicode.IsPrint(r) {
			return hex.EncodeToString(b)
		}
	}
	return string(b)
}
