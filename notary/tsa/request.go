package tsa

import (
	"crypto"
	"encoding/asn1"

	"cairn/notary"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// maxNonce bounds a nonce, in bytes: clients send 8 to 20, and a token repeats
// whatever it is.
const maxNonce = 64

// request is a TimeStampReq (RFC 3161 §2.4.1) that is well formed.
type request struct {
	hash    crypto.Hash
	hashed  []byte
	imprint []byte                // the MessageImprint as sent, which the token repeats
	policy  asn1.ObjectIdentifier // nil when any will do
	nonce   []byte                // the INTEGER as sent, tag and all; nil for none
	certs   bool
}

// hashes are the algorithms whose imprints are signed. MD5 and SHA-1 are not:
// two files with one imprint can be made.
var hashes = []struct {
	hash crypto.Hash
	oid  asn1.ObjectIdentifier
}{
	{crypto.SHA256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}},
	{crypto.SHA384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}},
	{crypto.SHA512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}},
}

var errFormat = refuse(badDataFormat, "this is not a time-stamp query in DER")

// parseRequest reads a TimeStampReq. Its errors are refusals.
func parseRequest(der []byte) (*request, error) {
	input := cryptobyte.String(der)
	var body cryptobyte.String
	if !input.ReadASN1(&body, tag.SEQUENCE) || !input.Empty() {
		return nil, errFormat
	}
	var version int64
	if !body.ReadASN1Integer(&version) {
		return nil, errFormat
	}
	if version != 1 {
		return nil, refuse(badRequest, "only version 1 of the protocol is known")
	}
	r := &request{}
	if err := r.readImprint(&body); err != nil {
		return nil, err
	}
	if body.PeekASN1Tag(tag.OBJECT_IDENTIFIER) && !readOID(&body, &r.policy) {
		return nil, errFormat
	}
	if err := r.readNonce(&body); err != nil {
		return nil, err
	}
	if body.PeekASN1Tag(tag.BOOLEAN) && !body.ReadASN1Boolean(&r.certs) {
		return nil, errFormat
	}
	// RFC 3161 §2.4.1: an extension that is not known is refused, critical or
	// not, and none is known here.
	var extensions cryptobyte.String
	var extended bool
	if !body.ReadOptionalASN1(&extensions, &extended, tag.Tag(0).ContextSpecific().Constructed()) || !body.Empty() {
		return nil, errFormat
	}
	if extended {
		return nil, refuse(unacceptedExtension, "extensions are not accepted")
	}
	return r, nil
}

// readImprint reads the MessageImprint and keeps it as it was sent.
func (r *request) readImprint(body *cryptobyte.String) error {
	var whole, imprint, algorithm, hashed cryptobyte.String
	if !body.ReadASN1Element(&whole, tag.SEQUENCE) {
		return errFormat
	}
	r.imprint = whole
	var oid asn1.ObjectIdentifier
	if !whole.ReadASN1(&imprint, tag.SEQUENCE) || !imprint.ReadASN1(&algorithm, tag.SEQUENCE) ||
		!readOID(&algorithm, &oid) || !imprint.ReadASN1(&hashed, tag.OCTET_STRING) || !imprint.Empty() {
		return errFormat
	}
	for _, known := range hashes {
		if known.oid.Equal(oid) {
			r.hash = known.hash
		}
	}
	if r.hash == 0 {
		return refuse(badAlg, "imprints are taken in SHA-256, SHA-384 and SHA-512")
	}
	// The parameters are NULL or absent (RFC 5754 §2).
	if !algorithm.Empty() && (!algorithm.SkipASN1(tag.NULL) || !algorithm.Empty()) {
		return errFormat
	}
	if len(hashed) != r.hash.Size() {
		return refuse(badDataFormat, "the imprint is not as long as its algorithm makes it")
	}
	r.hashed = hashed
	return nil
}

func (r *request) readNonce(body *cryptobyte.String) error {
	if !body.PeekASN1Tag(tag.INTEGER) {
		return nil
	}
	var whole cryptobyte.String
	if !body.ReadASN1Element(&whole, tag.INTEGER) {
		return errFormat
	}
	if len(whole) > 2+maxNonce {
		return refuse(badDataFormat, "the nonce is longer than 64 bytes")
	}
	value := whole[2:]
	minimal := len(value) > 0 && (len(value) == 1 || !(value[0] == 0 && value[1] < 0x80) && !(value[0] == 0xff && value[1] >= 0x80))
	if !minimal {
		return errFormat
	}
	r.nonce = whole
	return nil
}

// readOID reads an object identifier. One whose arcs do not fit an int is
// well formed, and equal to none that is known here.
func readOID(s *cryptobyte.String, oid *asn1.ObjectIdentifier) bool {
	rest := *s
	if s.ReadASN1ObjectIdentifier(oid) {
		return true
	}
	*s = rest
	var raw cryptobyte.String
	if !s.ReadASN1(&raw, tag.OBJECT_IDENTIFIER) || len(raw) == 0 || raw[len(raw)-1]&0x80 != 0 {
		return false
	}
	*oid = asn1.ObjectIdentifier{}
	return true
}

// digest is the imprint as a digest that the calendar keeps by itself.
func (r *request) digest() (d notary.Digest, ok bool) {
	if r.hash != crypto.SHA256 {
		return d, false
	}
	return notary.Digest(r.hashed), true
}

// requestFor is what a query for a token with certificates would ask.
func requestFor(d notary.Digest) *request {
	var b cryptobyte.Builder
	addImprint(&b, d[:])
	return &request{hash: crypto.SHA256, hashed: d[:], imprint: b.BytesOrPanic(), certs: true}
}
