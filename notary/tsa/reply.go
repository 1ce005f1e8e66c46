package tsa

import (
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"golang.org/x/crypto/cryptobyte"
)

// PKIStatus values (RFC 3161 §2.4.2).
const (
	statusGranted   = 0
	statusRejection = 2
)

// granted is the TimeStampResp that brings a token.
func granted(token []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(statusGranted) })
		b.AddBytes(token)
	})
	return b.BytesOrPanic()
}

// refused is the TimeStampResp that says why there is no token.
func refused(r *refusal) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(statusRejection)
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // PKIFreeText
				b.AddASN1(tag.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(r.text)) })
			})
			b.AddASN1(tag.BIT_STRING, func(b *cryptobyte.Builder) { b.AddBytes(failureBits(r.failure)) })
		})
	})
	return b.BytesOrPanic()
}

// failureBits is a named bit list with one bit set: the count of unused bits,
// then the bits without the zeros behind the last one (X.690 §11.2.2).
func failureBits(f failure) []byte {
	bits := make([]byte, 2+f/8)
	bits[0] = byte(7 - f%8)
	bits[len(bits)-1] = 0x80 >> (f % 8)
	return bits
}
