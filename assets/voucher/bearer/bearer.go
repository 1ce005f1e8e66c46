// Package bearer is the rules of bearer vouchers: who has a secret of 32 bytes
// has what an output holds. A change here would make an old voucher worthless,
// so it is pure: bytes in, bytes out.
//
// The output is taproot (BIP-0341). Its internal key is the secret's. A voucher
// that expires has one leaf beside it, by which the issuer takes it back from
// then on; one that does not has none:
//
//	<expiry> OP_CHECKLOCKTIMEVERIFY OP_DROP <issuer> OP_CHECKSIG
//
// The holder has the secret as a code, in a link whose fragment no server sees:
//
//	https://…/v#<base64url of: version, secret, and expiry and issuer if it expires>
//
// What he signs spends the voucher's coin alone and leaves it to others to add
// the inputs that pay for it (SIGHASH_ALL|ANYONECANPAY): one input, of version 2,
// without lock time, whose outputs say where every unit goes.
package bearer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/txscript"
)

// ErrorKind names what is wrong with a voucher's code or key; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrCode: the text is no voucher's code.
	ErrCode = ErrorKind("this is not the code of a voucher")
	// ErrKey: 32 bytes that are no key.
	ErrKey = ErrorKind("this is not a key")
	// ErrTerms: an expiry without the issuer's key, or before 1985.
	ErrTerms = ErrorKind("a voucher expires with an issuer who takes it back, or not at all")
	// ErrName: the text is no voucher's public name.
	ErrName = ErrorKind("this is not the name of a voucher")
	// ErrTransaction: the transaction is not what a voucher's holder, or its
	// issuer, may sign.
	ErrTransaction = ErrorKind("this is not a transaction of a voucher")
	// ErrSignature: the signature does not hold.
	ErrSignature = ErrorKind("the voucher's signature does not hold")
)

// Terms are when a voucher ends, and who may take it back then. The zero value
// never ends.
type Terms struct {
	// Expiry is in seconds since 1970, and 0 for never. A lock time below
	// 500,000,000 would be a height.
	Expiry uint32
	// Issuer is the x-only key (BIP-0340) that takes it back.
	Issuer [32]byte
}

// leastExpiry is the first lock time that is a time (BIP-0065).
const leastExpiry = 500_000_000

// Check says whether a voucher can have the terms. Errors: ErrTerms, ErrKey.
func (t Terms) Check() error {
	switch {
	case t == Terms{}:
		return nil
	case t.Expiry < leastExpiry, t.Issuer == [32]byte{}:
		return fmt.Errorf("%w: expiry %d", ErrTerms, t.Expiry)
	}
	_, err := xOnly(t.Issuer)
	return err
}

// Output is where a voucher lies.
type Output struct {
	// Inner is the secret's x-only public key.
	Inner [32]byte
	Terms Terms
}

// Script is the output script: OP_1 and the tweaked key. Errors: ErrKey,
// ErrTerms.
func (o Output) Script() ([]byte, error) {
	inner, root, err := o.tree()
	if err != nil {
		return nil, err
	}
	return txscript.PayToTaprootScript(txscript.ComputeTaprootOutputKey(inner, root))
}

// tree is the internal key, and the root of the leaves, which is empty without
// one.
func (o Output) tree() (inner *btcec.PublicKey, root []byte, err error) {
	if inner, err = xOnly(o.Inner); err != nil {
		return nil, nil, err
	}
	if err = o.Terms.Check(); err != nil || o.Terms.Expiry == 0 {
		return inner, nil, err
	}
	leaf, err := o.Terms.Leaf()
	if err != nil {
		return nil, nil, err
	}
	hash := txscript.NewBaseTapLeaf(leaf).TapHash()
	return inner, hash[:], nil
}

// Leaf is the script by which the issuer takes a voucher back. Errors: ErrTerms
// for one that does not expire.
func (t Terms) Leaf() ([]byte, error) {
	if t.Expiry == 0 {
		return nil, fmt.Errorf("%w: it does not expire", ErrTerms)
	}
	return txscript.NewScriptBuilder().AddInt64(int64(t.Expiry)).AddOp(txscript.OP_CHECKLOCKTIMEVERIFY).AddOp(txscript.OP_DROP).
		AddData(t.Issuer[:]).AddOp(txscript.OP_CHECKSIG).Script()
}

