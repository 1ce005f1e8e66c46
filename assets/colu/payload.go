package colu

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"math"
)

// MaxPayload is how long a payload may be that a transaction is built with
// (cc-transaction); reading knows no limit.
const MaxPayload = 80

// Kind is what a payload does.
type Kind string

// The kinds, by the ranges of opcodes 00–0f, 10–1f and 20–2f.
const (
	Issuance Kind = "issuance"
	Moving   Kind = "transfer"
	Burning  Kind = "burn"
)

// The low digit of an opcode says where the hashes of metadata are.
const (
	allInside     = 0 // info-hash and SHA-256 follow the opcode
	sha256Outside = 1 // info-hash follows, SHA-256 is in a 1-of-2 output
	allOutside    = 2 // both are in a 1-of-3 output
	infoHashOnly  = 3 // info-hash follows, with rules in the metadata
	infoHashNoRul = 4 // the same without rules (transfer, burn)
	noMetadata    = 5
)

// An issue counts from 1, and has another last two: 05 and 06 say whether rules
// may come later.
const (
	issueLocked = 0x05
	issueOpen   = 0x06
)

// Payload is what an OP_RETURN output says.
type Payload struct {
	// Version is 1 or 2; others are read as 2.
	Version byte
	// Opcode is the operation as it was written, Kind what it is.
	Opcode byte
	Kind   Kind
	// InfoHash is the SHA-1 of the torrent of the metadata, MetadataHash the
	// SHA-256 of the metadata; nil where they are not in the payload.
	InfoHash, MetadataHash []byte
	// Units and Traits are of what is issued. Huge says that over 2^63-1 units are.
	Units  int64
	Huge   bool
	Traits Traits
	// Payments say where units go, in order.
	Payments []Payment
}

// hashesOutside counts those that a bare multisig output carries.
func (p *Payload) hashesOutside() int {
	switch p.hashes() {
	case sha256Outside:
		return 1
	case allOutside:
		return 2
	}
	return 0
}

// hashes is the low digit of the opcode as transfers and burns have it.
func (p *Payload) hashes() byte {
	if p.Kind != Issuance {
		return p.Opcode & 0x0f
	}
	switch p.Opcode {
	case issueLocked, issueOpen:
		return noMetadata
	}
	return p.Opcode - 1
}

func kindOf(opcode byte) (Kind, bool) {
	switch opcode & 0xf0 {
	case 0x00:
		return Issuance, opcode >= 0x01 && opcode <= issueOpen
	case 0x10:
		return Moving, opcode <= 0x15
	case 0x20:
		return Burning, opcode <= 0x25
	}
	return "", false
}

// header is "CC", version and opcode.
const headerLength = 4

// Parse reads a payload. Like the packages it takes what is there: an issue's
// flags are its last byte whatever comes before it, and payments that are cut off
// count as far as they go. Errors: ErrPayload, ErrOpcode.
func Parse(b []byte) (*Payload, error) {
	if len(b) < 2 || b[0] != 'C' || b[1] != 'C' {
		return nil, fmt.Errorf("%w: it does not open with CC", ErrPayload)
	}
	if len(b) < headerLength {
		return nil, fmt.Errorf("%w: %d bytes", ErrPayload, len(b))
	}
	kind, known := kindOf(b[3])
	if !known {
		return nil, fmt.Errorf("%w: %02x", ErrOpcode, b[3])
	}
	p := &Payload{Version: b[2], Opcode: b[3], Kind: kind}
	rest := b[headerLength:]
	if kind == Issuance {
		if len(rest) == 0 { // the opcode would be the flags
			return nil, fmt.Errorf("%w: an issue without flags", ErrPayload)
		}
		p.Traits = readTraits(rest[len(rest)-1])
		rest = rest[:len(rest)-1]
	}
	p.InfoHash, p.MetadataHash, rest = readHashes(p.hashes(), rest)
	if kind == Issuance {
		var n amount
		n, rest = readSFFC(rest)
		p.Units, p.Huge = n.value, n.huge
		if p.Version == 1 {
			p.Units /= int64(math.Pow10(p.Traits.Divisibility))
		}
	}
	p.Payments = readPayments(rest, kind == Burning)
	return p, nil
}

