package tsa

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSignedData        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertV2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256            = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSAWithSHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidRSAEncryption     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	context0             = tag.Tag(0).ContextSpecific().Constructed()
	contextDirectoryName = tag.Tag(4).ContextSpecific().Constructed()
)

// accuracySeconds is how far the time in a token may be from the time it was
// made: it is cut to the second.
const accuracySeconds = 1

// serialBytes is the length of serial numbers, which are random: with 2^127 of
// them no two replicas, and no restart, ever give the same (RFC 3161 §2.4.2
// allows 160 bits).
const serialBytes = 16

// made is a token just signed.
type made struct {
	der    []byte // a ContentInfo
	serial *big.Int
	time   time.Time // UTC, whole seconds
}

// sign makes the token for a request: a CMS SignedData (RFC 5652) around a
// TSTInfo (RFC 3161 §2.4.2).
func sign(r *request, c *credentials, policy asn1.ObjectIdentifier, now time.Time, random io.Reader) (made, error) {
	var raw [serialBytes]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return made{}, fmt.Errorf("make a serial number: %w", err)
	}
	raw[0] &= 0x7f
	m := made{serial: new(big.Int).SetBytes(raw[:]), time: now.UTC().Truncate(time.Second)}
	info, err := tstInfo(r, c.leaf, policy, m)
	if err != nil {
		return made{}, fmt.Errorf("write the token's content: %w", err)
	}
	attributes, err := signedAttributes(info, c.leaf, m.time)
	if err != nil {
		return made{}, fmt.Errorf("write the token's attributes: %w", err)
	}
	// What is signed is the SET OF, not the [0] it stands under in the
	// SignerInfo (RFC 5652 §5.4).
	digest := sha256.Sum256(attributes)
	signature, err := c.key.Sign(random, digest[:], crypto.SHA256)
	if err != nil {
		return made{}, fmt.Errorf("sign a token: %w", err)
	}
	m.der, err = signedData(info, attributes, signature, c, r.certs)
	if err != nil {
		return made{}, fmt.Errorf("write a token: %w", err)
	}
	return m, nil
}

func tstInfo(r *request, leaf *x509.Certificate, policy asn1.ObjectIdentifier, m made) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1ObjectIdentifier(policy)
		b.AddBytes(r.imprint)
		b.AddASN1BigInt(m.serial)
		b.AddASN1GeneralizedTime(m.time)
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(accuracySeconds) })
		// ordering is FALSE, its default, which DER leaves out.
		b.AddBytes(r.nonce)
		b.AddASN1(context0, func(b *cryptobyte.Builder) {
			b.AddASN1(contextDirectoryName, func(b *cryptobyte.Builder) { b.AddBytes(leaf.RawSubject) })
		})
	})
	return b.Bytes()
}

// signedAttributes is the SET OF what is signed besides the content's hash. The
// certificate is among it, so that no other can be put in its place (RFC 5816).
func signedAttributes(content []byte, leaf *x509.Certificate, at time.Time) ([]byte, error) {
	digest, certificate := sha256.Sum256(content), sha256.Sum256(leaf.Raw)
	var set [][]byte
	var failed error
	attribute := func(oid asn1.ObjectIdentifier, value func(b *cryptobyte.Builder)) {
		var b cryptobyte.Builder
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid)
			b.AddASN1(tag.SET, value)
		})
		der, err := b.Bytes()
		set, failed = append(set, der), errors.Join(failed, err)
	}
	attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidTSTInfo) })
	attribute(oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(digest[:]) })
	attribute(oidSigningTime, func(b *cryptobyte.Builder) {
		if at.Year() < 2050 { // RFC 5652 §11.3
			b.AddASN1UTCTime(at)
		} else {
			b.AddASN1GeneralizedTime(at)
		}
	})
	attribute(oidSigningCertV2, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // SigningCertificateV2
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // certs
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // ESSCertIDv2, by SHA-256, the default
					b.AddASN1OctetString(certificate[:])
					b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // IssuerSerial
						b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddASN1(contextDirectoryName, func(b *cryptobyte.Builder) { b.AddBytes(leaf.RawIssuer) })
						})
						b.AddASN1BigInt(leaf.SerialNumber)
					})
				})
			})
		})
	})
	if failed != nil {
		return nil, failed
	}
	// DER sorts the elements of a SET OF.
	slices.SortFunc(set, bytes.Compare)
	var b cryptobyte.Builder
	b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(set, nil)) })
	return b.Bytes()
}

func signedData(content, attributes, signature []byte, c *credentials, certs bool) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // ContentInfo
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(context0, func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // SignedData
				b.AddASN1Int64(3)
				b.AddASN1(tag.SET, addSHA256)
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidTSTInfo)
					b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddASN1OctetString(content) })
				})
				if certs {
					b.AddASN1(context0, func(b *cryptobyte.Builder) { addCertificates(b, c) })
				}
				b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { addSigner(b, attributes, signature, c) })
			})
		})
	})
	return b.Bytes()
}

// addCertificates adds the signer's certificate and those between it and the
// root, in the order of a SET OF. The root is left out: whoever verifies has to
// have it from elsewhere.
func addCertificates(b *cryptobyte.Builder, c *credentials) {
	var raw [][]byte
	for _, cert := range c.chain {
		if !bytes.Equal(cert.RawIssuer, cert.RawSubject) || cert == c.leaf {
			raw = append(raw, cert.Raw)
		}
	}
	slices.SortFunc(raw, bytes.Compare)
	b.AddBytes(bytes.Join(raw, nil))
}

func addSigner(b *cryptobyte.Builder, attributes, signature []byte, c *credentials) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(c.leaf.RawIssuer)
			b.AddASN1BigInt(c.leaf.SerialNumber)
		})
		addSHA256(b)
		b.AddBytes([]byte{byte(context0)})
		b.AddBytes(attributes[1:]) // the same, under [0] in place of SET
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			switch c.key.Public().(type) {
			case *ecdsa.PublicKey:
				b.AddASN1ObjectIdentifier(oidECDSAWithSHA256)
			case *rsa.PublicKey:
				b.AddASN1ObjectIdentifier(oidRSAEncryption)
				b.AddASN1NULL()
			}
		})
		b.AddASN1OctetString(signature)
	})
}

func addSHA256(b *cryptobyte.Builder) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSHA256)
		b.AddASN1NULL()
	})
}

// addImprint adds the MessageImprint of a SHA-256 hash.
func addImprint(b *cryptobyte.Builder, hashed []byte) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		addSHA256(b)
		b.AddASN1OctetString(hashed)
	})
}
