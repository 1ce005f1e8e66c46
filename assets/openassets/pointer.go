package openassets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Pointer says where an asset's definition lies, or what it hashes to
// (asset-definition-protocol.mediawiki, "Blockchain association").
type Pointer struct {
	// URL is where it is; empty when there is only a hash.
	URL string
	// SHA256 and Hash160 are hashes of the file; nil when not given.
	SHA256, Hash160 []byte
}

const (
	urlPrefix    = "u="
	hashPart     = "&sha256="
	hashPrefix   = 'h'
	maxURLLength = 2048
)

// ParsePointer reads a pointer from a marker's metadata or a redeem script:
// "u=" and a URL, that and "&sha256=" and 64 digits, or "h" and 20 bytes.
// Errors: ErrPointer.
func ParsePointer(b []byte) (p Pointer, err error) {
	if len(b) == 1+20 && b[0] == hashPrefix {
		return Pointer{Hash160: bytes.Clone(b[1:])}, nil
	}
	text, is := strings.CutPrefix(string(b), urlPrefix)
	if !is || !utf8.Valid(b) {
		return Pointer{}, ErrPointer
	}
	if at := strings.LastIndex(text, hashPart); at >= 0 {
		sum, err := hex.DecodeString(text[at+len(hashPart):])
		if err != nil || len(sum) != sha256.Size {
			return Pointer{}, fmt.Errorf("%w: the hash is not one of SHA-256", ErrPointer)
		}
		p.SHA256, text = sum, text[:at]
	}
	if p.URL, err = definitionURL(text); err != nil {
		return Pointer{}, err
	}
	return p, nil
}

// definitionURL takes a URL as it is or, as the specification has it, encoded.
func definitionURL(text string) (string, error) {
	if len(text) > maxURLLength {
		return "", fmt.Errorf("%w: the address has %d bytes", ErrPointer, len(text))
	}
	if !strings.Contains(text, "://") {
		plain, err := url.QueryUnescape(text)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrPointer, err)
		}
		text = plain
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPointer, err)
	}
	if u.Scheme == "" || u.Host == "" && u.Opaque == "" && u.RawQuery == "" {
		return "", fmt.Errorf("%w: the address is not complete", ErrPointer)
	}
	return text, nil
}

// Bytes is the pointer as metadata. Errors: ErrPointer for one that has neither
// URL nor Hash160, or hashes of wrong lengths.
func (p Pointer) Bytes() ([]byte, error) {
	switch {
	case p.URL == "" && len(p.Hash160) == 20:
		return append([]byte{hashPrefix}, p.Hash160...), nil
	case p.URL == "" || len(p.SHA256) != 0 && len(p.SHA256) != sha256.Size:
		return nil, ErrPointer
	}
	out := urlPrefix + p.URL
	if len(p.SHA256) > 0 {
		out += hashPart + hex.EncodeToString(p.SHA256)
	}
	if back, err := ParsePointer([]byte(out)); err != nil || back.URL != p.URL {
		return nil, fmt.Errorf("%w: %q", ErrPointer, p.URL)
	}
	return []byte(out), nil
}

// Check compares a file with the pointer's hashes. Errors: ErrHash.
func (p Pointer) Check(file []byte) error {
	if len(p.SHA256) > 0 {
		if sum := sha256.Sum256(file); !bytes.Equal(sum[:], p.SHA256) {
			return fmt.Errorf("%w: its SHA-256 is %x", ErrHash, sum)
		}
	}
	if len(p.Hash160) > 0 {
		if sum := btcutil.Hash160(file); !bytes.Equal(sum, p.Hash160) {
			return fmt.Errorf("%w: its hash is %x", ErrHash, sum)
		}
	}
	return nil
}

// Fixed is a pointer that a redeem script carries, so that no later issue can
// change it.
type Fixed struct {
	Pointer
	// Listed is the id that the definition has to list: that of the redeem script
	// without the pointer, as the asset's own id depends on the pointer.
	Listed assets.ID
}

// FixedPointer reads the pointer of the coin that a transaction's first input
// spends, from the redeem script that the input shows: PUSHDATA(pointer) OP_DROP
// and the rest. ok is false where there is none, as for every coin that is not
// P2SH.
func FixedPointer(in *wire.TxIn, prevout *wire.TxOut) (f Fixed, ok bool) {
	if prevout == nil || !txscript.IsPayToScriptHash(prevout.PkScript) {
		return Fixed{}, false
	}
	redeem := lastPush(in.SignatureScript)
	if redeem == nil || !bytes.Equal(btcutil.Hash160(redeem), prevout.PkScript[2:22]) {
		return Fixed{}, false
	}
	tokens := txscript.MakeScriptTokenizer(0, redeem)
	if !tokens.Next() || tokens.Data() == nil {
		return Fixed{}, false
	}
	pointer, err := ParsePointer(tokens.Data())
	if err != nil || !tokens.Next() || tokens.Opcode() != txscript.OP_DROP {
		return Fixed{}, false
	}
	return Fixed{Pointer: pointer, Listed: AssetID(redeem[tokens.ByteIndex():])}, true
}

// FixedRedeem is the redeem script that carries a pointer in front of a script,
// and the id that the definition has to list. Errors: ErrPointer.
func FixedRedeem(p Pointer, rest []byte) (redeem []byte, listed assets.ID, err error) {
	b, err := p.Bytes()
	if err != nil {
		return nil, assets.ID{}, err
	}
	if len(b) > txscript.MaxScriptElementSize {
		return nil, assets.ID{}, fmt.Errorf("%w: %d bytes", ErrPointer, len(b))
	}
	head, err := txscript.NewScriptBuilder().AddData(b).AddOp(txscript.OP_DROP).Script()
	if err != nil {
		return nil, assets.ID{}, err
	}
	if redeem = append(head, rest...); len(redeem) > txscript.MaxScriptElementSize {
		return nil, assets.ID{}, fmt.Errorf("%w: a redeem script of %d bytes", ErrPointer, len(redeem))
	}
	return redeem, AssetID(rest), nil
}

func lastPush(script []byte) (data []byte) {
	tokens := txscript.MakeScriptTokenizer(0, script)
	for tokens.Next() {
		data = tokens.Data()
	}
	if tokens.Err() != nil {
		return nil
	}
	return data
}