// readHashes reads those that follow the opcode, cut off or not.
func readHashes(which byte, b []byte) (infoHash, metadata, rest []byte) {
	take := func(n int) (taken []byte) {
		n = min(n, len(b))
		taken, b = b[:n:n], b[n:]
		return taken
	}
	switch which {
	case allInside:
		infoHash, metadata = take(sha1.Size), take(sha256.Size)
	case sha256Outside, infoHashOnly, infoHashNoRul:
		infoHash = take(sha1.Size)
	}
	return infoHash, metadata, b
}

// Hashes point to the metadata of an issue or a transfer.
type Hashes struct {
	// InfoHash is the 20 bytes under which BitTorrent knows it, see InfoHash.
	InfoHash []byte
	// Metadata is its SHA-256; without it the metadata is only as safe as SHA-1.
	Metadata []byte
}

func (h Hashes) check() error {
	switch {
	case len(h.InfoHash) == 0 && len(h.Metadata) == 0:
		return nil
	case len(h.InfoHash) != sha1.Size:
		return fmt.Errorf("%w: %d bytes", ErrHashes, len(h.InfoHash))
	case len(h.Metadata) != 0 && len(h.Metadata) != sha256.Size:
		return fmt.Errorf("%w: a SHA-256 of %d bytes", ErrHashes, len(h.Metadata))
	}
	return nil
}

// Bytes writes the payload with the hashes as far as they fit: outside are those,
// info-hash before SHA-256, that a multisig output has to carry. The opcode is
// chosen by that; rules may be added to an issue later only where rules is set.
// Errors: ErrSize, ErrHashes, ErrFlags, ErrAmount, ErrOutput, ErrInput.
func (p *Payload) Bytes(h Hashes, rules bool) (b []byte, outside [][]byte, err error) {
	if err := h.check(); err != nil {
		return nil, nil, err
	}
	body, err := p.body()
	if err != nil {
		return nil, nil, err
	}
	room := MaxPayload - headerLength - len(body)
	if room < 0 {
		return nil, nil, fmt.Errorf("%w: %d bytes without hashes", ErrSize, headerLength+len(body))
	}
	opcode, inside := byte(noMetadata), []byte(nil)
	switch {
	case len(h.InfoHash) == 0:
	case len(h.Metadata) == 0:
		if room < sha1.Size {
			return nil, nil, fmt.Errorf("%w: no room for the info-hash", ErrSize)
		}
		opcode, inside = infoHashNoRul, h.InfoHash
		if rules || p.Kind == Issuance {
			opcode = infoHashOnly
		}
	case room >= sha1.Size+sha256.Size:
		opcode, inside = allInside, append(append(inside, h.InfoHash...), h.Metadata...)
	case room >= sha1.Size:
		opcode, inside, outside = sha256Outside, h.InfoHash, [][]byte{h.Metadata}
	default:
		opcode, outside = allOutside, [][]byte{h.InfoHash, h.Metadata}
	}
	b = append(b, 'C', 'C', p.Version, opcodeOf(p.Kind, opcode, rules))
	b = append(b, inside...)
	return append(b, body...), outside, nil
}

func opcodeOf(kind Kind, hashes byte, rules bool) byte {
	switch kind {
	case Moving:
		return 0x10 | hashes
	case Burning:
		return 0x20 | hashes
	}
	switch {
	case hashes == noMetadata && rules:
		return issueOpen
	case hashes == noMetadata:
		return issueLocked
	}
	return hashes + 1
}

// body is what follows the hashes.
func (p *Payload) body() (b []byte, err error) {
	if p.Kind != Issuance {
		return appendPayments(nil, p.Payments, p.Kind == Burning)
	}
	flags, err := p.Traits.flags()
	if err != nil {
		return nil, err
	}
	if b, err = appendSFFC(nil, p.Units); err != nil {
		return nil, err
	}
	if b, err = appendPayments(b, p.Payments, false); err != nil {
		return nil, err
	}
	return append(b, flags), nil
}