// Control is the control block that proves the leaf (BIP-0341). Errors: as
// Script and Leaf.
func (o Output) Control() ([]byte, error) {
	inner, root, err := o.tree()
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, fmt.Errorf("%w: it does not expire", ErrTerms)
	}
	leaf, err := o.Terms.Leaf()
	if err != nil {
		return nil, err
	}
	tree := txscript.AssembleTaprootScriptTree(txscript.NewBaseTapLeaf(leaf))
	control := tree.LeafMerkleProofs[0].ToControlBlock(inner)
	return control.ToBytes()
}

func xOnly(key [32]byte) (*btcec.PublicKey, error) {
	k, err := schnorr.ParsePubKey(key[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return k, nil
}

// Name is what everybody may call a voucher by: it shows nothing of the secret.
type Name [16]byte

// NameOf is the name of an output script: the first half of its SHA-256.
func NameOf(script []byte) Name {
	sum := sha256.Sum256(script)
	return Name(sum[:len(Name{})])
}

// String is the name in hexadecimal.
func (n Name) String() string { return hex.EncodeToString(n[:]) }

// ParseName reads a name. Errors: ErrName.
func ParseName(text string) (n Name, err error) {
	if len(text) != hex.EncodedLen(len(n)) {
		return Name{}, fmt.Errorf("%w: %d characters", ErrName, len(text))
	}
	if _, err := hex.Decode(n[:], []byte(text)); err != nil {
		return Name{}, fmt.Errorf("%w: %w", ErrName, err)
	}
	return n, nil
}

// Secret is what makes its holder the voucher's owner. Servers never see it.
type Secret [32]byte

// String hides it.
func (Secret) String() string { return "secret" }

// Key is the secret as a private key. Errors: ErrKey.
func (s Secret) Key() (*btcec.PrivateKey, error) {
	var scalar btcec.ModNScalar
	if over := scalar.SetByteSlice(s[:]); over || scalar.IsZero() {
		return nil, ErrKey
	}
	return btcec.PrivKeyFromScalar(&scalar), nil
}

// Output is where the voucher of a secret lies. Errors: ErrKey, ErrTerms.
func (s Secret) Output(t Terms) (Output, error) {
	key, err := s.Key()
	if err != nil {
		return Output{}, err
	}
	return Output{Inner: [32]byte(schnorr.SerializePubKey(key.PubKey())), Terms: t}, t.Check()
}

// codeVersion opens a code.
const codeVersion = 1

// Code is a voucher as text, for its link. Errors: ErrKey, ErrTerms.
func Code(s Secret, t Terms) (string, error) {
	if _, err := s.Output(t); err != nil {
		return "", err
	}
	raw := append([]byte{codeVersion}, s[:]...)
	if t.Expiry != 0 {
		raw = append(binary.BigEndian.AppendUint32(raw, t.Expiry), t.Issuer[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// maxCode bounds what is read as a code or a link with one.
const maxCode = 2_000

// ReadCode reads a code, or a link with one behind its #. Errors: ErrCode.
func ReadCode(text string) (Secret, Terms, error) {
	no := func(why string) (Secret, Terms, error) {
		return Secret{}, Terms{}, fmt.Errorf("%w: %s", ErrCode, why)
	}
	if len(text) > maxCode {
		return no("too long")
	}
	if at := strings.LastIndexByte(text, '#'); at >= 0 {
		text = text[at+1:]
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return no("not base64url")
	}
	const short, long = 1 + 32, 1 + 32 + 4 + 32
	switch {
	case len(raw) != short && len(raw) != long:
		return no(fmt.Sprintf("%d bytes", len(raw)))
	case raw[0] != codeVersion:
		return no(fmt.Sprintf("version %d", raw[0]))
	}
	s, t := Secret(raw[1:short]), Terms{}
	if len(raw) == long {
		t = Terms{Expiry: binary.BigEndian.Uint32(raw[short:]), Issuer: [32]byte(raw[short+4:])}
		if t.Expiry == 0 {
			return no("an expiry of 0")
		}
	}
	if _, err := s.Output(t); err != nil {
		return no(err.Error())
	}
	return s, t, nil
}

// Is reports whether an output script is that of a voucher.
func (o Output) Is(script []byte) bool {
	own, err := o.Script()
	return err == nil && bytes.Equal(own, script)
}
