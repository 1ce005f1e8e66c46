package openassets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"cairn/assets"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// tag opens every payload: "OA", then version 1 (OAP/1.0 "Marker output").
var tag = []byte{0x4f, 0x41, 0x01, 0x00}

// MaxPayload is the longest payload that every node relays, in bytes.
const MaxPayload = 80

// Marker is what a marker output says.
type Marker struct {
	// Quantities are the units of each output in order, the marker's own output
	// left out; outputs beyond the list have none.
	Quantities []int64
	// Metadata are free bytes, most often a pointer to a definition.
	Metadata []byte
}

// Payload is the marker as bytes, in the shortest form. Errors: assets.ErrUnits
// for a negative quantity.
func (m Marker) Payload() ([]byte, error) {
	out := bytes.NewBuffer(bytes.Clone(tag))
	if err := wire.WriteVarInt(out, 0, uint64(len(m.Quantities))); err != nil {
		return nil, err
	}
	for _, q := range m.Quantities {
		if q < 0 {
			return nil, fmt.Errorf("%w: %d", assets.ErrUnits, q)
		}
		out.Write(binary.AppendUvarint(nil, uint64(q))) // LEB128
	}
	if err := wire.WriteVarInt(out, 0, uint64(len(m.Metadata))); err != nil {
		return nil, err
	}
	out.Write(m.Metadata)
	return out.Bytes(), nil
}

// Script is the marker's output script. Errors: assets.ErrUnits, and
// assets.ErrTooMany when the payload is longer than MaxPayload.
func (m Marker) Script() ([]byte, error) {
	payload, err := m.Payload()
	if err != nil {
		return nil, err
	}
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%w: a marker of %d bytes, and %d at most are relayed", assets.ErrTooMany, len(payload), MaxPayload)
	}
	return txscript.NullDataScript(payload)
}

// ParseScript reads a marker from an output script: the first push behind
// OP_RETURN that is a payload. Errors: ErrNoMarker, and what ParsePayload gives
// for the first push that has the tag.
func ParseScript(script []byte) (Marker, error) { return specification.parseScript(script) }

// ParsePayload reads a marker from what follows OP_RETURN and the push. Errors:
// ErrNoMarker without the tag; ErrMarker with ErrDepth or assets.ErrUnits for a
// bad quantity.
func ParsePayload(payload []byte) (Marker, error) { return specification.parsePayload(payload) }

// Touches reports whether a transaction has anything that might be a marker in
// any reading. It allocates nothing and may say yes where there is none.
func Touches(tx *wire.MsgTx) bool {
	for _, out := range tx.TxOut {
		if touches(out.PkScript) {
			return true
		}
	}
	return false
}

func touches(script []byte) bool {
	return len(script) > 0 && script[0] == txscript.OP_RETURN && bytes.Contains(script[1:], tag)
}

func (d dialect) parseScript(script []byte) (Marker, error) {
	if !touches(script) {
		return Marker{}, ErrNoMarker
	}
	if d.onePush && !onePush(script) {
		return Marker{}, fmt.Errorf("%w: more than one push", ErrMarker)
	}
	first := error(ErrNoMarker)
	tokens := txscript.MakeScriptTokenizer(0, script[1:])
	for tokens.Next() {
		m, err := d.parsePayload(tokens.Data())
		if err == nil {
			return m, nil
		}
		if errors.Is(first, ErrNoMarker) {
			first = err
		}
	}
	return Marker{}, first
}

// onePush reports whether the script is OP_RETURN and one push, and no more.
func onePush(script []byte) bool {
	tokens := txscript.MakeScriptTokenizer(0, script[1:])
	return tokens.Next() && tokens.Data() != nil && tokens.Done() && tokens.Err() == nil
}

func (d dialect) parsePayload(payload []byte) (m Marker, err error) {
	if !bytes.HasPrefix(payload, tag) {
		return Marker{}, ErrNoMarker
	}
	if d.ruby {
		return parseRuby(payload)
	}
	return d.parseBody(payload[len(tag):])
}

func (d dialect) parseBody(rest []byte) (m Marker, err error) {
	count, n, err := varInt(rest)
	if err != nil {
		return Marker{}, err
	}
	rest = rest[n:]
	if count > uint64(len(rest)) { // a quantity has a byte at least
		return Marker{}, fmt.Errorf("%w: %d quantities in %d bytes", ErrMarker, count, len(rest))
	}
	for range count {
		q, n, err := quantity(rest, d.depth)
		if err != nil {
			return Marker{}, err
		}
		m.Quantities, rest = append(m.Quantities, q), rest[n:]
	}
	length, n, err := varInt(rest)
	if err != nil {
		return Marker{}, err
	}
	if rest = rest[n:]; length != uint64(len(rest)) {
		return Marker{}, fmt.Errorf("%w: %d bytes of metadata instead of %d", ErrMarker, len(rest), length)
	}
	m.Metadata = rest
	return m, nil
}

// quantity reads an unsigned LEB128 number of at most depth bytes, 0 for any.
// Nine bytes hold exactly the numbers up to 2^63-1.
func quantity(b []byte, depth int) (q int64, n int, err error) {
	const most = 9
	over := false
	for i, c := range b {
		if part := int64(c & 0x7f); i < most {
			q |= part << (7 * i)
		} else if part != 0 {
			over = true
		}
		if c&0x80 != 0 {
			continue
		}
		switch {
		case over:
			return 0, 0, fmt.Errorf("%w: %w: more than %d", ErrMarker, assets.ErrUnits, int64(math.MaxInt64))
		case depth > 0 && i+1 > depth:
			return 0, 0, fmt.Errorf("%w: %w: %d", ErrMarker, ErrDepth, i+1)
		}
		return q, i + 1, nil
	}
	return 0, 0, fmt.Errorf("%w: a quantity is cut off", ErrMarker)
}

// varInt reads Bitcoin's variable length integer, in any of its lengths.
func varInt(b []byte) (v uint64, n int, err error) {
	n = 1
	if len(b) > 0 && b[0] >= 0xfd {
		n = 1 + 2<<(b[0]-0xfd)
	}
	if len(b) < n {
		return 0, 0, fmt.Errorf("%w: a length is cut off", ErrMarker)
	}
	switch n {
	case 1:
		return uint64(b[0]), n, nil
	case 3:
		return uint64(binary.LittleEndian.Uint16(b[1:])), n, nil
	case 5:
		return uint64(binary.LittleEndian.Uint32(b[1:])), n, nil
	}
	return binary.LittleEndian.Uint64(b[1:]), n, nil
}
