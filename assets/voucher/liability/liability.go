// Package liability is the format of what a shop states that it owes: a day's
// statement, which the server signs and has notarised (docs/voucher-liability.md).
// A change here would make an old statement hold no more, so it is pure: bytes in,
// bytes out.
package liability

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Tag is the tag of what signatures sign: the tagged hash (BIP-0340) of a
// statement's first line, without its end.
const Tag = "cairn/liability/1"

// ErrorKind names what is wrong with a statement; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrFormat: the file is no statement, or not written as one is.
	ErrFormat = ErrorKind("this is not a statement of what a shop owes")
	// ErrSignature: the signature does not hold for the text above it.
	ErrSignature = ErrorKind("the statement's signature does not hold")
	// ErrSums: its numbers do not go together.
	ErrSums = ErrorKind("the statement's numbers do not add up")
)

// Statement is what a shop owed at a block. Units are whole numbers, whatever
// decimals a series shows them with.
type Statement struct {
	Cairn   string `json:"cairn"`   // "liability"
	Version int    `json:"version"` // 1
	Network string `json:"network"`
	// Server is how the server that signs calls itself.
	Server string `json:"server"`
	Shop   Shop   `json:"shop"`
	// MadeAt is in UTC, as 2026-11-22T00:00:04Z (RFC 3339).
	MadeAt string   `json:"made_at"`
	Block  Block    `json:"block"`
	Assets []Owed   `json:"assets"`
	Series []Series `json:"series"`
}

// Shop is whose statement it is.
type Shop struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

// Block is the last one that was looked at.
type Block struct {
	Height int32  `json:"height"`
	Hash   string `json:"hash"`
}

// Owed is what the chain says: anybody can add it up from the blocks.
type Owed struct {
	Asset    string `json:"asset"`
	Protocol string `json:"protocol"`
	// Supply are all units; Returned of them lie where redeemed ones go;
	// Outstanding are the others. Booked are redeemed, and no block says so yet.
	Supply      int64 `json:"supply"`
	Returned    int64 `json:"returned"`
	Outstanding int64 `json:"outstanding"`
	Booked      int64 `json:"booked"`
	// Ledger is the hash of the protocol's ledger at the block
	// (docs/asset-ledger.md).
	Ledger string   `json:"ledger"`
	Series []string `json:"series"`
}

// Series is what the shop's own books say of vouchers that are alike.
type Series struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Unit        string `json:"unit"`
	Decimals    int    `json:"decimals"`
	Vouchers    int    `json:"vouchers"`
	Issued      int64  `json:"issued"`
	Redeemed    int64  `json:"redeemed"`
	Booked      int64  `json:"booked"`
	Outstanding int64  `json:"outstanding"`
	Expired     int64  `json:"expired"`
	Reclaimed   int64  `json:"reclaimed"`
	Claimed     int64  `json:"claimed"`
	Gone        int64  `json:"gone"`
	Lost        int64  `json:"lost"`
}

// seal is the second line.
type seal struct {
	By        string `json:"by"` // "server"
	Key       string `json:"key"`
	Signature string `json:"signature"`
}

// Signer signs statements.
type Signer interface {
	// Key is the x-only public key (BIP-0340), and Sign a signature by it.
	Key() [32]byte
	Sign(digest [32]byte) ([64]byte, error)
}

// Seal is the file of a statement: a line of JSON, and a line with the signature.
// The same gives the same bytes but for the signature. Errors: those of Check and of
// the signer.
func (s Statement) Seal(by Signer) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	line, err := oneLine(s)
	if err != nil {
		return nil, err
	}
	signature, err := by.Sign(*chainhash.TaggedHash([]byte(Tag), line))
	if err != nil {
		return nil, fmt.Errorf("sign a statement: %w", err)
	}
	key := by.Key()
	below, err := oneLine(seal{By: "server", Key: hex.EncodeToString(key[:]), Signature: hex.EncodeToString(signature[:])})
	if err != nil {
		return nil, err
	}
	return append(append(append(line, '\n'), below...), '\n'), nil
}

// Signed is a statement whose signature holds.
type Signed struct {
	Statement
	// Key is the x-only public key that signed.
	Key [32]byte
	// Digest is the SHA-256 of the file, which is notarised.
	Digest [32]byte
}

// MaxSize bounds a statement's file.
const MaxSize = 4 << 20

// Read reads a statement's file, and checks its signature and its sums: what it says
// is what the owner of the key has said, and no more than that. A file that says the
// same in other bytes is refused. Errors: ErrFormat, ErrSignature, ErrSums.
func Read(raw []byte) (Signed, error) {
	if len(raw) > MaxSize {
		return Signed{}, fmt.Errorf("%w: more than %d bytes", ErrFormat, MaxSize)
	}
	first, rest, found := bytes.Cut(raw, []byte("\n"))
	second, behind, ended := bytes.Cut(rest, []byte("\n"))
	if !found || !ended || len(behind) != 0 {
		return Signed{}, fmt.Errorf("%w: it has two lines", ErrFormat)
	}
	out := Signed{Digest: sha256.Sum256(raw)}
	if err := readLine(first, &out.Statement); err != nil {
		return Signed{}, err
	}
	var below seal
	if err := readLine(second, &below); err != nil {
		return Signed{}, err
	}
	if err := below.holds(first); err != nil {
		return Signed{}, err
	}
	_, _ = hex.Decode(out.Key[:], []byte(below.Key)) // it was read before
	return out, out.Check()
}

// readLine reads what oneLine has written.
func readLine[T any](line []byte, into *T) error {
	if err := json.Unmarshal(line, into); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	again, err := oneLine(*into)
	if err != nil || !bytes.Equal(again, line) {
		return fmt.Errorf("%w: it is not written as statements are", ErrFormat)
	}
	return nil
}

// oneLine is JSON in one line as people write it.
func oneLine(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write a statement: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// holds checks the signature of a line. Errors: ErrFormat, ErrSignature.
func (s seal) holds(line []byte) error {
	key, err := hex.DecodeString(s.Key)
	if err != nil || len(key) != 32 || hex.EncodeToString(key) != s.Key || s.By != "server" {
		return fmt.Errorf("%w: it names no key", ErrFormat)
	}
	by, err := schnorr.ParsePubKey(key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	raw, err := hex.DecodeString(s.Signature)
	if err != nil || hex.EncodeToString(raw) != s.Signature {
		return fmt.Errorf("%w: it holds no signature", ErrFormat)
	}
	signature, err := schnorr.ParseSignature(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	digest := chainhash.TaggedHash([]byte(Tag), line)
	if !signature.Verify(digest[:], by) {
		return ErrSignature
	}
	return nil
}
