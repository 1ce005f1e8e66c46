// Package certificate makes the document that a person shows to another: one
// page of PDF that says in plain words what a finished proof proves and what it
// does not, names the block, and carries the proof itself as an attached file.
//
// It signs nothing untrue: a proof is checked against the header it is given
// before a word is written. Equal input gives equal bytes.
//
// It imports the codec, the verifier, a PDF writer and a QR encoder; no
// database, HTTP or clock.
package certificate

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"
	"unicode/utf8"

	"cairn/chain"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/wire"
)

// ErrorKind names why there is no certificate; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrIncomplete: no block attests the proof yet, so there is nothing to
	// certify.
	ErrIncomplete = ErrorKind("the proof is not complete yet")
	// ErrOtherBlock: the proof does not lead to the block it is said to be in.
	ErrOtherBlock = ErrorKind("the proof does not lead to this block")
	// ErrName: the file's name is too long or is not text.
	ErrName = ErrorKind("a file name on a certificate has at most 200 characters")
)

// MaxName is how many characters of a file's name a certificate takes.
const MaxName = 200

// Language is one of the languages a certificate is written in, by its BCP 47
// tag.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh-Hans"
)

// Facts are what a certificate is about.
type Facts struct {
	Language Language
	// Proof is the detached .ots file; it is attached as it is.
	Proof []byte
	// Name is the file's own name, if it is known; at most MaxName
	// characters. It is what somebody says, and the certificate tells so.
	Name string
	// Height and Header are those of a block of the best chain; the proof
	// must lead to it.
	Height int32
	Header wire.BlockHeader
	// Network is the chain; on any but mainnet the certificate says that it
	// proves nothing.
	Network chain.Network
	// Page is the address of the proof's page, for the QR code and in print;
	// empty for none. At most 200 bytes.
	Page string
	// Made is when the certificate is made; its day in UTC is printed.
	Made time.Time
}

// certified is what the page shows, read from the proof itself.
type certified struct {
	Facts
	words  *words
	hash   string // the name of the file's hash: "SHA-256"
	digest string // hexadecimal
	txid   string // empty when no transaction is to be seen on the way
	steps  int
	block  string
	root   string
	time   time.Time // the header's, UTC
	file   string    // the name of the attached proof
}

// Make writes the certificate. Errors: ErrIncomplete, ErrOtherBlock, ErrName,
// and the kinds of package ots for a proof that cannot be read.
func Make(f Facts) ([]byte, error) {
	c, err := check(f)
	if err != nil {
		return nil, err
	}
	return c.print()
}

// check reads the facts out of the proof.
func check(f Facts) (*certified, error) {
	if utf8.RuneCountInString(f.Name) > MaxName || !utf8.ValidString(f.Name) {
		return nil, ErrName
	}
	file, err := ots.ParseFile(f.Proof)
	if err != nil {
		return nil, err
	}
	if !file.Timestamp.Complete() {
		return nil, ErrIncomplete
	}
	// The check looks nothing up, so it never waits.
	verdict, err := verify.Check(context.Background(), file.Timestamp, verify.HeaderList{f.Height: f.Header})
	if err != nil {
		return nil, err
	}
	if verdict.Outcome != verify.Confirmed {
		return nil, fmt.Errorf("%w: block %d", ErrOtherBlock, f.Height)
	}
	c := &certified{
		Facts:  f,
		words:  texts[f.Language],
		hash:   hashNames[file.Hash],
		digest: hex.EncodeToString(file.Digest()),
		block:  verdict.Block.Hash.String(),
		root:   f.Header.MerkleRoot.String(),
		time:   verdict.Time,
		file:   FileName(f.Name),
	}
	if c.words == nil {
		c.words = texts[English]
	}
	for _, found := range verdict.Findings {
		if found.Outcome != verify.Confirmed {
			continue
		}
		way, ok := found.WayTo(file.Timestamp)
		if ok {
			c.steps = len(way.Steps)
		}
		if !bytes.Equal(found.Txid[:], make([]byte, len(found.Txid))) {
			c.txid = found.Txid.String()
		}
		break
	}
	return c, nil
}

var hashNames = map[ots.OpCode]string{
	ots.OpSHA256: "SHA-256", ots.OpSHA1: "SHA-1", ots.OpRIPEMD160: "RIPEMD-160", ots.OpKeccak256: "Keccak-256",
}
