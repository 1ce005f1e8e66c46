package ots

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"
)

// AttestationTag is the 8 bytes that say who attests.
type AttestationTag [8]byte

// The attestations that are understood. Source: python-opentimestamps
// core/notary.py; Ethereum from core/dubious/notary.py.
var (
	TagBitcoin  = AttestationTag{0x05, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 0x01}
	TagLitecoin = AttestationTag{0x06, 0x86, 0x9a, 0x0d, 0x73, 0xd7, 0x1b, 0x45}
	TagEthereum = AttestationTag{0x30, 0xfe, 0x80, 0x87, 0xb5, 0xc7, 0xea, 0xd7}
	TagPending  = AttestationTag{0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e}
)

// Attestation says that a message existed: in a block of a chain, or so far
// only at a calendar, or in a way that is not understood here. Values compare
// with ==.
type Attestation struct {
	Tag AttestationTag
	// Height is the block, for TagBitcoin, TagLitecoin and TagEthereum. The
	// message of a Bitcoin attestation is the block's Merkle root, 32 bytes
	// in internal byte order.
	Height uint64
	// URI is the calendar, for TagPending.
	URI string
	// Payload is the bytes of an attestation of any other tag, kept as they
	// came.
	Payload string
}

// Bitcoin attests the Merkle root of the Bitcoin block at a height.
func Bitcoin(height uint64) Attestation { return Attestation{Tag: TagBitcoin, Height: height} }

// Pending says that the calendar at uri promised to attest. Attest and the
// writers refuse one that CheckURI refuses.
func Pending(uri string) Attestation { return Attestation{Tag: TagPending, URI: uri} }

// Known reports whether the kind of attestation is understood.
func (a Attestation) Known() bool { return a.hasHeight() || a.Tag == TagPending }

func (a Attestation) hasHeight() bool {
	return a.Tag == TagBitcoin || a.Tag == TagLitecoin || a.Tag == TagEthereum
}

// String is what "info" prints, in the words of the reference client.
func (a Attestation) String() string {
	switch a.Tag {
	case TagBitcoin:
		return fmt.Sprintf("BitcoinBlockHeaderAttestation(%d)", a.Height)
	case TagLitecoin:
		return fmt.Sprintf("LitecoinBlockHeaderAttestation(%d)", a.Height)
	case TagEthereum:
		return fmt.Sprintf("EthereumBlockHeaderAttestation(%d)", a.Height)
	case TagPending:
		return fmt.Sprintf("PendingAttestation('%s')", a.URI)
	}
	return fmt.Sprintf("UnknownAttestation(%s, %s)", pythonBytes(string(a.Tag[:])), pythonBytes(a.Payload))
}

// Compare orders attestations as they are written: by tag, then by address,
// height or payload.
func (a Attestation) Compare(b Attestation) int {
	return cmp.Or(
		bytes.Compare(a.Tag[:], b.Tag[:]),
		cmp.Compare(a.Height, b.Height),
		cmp.Compare(a.URI, b.URI),
		cmp.Compare(a.Payload, b.Payload),
	)
}

// CheckURI tells whether an address may stand in a pending attestation:
// at most MaxURI characters of A-Z a-z 0-9 - . _ / : and nothing else.
// Errors: ErrTooLong, ErrURI.
func CheckURI(uri string) error {
	if len(uri) > MaxURI {
		return fail(ErrTooLong, "calendar address of %d bytes, at most %d", len(uri), MaxURI)
	}
	for i := range len(uri) {
		if !uriByte(uri[i]) {
			return fail(ErrURI, "byte 0x%02x", uri[i])
		}
	}
	return nil
}

func uriByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("-._/:", c) >= 0
}

// check tells whether the attestation can be written so that it is read back
// the same. Errors: ErrTooLong, ErrURI.
func (a Attestation) check() error {
	if a.Tag == TagPending {
		return CheckURI(a.URI)
	}
	if len(a.Payload) > MaxPayload {
		return fail(ErrTooLong, "attestation of %d bytes, at most %d", len(a.Payload), MaxPayload)
	}
	return nil
}

// normal clears the fields that the kind does not have, so that == means
// "written the same".
func (a Attestation) normal() Attestation {
	switch {
	case a.Tag == TagPending:
		return Attestation{Tag: a.Tag, URI: a.URI}
	case a.hasHeight():
		return Attestation{Tag: a.Tag, Height: a.Height}
	}
	return Attestation{Tag: a.Tag, Payload: a.Payload}
}

// appendPayload writes what stands between the tag's length field and the end.
func (a Attestation) appendPayload(dst []byte) []byte {
	switch {
	case a.Tag == TagPending:
		return append(binary.AppendUvarint(dst, uint64(len(a.URI))), a.URI...)
	case a.hasHeight():
		return binary.AppendUvarint(dst, a.Height)
	}
	return append(dst, a.Payload...)
}

// pythonBytes writes bytes as Python's repr does, so that info texts can be
// compared with those of the reference client.
func pythonBytes(s string) string {
	quote := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		quote = '"'
	}
	out := []byte{'b', quote}
	for i := range len(s) {
		switch c := s[i]; {
		case c == quote || c == '\\':
			out = append(out, '\\', c)
		case c == '\t':
			out = append(out, `\t`...)
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c < ' ' || c >= 0x7f:
			out = fmt.Appendf(out, `\x%02x`, c)
		default:
			out = append(out, c)
		}
	}
	return string(append(out, quote))
}
