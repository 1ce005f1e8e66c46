package openassets

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/base58"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
)

// namespace opens the bytes of every address (address-format.mediawiki).
const namespace = 0x13

// addressLength is a namespace, a version, a hash and a checksum.
const addressLength = 1 + 1 + 20 + 4

// Address is the Open Assets address of a script, which only wallets that know
// of units pay to. Errors: ErrNoForm for every script but P2PKH and P2SH.
func Address(script []byte, n chain.Network) (string, error) {
	params, err := n.Params()
	if err != nil {
		return "", err
	}
	version, hash := params.PubKeyHashAddrID, []byte(nil)
	switch {
	case txscript.IsPayToPubKeyHash(script):
		hash = script[3:23]
	case txscript.IsPayToScriptHash(script):
		version, hash = params.ScriptHashAddrID, script[2:22]
	default:
		return "", ErrNoForm
	}
	body := append([]byte{namespace, version}, hash...)
	sum := checksum(body)
	return base58.Encode(append(body, sum[:]...)), nil
}

// ParseAddress is the script that an Open Assets address pays to. Errors:
// ErrAddress; assets.ErrNetwork for one of another network; ErrNoForm for a
// bitcoin address that has no Open Assets form, as all of segwit.
func ParseAddress(text string, n chain.Network) (script []byte, err error) {
	params, err := n.Params()
	if err != nil {
		return nil, err
	}
	if len(text) > 100 {
		return nil, fmt.Errorf("%w: too long", ErrAddress)
	}
	raw := base58.Decode(text)
	if len(raw) != addressLength || raw[0] != namespace {
		return nil, notOurs(text, params)
	}
	body := raw[:addressLength-4]
	if checksum(body) != [4]byte(raw[addressLength-4:]) {
		return nil, fmt.Errorf("%w: its checksum is wrong", ErrAddress)
	}
	version, hash := body[1], body[2:]
	switch version {
	case params.PubKeyHashAddrID:
		return payTo(btcutil.NewAddressPubKeyHash(hash, params))
	case params.ScriptHashAddrID:
		return payTo(btcutil.NewAddressScriptHashFromHash(hash, params))
	}
	for _, other := range networks {
		if version == other.PubKeyHashAddrID || version == other.ScriptHashAddrID {
			return nil, fmt.Errorf("%w: version %d", assets.ErrNetwork, version)
		}
	}
	return nil, fmt.Errorf("%w: version %d", ErrAddress, version)
}

// ParseAny is the script that an address pays to: an Open Assets address, which
// knows of units (knows is true), or any of bitcoin. Errors: ErrAddress, and
// assets.ErrNetwork for either of another network.
func ParseAny(text string, n chain.Network) (script []byte, knows bool, err error) {
	script, err = ParseAddress(text, n)
	if err == nil || errors.Is(err, assets.ErrNetwork) {
		return script, err == nil, err
	}
	params, err := n.Params()
	if err != nil {
		return nil, false, err
	}
	if len(text) > 100 {
		return nil, false, fmt.Errorf("%w: too long", ErrAddress)
	}
	a, err := btcutil.DecodeAddress(text, params)
	if _, key := a.(*btcutil.AddressPubKey); key {
		return nil, false, fmt.Errorf("%w: it is a key", ErrAddress)
	}
	if err != nil {
		for _, other := range networks {
			if elsewhere, err := btcutil.DecodeAddress(text, other); err == nil && elsewhere.IsForNet(other) {
				return nil, false, fmt.Errorf("%w: it is of %s", assets.ErrNetwork, other.Name)
			}
		}
		return nil, false, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if !a.IsForNet(params) {
		return nil, false, fmt.Errorf("%w: %s", assets.ErrNetwork, text)
	}
	script, err = txscript.PayToAddrScript(a)
	return script, false, err
}

// networks have all forms of addresses between them.
var networks = []*chaincfg.Params{&chaincfg.MainNetParams, &chaincfg.TestNet4Params, &chaincfg.RegressionNetParams}

// notOurs says what a text is that is not an Open Assets address.
func notOurs(text string, params *chaincfg.Params) error {
	switch a, err := btcutil.DecodeAddress(text, params); a.(type) {
	case *btcutil.AddressWitnessPubKeyHash, *btcutil.AddressWitnessScriptHash, *btcutil.AddressTaproot:
		if err == nil {
			return fmt.Errorf("%w: it is a segwit address", ErrNoForm)
		}
	}
	return ErrAddress
}

func payTo[A btcutil.Address](a A, err error) ([]byte, error) {
	if err != nil {
		return nil, errors.Join(ErrAddress, err)
	}
	return txscript.PayToAddrScript(a)
}

// checksum is the first four bytes of the double hash of what comes before.
func checksum(body []byte) (sum [4]byte) {
	first := sha256.Sum256(body)
	second := sha256.Sum256(first[:])
	copy(sum[:], second[:])
	return sum
}
