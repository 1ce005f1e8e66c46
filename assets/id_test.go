package assets

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/base58"

	"cairn/chain"
)

// The ids of the specification, of "Mastering Bitcoin" and of Colu's tutorial.
var known = []struct {
	network chain.Network
	p       Protocol
	raw     string
	text    string
}{
	{chain.Mainnet, OpenAssets, "36e0ea8e93eaa0285d641305f4c81e563aa570a2", "ALn3aK1fSuG27N96UGYB1kUYUpGKRhBuBC"},
	{chain.Testnet4, OpenAssets, "36e0ea8e93eaa0285d641305f4c81e563aa570a2", "oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW"},
	{chain.Mainnet, EPOBC, "0100000000000000000000000000000000000000000000000000000000000000", "epobc:0000000000000000000000000000000000000000000000000000000000000001:0"},
}

func TestIDs(t *testing.T) {
	for _, k := range known {
		raw, err := hex.DecodeString(k.raw)
		if err != nil {
			t.Fatal(err)
		}
		id, err := NewID(k.p, raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := id.Text(k.network); got != k.text {
			t.Errorf("%s: %s instead of %s", id, got, k.text)
		}
		if got, err := ParseID(k.text, k.network); err != nil || got != id {
			t.Errorf("%s: read as %s, %v", k.text, got, err)
		}
	}
	for _, text := range []string{"La6r7PVFttyVYMERnwHSpUfpQJrbkUHQtSpRrT", "UdDszTzN2NV4frsfVeXQKDiTZMbRvMqDfK6KF4"} {
		id, err := ParseID(text, chain.Mainnet)
		if err != nil || id.Protocol != Colu || id.Text(chain.Devnet) != text {
			t.Errorf("%s: %s, %v", text, id, err)
		}
	}
}

func TestWrongIDs(t *testing.T) {
	for text, want := range map[string]error{
		"":                                   ErrID,
		"ALn3aK1fSuG27N96UGYB1kUYUpGKRhBuBD": ErrID,
		"oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW": ErrNetwork,
		"1HpyyiGaXLq7ZCHk3s9EkVEFoG15oLn2Us": ErrID, // a bitcoin address
		"epobc:12:0":                         ErrID,
		// What Colu's ids look like, with other letters in front.
		base58.CheckEncode(make([]byte, 23), 0x1f):                                 ErrID,
		base58.CheckEncode(make([]byte, 19), 0x17):                                 ErrID,
		base58.CheckEncode(make([]byte, 20), 0x18):                                 ErrID,
		strings.Repeat("1", 61):                                                    ErrID,
		"epobc:0000000000000000000000000000000000000000000000000000000000000001:1": ErrID,
	} {
		if want == ErrID {
			if id, err := ParseID(text, chain.Devnet); !errors.Is(err, want) || !id.IsZero() {
				t.Errorf("%q on the devnet: %s, %v", text, id, err)
			}
		}
		if id, err := ParseID(text, chain.Mainnet); !errors.Is(err, want) || !id.IsZero() {
			t.Errorf("%q: %s, %v; want %v", text, id, err, want)
		}
	}
}
