package tsa

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"time"
)

const (
	year = 365 * 24 * time.Hour
	// rootLife and leafLife are how long certificates are valid. A token is
	// verified with its own long after it was signed, so they live long, and
	// signUse, how long a key signs before a new one takes its place, is short.
	rootLife = 30 * year
	leafLife = 15 * year
	signUse  = year
	// skew is how far a verifier's clock may be behind ours.
	skew = time.Hour
)

// authority is a certificate authority of our own with one signer under it.
type authority struct {
	rootKey crypto.Signer
	root    *x509.Certificate
	signer  *credentials
}

// newAuthority makes a root, and a signer under it. host names whose it is.
func newAuthority(host string, now time.Time, random io.Reader) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fmt.Errorf("make a root key: %w", err)
	}
	template, err := certificate("Cairn time-stamp root", host, now, rootLife, random)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	root, err := create(template, template, key.Public(), key, random)
	if err != nil {
		return nil, fmt.Errorf("make a root certificate: %w", err)
	}
	a := &authority{rootKey: key, root: root}
	return a, a.renew(host, now, random)
}

// renew puts a new signer in the place of the last.
func (a *authority) renew(host string, now time.Time, random io.Reader) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return fmt.Errorf("make a signer's key: %w", err)
	}
	template, err := certificate("Cairn time-stamps", host, now, leafLife, random)
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	// By hand, because the field for it would not mark it critical.
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{oidTimeStamping})
	if err != nil {
		return fmt.Errorf("write a signer's certificate: %w", err)
	}
	template.ExtraExtensions = []pkix.Extension{{Id: oidExtKeyUsage, Critical: true, Value: usage}}
	leaf, err := create(template, a.root, key.Public(), a.rootKey, random)
	if err != nil {
		return fmt.Errorf("make a signer's certificate: %w", err)
	}
	a.signer = &credentials{key: key, leaf: leaf, chain: []*x509.Certificate{leaf, a.root}, retire: now.Add(signUse)}
	return nil
}

// outlives reports whether the root can sign for one more signer.
func (a *authority) outlives(now time.Time) bool { return now.Add(leafLife).Before(a.root.NotAfter) }

func certificate(name, host string, now time.Time, life time.Duration, random io.Reader) (*x509.Certificate, error) {
	var serial [serialBytes]byte
	if _, err := io.ReadFull(random, serial[:]); err != nil {
		return nil, fmt.Errorf("make a certificate's serial number: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:]),
		Subject:      pkix.Name{CommonName: name, Organization: []string{host}},
		NotBefore:    now.UTC().Add(-skew),
		NotAfter:     now.UTC().Add(life),
	}, nil
}

func create(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer, random io.Reader) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(random, template, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
