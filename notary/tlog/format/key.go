package format

import (
	"crypto/ed25519"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Signer signs in the name of a log with Ed25519 (c2sp.org/signed-note,
// signature type 01). It implements note.Signer and is safe for concurrent use.
type Signer struct {
	origin, public string
	hash           uint32
	key            ed25519.PrivateKey
}

// NewSigner makes the signer of the log origin from a secret seed.
// Errors: ErrKey for an origin that cannot name a key.
func NewSigner(origin string, seed [ed25519.SeedSize]byte) (*Signer, error) {
	key := ed25519.NewKeyFromSeed(seed[:])
	public, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	verifier, err := ParseKey(public)
	if err != nil {
		return nil, err
	}
	return &Signer{origin: origin, public: public, hash: verifier.KeyHash(), key: key}, nil
}

// Name is the log's origin.
func (s *Signer) Name() string { return s.origin }

// KeyHash implements note.Signer.
func (s *Signer) KeyHash() uint32 { return s.hash }

// Sign implements note.Signer.
func (s *Signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// PublicKey is the text by which others know the key:
// "<origin>+<key id>+<base64>".
func (s *Signer) PublicKey() string { return s.public }

// String and GoString hide the secret, from %+v and %#v.
func (s *Signer) String() string   { return s.public }
func (s *Signer) GoString() string { return s.public }

// ParseKey reads a public key's text, with or without a newline at its end.
// Errors: ErrKey.
func ParseKey(text string) (note.Verifier, error) {
	key, err := note.NewVerifier(strings.TrimSuffix(text, "\n"))
	if err != nil {
		return nil, fmt.Errorf("%w: \"<origin>+<id>+<base64>\" expected", ErrKey)
	}
	return key, nil
}
