package openassets

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
)

func p2pkh(hash []byte) []byte {
	return append(append([]byte{0x76, 0xa9, 0x14}, hash...), 0x88, 0xac)
}

func p2sh(hash []byte) []byte { return append(append([]byte{0xa9, 0x14}, hash...), 0x87) }

// The key 18E14A7B… of the specification, on both kinds of networks.
func TestTheSpecificationsAddress(t *testing.T) {
	addr, err := btcutil.DecodeAddress("16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM", mainnet(t))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(addr)
	if err != nil {
		t.Fatal(err)
	}
	if id := AssetID(script).Text(chain.Mainnet); id != "ALn3aK1fSuG27N96UGYB1kUYUpGKRhBuBC" {
		t.Error(id)
	}
	for network, want := range map[chain.Network]string{
		chain.Mainnet: "akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy", chain.Testnet4: "bWqaKUZETiECYgmJNbNZUoanBxnAzoVjCNx",
		chain.Signet: "bWqaKUZETiECYgmJNbNZUoanBxnAzoVjCNx", chain.Devnet: "bWqaKUZETiECYgmJNbNZUoanBxnAzoVjCNx",
	} {
		got, err := Address(script, network)
		if err != nil || got != want {
			t.Errorf("%s: %s, %v", network, got, err)
		}
		if back, err := ParseAddress(want, network); err != nil || !bytes.Equal(back, script) {
			t.Errorf("%s: %x, %v", network, back, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		script  []byte
		network chain.Network
		prefix  string
	}{
		{p2pkh(make([]byte, 20)), chain.Mainnet, "ak"}, {p2pkh(bytes.Repeat([]byte{0xff}, 20)), chain.Mainnet, "ak"},
		{p2sh(make([]byte, 20)), chain.Mainnet, "an"}, {p2sh(make([]byte, 20)), chain.Devnet, "c7"},
		{p2pkh(make([]byte, 20)), chain.Signet, "bW"}, {p2pkh(bytes.Repeat([]byte{0xff}, 20)), chain.Testnet4, "bX"},
	} {
		text, err := Address(c.script, c.network)
		if err != nil || text[:2] != c.prefix {
			t.Errorf("%x: %s, %v", c.script, text, err)
		}
		if back, err := ParseAddress(text, c.network); err != nil || !bytes.Equal(back, c.script) {
			t.Errorf("%s: %x, %v", text, back, err)
		}
	}
}

func TestWrongAddresses(t *testing.T) {
	for text, want := range map[string]error{
		"":                                           ErrAddress,
		"akB4NBW9UuCmHuepksob6yfZs6naHtRCPNz":        ErrAddress,
		"1HpyyiGaXLq7ZCHk3s9EkVEFoG15oLn2Us":         ErrAddress,
		"bWqaKUZETiECYgmJNbNZUoanBxnAzoVjCNx":        assets.ErrNetwork,
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4": ErrNoForm,
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": ErrNoForm,
	} {
		if script, err := ParseAddress(text, chain.Mainnet); !errors.Is(err, want) || script != nil {
			t.Errorf("%q: %x, %v; want %v", text, script, err, want)
		}
	}
	for _, script := range [][]byte{nil, {0x6a}, scriptOf(1)} {
		if text, err := Address(script, chain.Mainnet); !errors.Is(err, ErrNoForm) {
			t.Errorf("%x: %s, %v", script, text, err)
		}
	}
}

// TestAnyAddress: whoever types an address of another network is told so, whatever
// its form.
func TestAnyAddress(t *testing.T) {
	const segwit, taproot = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
	for _, c := range []struct {
		text    string
		network chain.Network
		knows   bool
		want    error
	}{
		{"akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy", chain.Mainnet, true, nil},
		{"akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy", chain.Devnet, false, assets.ErrNetwork},
		{"bWqaKUZETiECYgmJNbNZUoanBxnAzoVjCNx", chain.Devnet, true, nil},
		{"bWqaKUZETiECYgmJNbNZUoanBxnAzoVjCNx", chain.Mainnet, false, assets.ErrNetwork},
		{"1HpyyiGaXLq7ZCHk3s9EkVEFoG15oLn2Us", chain.Mainnet, false, nil},
		{"1HpyyiGaXLq7ZCHk3s9EkVEFoG15oLn2Us", chain.Devnet, false, assets.ErrNetwork},
		{"1HpyyiGaXLq7ZCHk3s9EkVEFoG15oLn2Us", chain.Signet, false, assets.ErrNetwork},
		{"3P14159f73E4gFr7JterCCQh9QjiTjiZrG", chain.Devnet, false, assets.ErrNetwork},
		{"mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r", chain.Devnet, false, nil},
		{"mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r", chain.Mainnet, false, assets.ErrNetwork},
		{segwit, chain.Mainnet, false, nil}, {segwit, chain.Devnet, false, assets.ErrNetwork}, {segwit, chain.Testnet4, false, assets.ErrNetwork},
		{taproot, chain.Mainnet, false, nil}, {taproot, chain.Devnet, false, assets.ErrNetwork},
		{"bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", chain.Devnet, false, nil},
		{"bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", chain.Mainnet, false, assets.ErrNetwork},
		{"tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", chain.Devnet, false, assets.ErrNetwork},
		{"", chain.Devnet, false, ErrAddress}, {"hello", chain.Devnet, false, ErrAddress},
		{"1HpyyiGaXLq7ZCHk3s9EkVEFoG15oLn2Ut", chain.Mainnet, false, ErrAddress},
		{strings.Repeat("1", 101), chain.Mainnet, false, ErrAddress},
		{"0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", chain.Mainnet, false, ErrAddress}, // a key is no address
	} {
		script, knows, err := ParseAny(c.text, c.network)
		if !errors.Is(err, c.want) || knows != c.knows || (script != nil) != (c.want == nil) {
			t.Errorf("%.70q on %s: %x, %v, %v; want %v", c.text, c.network, script, knows, err, c.want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy")
	f.Add("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := ParseAddress(text, chain.Mainnet)
		if any, knows, anyErr := ParseAny(text, chain.Mainnet); knows != (err == nil) || (any != nil) != (anyErr == nil) {
			t.Fatalf("%q: %x, %v, %v", text, any, knows, anyErr)
		}
		if err != nil {
			return
		}
		if back, err := Address(script, chain.Mainnet); err != nil || back != text {
			t.Fatalf("%q is written as %q, %v", text, back, err)
		}
	})
}
