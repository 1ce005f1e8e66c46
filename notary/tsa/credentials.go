package tsa

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// credentials are a key that signs tokens, with its certificates.
type credentials struct {
	key  crypto.Signer
	leaf *x509.Certificate
	// chain leads from leaf upward, as far as it is known.
	chain []*x509.Certificate
	// retire is when another takes its place; the zero time for never.
	retire time.Time
}

func (c *credentials) fingerprint() [32]byte { return sha256.Sum256(c.leaf.Raw) }

// chainDER is the chain as it is stored.
func (c *credentials) chainDER() []byte {
	var raw [][]byte
	for _, cert := range c.chain {
		raw = append(raw, cert.Raw)
	}
	return bytes.Join(raw, nil)
}

var (
	oidExtKeyUsage  = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidTimeStamping = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
)

// check refuses what no verifier would accept: RFC 3161 §2.3 asks for one
// extended key usage, time-stamping, marked critical.
func (c *credentials) check(now time.Time) error {
	if !now.Before(c.leaf.NotAfter) || now.Before(c.leaf.NotBefore) {
		return fmt.Errorf("%w: the certificate is valid from %s to %s", ErrCredentials,
			c.leaf.NotBefore.UTC().Format(time.RFC3339), c.leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	critical := slices.ContainsFunc(c.leaf.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidExtKeyUsage) && e.Critical })
	if !critical || len(c.leaf.UnknownExtKeyUsage) > 0 || !slices.Equal(c.leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}) {
		return fmt.Errorf("%w: the certificate must have one extended key usage, timeStamping, marked critical (RFC 3161 §2.3)", ErrCredentials)
	}
	public, ok := c.key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(c.leaf.PublicKey) {
		return fmt.Errorf("%w: the key is not that of the first certificate", ErrCredentials)
	}
	for i, issuer := range c.chain[1:] {
		if err := c.chain[i].CheckSignatureFrom(issuer); err != nil {
			return fmt.Errorf("%w: certificate %d of the chain did not sign the one before: %w", ErrCredentials, i+2, err)
		}
	}
	return nil
}

// ParseCredentials reads an operator's own key and chain, both in PEM, the
// signer's certificate first. Keys are ECDSA or RSA, in PKCS #8, SEC 1 or
// PKCS #1, without a password. Error: ErrCredentials.
func ParseCredentials(keyPEM, chainPEM []byte) (*Credentials, error) {
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return nil, fmt.Errorf("%w: the key file holds no PEM", ErrCredentials)
	}
	key, err := parseKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	for rest := chainPEM; ; {
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, fmt.Errorf("%w: the chain file holds no certificates", ErrCredentials)
	}
	return &Credentials{&credentials{key: key, leaf: certs[0], chain: certs}}, nil
}

// Credentials are an operator's own key and chain.
type Credentials struct{ *credentials }

func parseKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		switch key := key.(type) {
		case *ecdsa.PrivateKey:
			return key, nil
		case *rsa.PrivateKey:
			return key, nil
		}
		return nil, fmt.Errorf("%w: the key is neither ECDSA nor RSA", ErrCredentials)
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	// Not the parsers' own words, which could quote the key.
	return nil, fmt.Errorf("%w: the key is not in PKCS #8, SEC 1 or PKCS #1", ErrCredentials)
}

// chainPEM writes stored certificates in PEM.
func chainPEM(der []byte) ([]byte, error) {
	certs, err := x509.ParseCertificates(der)
	if err != nil {
		return nil, fmt.Errorf("read stored certificates: %w", err)
	}
	return certsPEM(certs), nil
}

func certsPEM(certs []*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, cert := range certs {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	}
	return b.Bytes()
}

// rootOf is the self-signed certificate at a chain's end, if it has one.
func rootOf(chain []*x509.Certificate) (*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, errors.New("a stored chain is empty")
	}
	last := chain[len(chain)-1]
	if !bytes.Equal(last.RawIssuer, last.RawSubject) {
		return nil, nil
	}
	return last, nil
}
