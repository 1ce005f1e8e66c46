// Package bip322 checks signed messages (BIP-0322, version 2.0.0): proof that
// somebody holds the key of an address, given as a transaction no chain could
// take. All signatures in it must be SIGHASH_ALL, so that a message is never a
// pledge, and no pledge a message.
//
// Three forms are read: simple ("smp"), full ("ful") and, for P2PKH alone, the
// compact signature of old wallets. Proofs of funds ("pof") name coins, whose
// existence is for a node to judge; they are not read here.
//
// The package is pure: no clock, no network, no database.
package bip322

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// ErrorKind names what is wrong with a signed message; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrFormat: the signature cannot be read.
	ErrFormat = ErrorKind("this is not a signed message")
	// ErrSignature: the signature is not one of this address under this message.
	ErrSignature = ErrorKind("the signature does not fit the message and the address")
	// ErrInconclusive: the signature uses what nobody has given a meaning yet.
	ErrInconclusive = ErrorKind("this signature cannot be judged")
	// ErrLocked: the signature is good under a condition of time only.
	ErrLocked = ErrorKind("the signature holds from a later time only")
	// ErrAddress: not an address of the network.
	ErrAddress = ErrorKind("this is not an address")
)

// Limits, in bytes. A signature of three keys has 400; scripts of a few kilobytes
// would keep the engine busy for long.
const (
	MaxMessage   = 10_000
	MaxSignature = 4_000
)

// Locks are the conditions a signature sets: "valid at time T and age S".
type Locks struct {
	// Time is the lock time of the signed transaction: the height, or from
	// 500,000,000 on the Unix time, from which the key could spend; 0 for any.
	Time uint32
	// Age is the sequence number of its input (BIP-0068); 0 for none.
	Age uint32
}

// Verify says whether a message is signed with the keys of an output script, now
// and without conditions. Without a prefix the signature is taken for that of an
// old wallet with P2PKH, and for the simple form with all others. Errors:
// ErrFormat, ErrSignature, ErrInconclusive, ErrLocked.
func Verify(script []byte, message, signature string) error {
	locks, err := VerifyLocked(script, message, signature)
	if err == nil && locks != (Locks{}) {
		return fmt.Errorf("%w: lock time %d, age %d", ErrLocked, locks.Time, locks.Age)
	}
	return err
}

// VerifyAddress is Verify for an address of a network. Errors: also ErrAddress.
func VerifyAddress(address string, net *chaincfg.Params, message, signature string) error {
	to, err := btcutil.DecodeAddress(address, net)
	if err != nil || !to.IsForNet(net) {
		return fmt.Errorf("%w of %s", ErrAddress, net.Name)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAddress, err)
	}
	return Verify(script, message, signature)
}

// VerifyLocked is Verify for callers who can judge the conditions themselves.
// Errors: ErrFormat, ErrSignature, ErrInconclusive.
func VerifyLocked(script []byte, message, signature string) (Locks, error) {
	if len(message) > MaxMessage || len(signature) > MaxSignature {
		return Locks{}, fmt.Errorf("%w: it is too long", ErrFormat)
	}
	variant, encoded := prefix(signature)
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return Locks{}, fmt.Errorf("%w: base64: %w", ErrFormat, err)
	}
	if len(raw) == 0 {
		return Locks{}, fmt.Errorf("%w: it is empty", ErrFormat)
	}
	if variant == "" && txscript.IsPayToPubKeyHash(script) {
		return Locks{}, verifyCompact(script, message, raw)
	}
	spend := toSpend(script, message)
	var sign *wire.MsgTx
	switch variant {
	case "pof":
		return Locks{}, fmt.Errorf("%w: a proof of funds", ErrFormat)
	case "ful":
		sign, err = fullForm(raw, spend)
	default:
		sign, err = simpleForm(raw, script, spend)
	}
	if err != nil {
		return Locks{}, err
	}
	if err := judge(sign, script); err != nil {
		return Locks{}, err
	}
	return Locks{sign.LockTime, sign.TxIn[0].Sequence}, nil
}

// prefix takes the name of the variant off a signature.
func prefix(signature string) (variant, encoded string) {
	for _, known := range []string{"smp", "ful", "pof"} {
		if rest, ok := strings.CutPrefix(signature, known); ok {
			return known, rest
		}
	}
	return "", signature
}

// judge runs the scripts of to_sign and applies the rules of the BIP.
func judge(sign *wire.MsgTx, script []byte) error {
	if sign.Version != 0 && sign.Version != 2 {
		return fmt.Errorf("%w: transaction version %d", ErrInconclusive, sign.Version)
	}
	if version, _, err := txscript.ExtractWitnessProgramInfo(script); err == nil && version > 1 {
		return fmt.Errorf("%w: witness version %d", ErrInconclusive, version)
	}
	in := sign.TxIn[0]
	if txscript.IsPayToTaproot(script) {
		if err := keyPath(in.Witness); err != nil {
			return err
		}
	}
	if err := execute(sign, script); err != nil {
		if errors.Is(err, ErrInconclusive) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// annexTag is the first byte of an annex, the last of two or more witness items
// (BIP-0341).
const annexTag = 0x50

// keyPath looks at the hash type of a taproot signature that no script checks,
// and refuses an annex.
func keyPath(witness wire.TxWitness) error {
	n := len(witness)
	if n > 1 && len(witness[n-1]) > 0 && witness[n-1][0] == annexTag {
		return fmt.Errorf("%w: an annex", ErrInconclusive)
	}
	if n != 1 {
		return nil
	}
	return schnorrType(witness[0])
}
