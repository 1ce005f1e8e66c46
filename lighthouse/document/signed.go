package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Kind is a kind of file.
type Kind string

// The kinds.
const (
	CampaignFile Kind = "campaign"
	PledgeFile   Kind = "pledge"
	ReceiptFile  Kind = "receipt"
	OpeningFile  Kind = "opening"
)

// Version is that of all kinds.
const Version = 1

// Limits, in bytes. A pledge's file may hold the transaction before it; an
// opening has 433 bytes for each head of a full campaign.
var limits = map[Kind]int{CampaignFile: 1 << 20, PledgeFile: 1 << 20, ReceiptFile: 1 << 16, OpeningFile: 16 << 20}

// MaxPledge is the most a pledge's file may have, in bytes.
const MaxPledge = 1 << 20

// head begins each file.
type head struct {
	Cairn   Kind `json:"cairn"`
	Version int  `json:"version"`
}

// Who signs a file.
type Who string

// The signers.
const (
	Server  Who = "server"
	Creator Who = "creator"
)

// Signature is one over a file's first line.
type Signature struct {
	By Who
	// Key is an x-only public key (BIP-0340).
	Key       [32]byte
	Signature [64]byte
}

type signatureLine struct {
	By        Who    `json:"by"`
	Key       string `json:"key"`
	Signature string `json:"signature"`
}

const maxSignatures = 4

// Digest is what signatures of a kind of file sign: the tagged hash
// "cairn/<kind>/1" of the first line's bytes.
func Digest(kind Kind, line []byte) [32]byte {
	return *chainhash.TaggedHash(fmt.Appendf(nil, "cairn/%s/%d", kind, Version), line)
}

// Signer signs files as the server.
type Signer struct{ key *btcec.PrivateKey }

// NewSigner makes a Signer of a secret.
func NewSigner(secret [sha256.Size]byte) Signer {
	for {
		var scalar btcec.ModNScalar
		if overflow := scalar.SetBytes(&secret); overflow == 0 && !scalar.IsZero() {
			return Signer{btcec.PrivKeyFromScalar(&scalar)}
		}
		secret = sha256.Sum256(secret[:])
	}
}

// Key is the server's public key.
func (s Signer) Key() [32]byte { return [32]byte(schnorr.SerializePubKey(s.key.PubKey())) }

// Sign signs a digest (BIP-0340), always the same way.
func (s Signer) Sign(digest [32]byte) (signature [64]byte, err error) {
	made, err := schnorr.Sign(s.key, digest[:])
	if err != nil {
		return signature, err
	}
	return [64]byte(made.Serialize()), nil
}

// sign makes a file of a first line. The same line gives the same signature.
func (s Signer) sign(kind Kind, value any) ([]byte, error) {
	line, err := marshal(value)
	if err != nil {
		return nil, err
	}
	digest := Digest(kind, line)
	signature, err := s.Sign(digest)
	if err != nil {
		return nil, err
	}
	return Append(append(line, '\n'), Signature{By: Server, Key: s.Key(), Signature: signature})
}

// Append adds a signature to a file.
func Append(file []byte, s Signature) ([]byte, error) {
	line, err := marshal(signatureLine{s.By, fmt.Sprintf("%x", s.Key), fmt.Sprintf("%x", s.Signature)})
	if err != nil {
		return nil, err
	}
	file = append(slices.Clip(bytes.TrimRight(file, "\n")), '\n')
	return append(append(file, line...), '\n'), nil
}

// lines takes a file apart: its first line, and the signatures below.
func lines(raw []byte) (first []byte, below [][]byte) {
	all := bytes.Split(bytes.TrimRight(raw, "\r\n"), []byte("\n"))
	for i, l := range all {
		all[i] = bytes.TrimSuffix(l, []byte("\r"))
	}
	return all[0], all[1:]
}

// KindOf tells which kind of file it is, by how it begins; empty for none.
func KindOf(raw []byte) Kind {
	first, _ := lines(raw)
	if len(first) > limits[OpeningFile] {
		return ""
	}
	var h head
	if err := json.Unmarshal(first, &h); err != nil {
		return ""
	}
	if _, ok := limits[h.Cairn]; !ok {
		return ""
	}
	return h.Cairn
}

// open reads a file of a kind and checks its signatures. Errors: ErrFile,
// ErrVersion, ErrSize, ErrSigned.
func open(kind Kind, raw []byte, into any) (signatures []Signature, err error) {
	if len(raw) > limits[kind] {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(raw), limits[kind])
	}
	first, below := lines(raw)
	var h head
	if err := json.Unmarshal(first, &h); err != nil {
		return nil, fmt.Errorf("%w: its first line is no JSON: %w", ErrFile, err)
	}
	if h.Cairn != kind {
		return nil, fmt.Errorf("%w: of a %s", ErrFile, kind)
	}
	if h.Version != Version {
		return nil, fmt.Errorf("%w: version %d", ErrVersion, h.Version)
	}
	if err := unmarshal(first, into); err != nil {
		return nil, err
	}
	if len(below) > maxSignatures {
		return nil, fmt.Errorf("%w: %d signatures", ErrFile, len(below))
	}
	digest := Digest(kind, first)
	for _, line := range below {
		s, err := readSignature(line)
		if err != nil {
			return nil, err
		}
		if err := s.check(digest); err != nil {
			return nil, err
		}
		for _, other := range signatures {
			if other.By == s.By {
				return nil, fmt.Errorf("%w: the %s signs twice", ErrSigned, s.By)
			}
		}
		signatures = append(signatures, s)
	}
	return signatures, nil
}

func readSignature(line []byte) (s Signature, err error) {
	var read signatureLine
	if err := unmarshal(line, &read); err != nil {
		return s, err
	}
	if read.By != Server && read.By != Creator {
		return s, fmt.Errorf("%w: signed by %.20q", ErrFile, read.By)
	}
	s.By = read.By
	if err := fixed(s.Key[:], read.Key); err != nil {
		return s, err
	}
	return s, fixed(s.Signature[:], read.Signature)
}

func (s Signature) check(digest [32]byte) error {
	key, err := schnorr.ParsePubKey(s.Key[:])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSigned, err)
	}
	signature, err := schnorr.ParseSignature(s.Signature[:])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSigned, err)
	}
	if !signature.Verify(digest[:], key) {
		return fmt.Errorf("%w: that of the %s", ErrSigned, s.By)
	}
	return nil
}

// by finds a signer's key among signatures.
func by(who Who, signatures []Signature) (key [32]byte, ok bool) {
	for _, s := range signatures {
		if s.By == who {
			return s.Key, true
		}
	}
	return key, false
}
