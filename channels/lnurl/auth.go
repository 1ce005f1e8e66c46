package lnurl

import (
	"encoding/hex"
	"fmt"
	"net/url"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
)

// K1 is a value that a wallet answers once: random, kept by the service until
// it is used, and deleted in the transaction that uses it.
type K1 [32]byte

// String is the value in hexadecimal digits.
func (k K1) String() string { return hex.EncodeToString(k[:]) }

// ParseK1 reads 64 hexadecimal digits. Errors: ErrRequest.
func ParseK1(s string) (K1, error) {
	var k K1
	if len(s) != 2*len(k) {
		return K1{}, fmt.Errorf("%w: k1 has %d characters", ErrRequest, len(s))
	}
	if _, err := hex.Decode(k[:], []byte(s)); err != nil {
		return K1{}, fmt.Errorf("%w: k1 is not hexadecimal", ErrRequest)
	}
	return k, nil
}

// Action is what a login is for (LUD-04).
type Action string

// The actions.
const (
	Register Action = "register"
	LogIn    Action = "login"
	LinkTo   Action = "link"
	Auth     Action = "auth"
)

// LoginLink is what a wallet is shown: callback with a challenge. The wallet's
// key depends on the callback's host, which must stay the same for ever. Errors:
// ErrLink.
func LoginLink(callback string, k K1, action Action) (string, error) {
	u, err := url.Parse(callback)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrLink, err)
	}
	q := u.Query()
	q.Set("tag", "login")
	q.Set("k1", k.String())
	q.Set("action", string(action))
	u.RawQuery = q.Encode()
	return Encode(u.String())
}

// Key is a wallet's public key for one host, 33 bytes, compressed: its account.
type Key [33]byte

// String is the key in hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Login is what a wallet has signed.
type Login struct {
	K1     K1
	Key    Key
	Action Action
}

// ParseLogin checks the parameters of a wallet's answer: its signature must be
// the key's over k1. Whether k1 is one of ours, unused, and made for this
// action, is the caller's to see. Errors: ErrRequest, ErrSignature.
func ParseLogin(q url.Values) (Login, error) {
	if q.Get("tag") != "login" && q.Get("tag") != "" {
		return Login{}, fmt.Errorf("%w: the tag %.20q", ErrRequest, q.Get("tag"))
	}
	k1, err := ParseK1(q.Get("k1"))
	if err != nil {
		return Login{}, err
	}
	out := Login{K1: k1, Action: Action(q.Get("action"))}
	switch out.Action {
	case "":
		out.Action = LogIn
	case Register, LogIn, LinkTo, Auth:
	default:
		return Login{}, fmt.Errorf("%w: the action %.20q", ErrRequest, out.Action)
	}
	raw, err := hex.DecodeString(q.Get("key"))
	if err != nil || len(raw) != len(Key{}) {
		return Login{}, fmt.Errorf("%w: a key of %d characters", ErrRequest, len(q.Get("key")))
	}
	key, err := btcec.ParsePubKey(raw)
	if err != nil {
		return Login{}, fmt.Errorf("%w: the key: %w", ErrRequest, err)
	}
	der, err := hex.DecodeString(q.Get("sig"))
	if err != nil || len(der) > 80 {
		return Login{}, fmt.Errorf("%w: a signature of %d characters", ErrRequest, len(q.Get("sig")))
	}
	sig, err := ecdsa.ParseDERSignature(der)
	if err != nil {
		return Login{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !sig.Verify(k1[:], key) {
		return Login{}, ErrSignature
	}
	out.Key = Key(raw)
	return out, nil
}
