package assets

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/btcsuite/btcd/btcutil"
)

// TestDust has the limits of Bitcoin Core for each kind of output.
func TestDust(t *testing.T) {
	program := func(version byte, n int) []byte { return append([]byte{version, byte(n)}, make([]byte, n)...) }
	for name, c := range map[string]struct {
		script []byte
		want   btcutil.Amount
	}{
		"P2PKH":  {append(append([]byte{0x76, 0xa9, 20}, make([]byte, 20)...), 0x88, 0xac), 546},
		"P2SH":   {append(append([]byte{0xa9, 20}, make([]byte, 20)...), 0x87), 540},
		"P2WPKH": {program(0, 20), 294},
		"P2WSH":  {program(0, 32), 330},
		"P2TR":   {program(0x51, 32), 330},
		"P2A":    {program(0x51, 2), 240},
		"1-of-2": {append(append([]byte{0x51}, bytes.Repeat(append([]byte{33}, make([]byte, 33)...), 2)...), 0x52, 0xae), 684},
		"marker": {[]byte{0x6a, 1, 1}, 0},
	} {
		if got := Dust(c.script); got != c.want {
			t.Errorf("%s: %d instead of %d", name, got, c.want)
		}
	}
}

func TestUnits(t *testing.T) {
	a, b := ID{Protocol: OpenAssets, raw: [32]byte{1}}, ID{Protocol: OpenAssets, raw: [32]byte{2}}
	held := []Holding{{a, 5}, {b, 7}, {a, math.MaxInt64 - 5}}
	if sum, err := Units(held, a); err != nil || sum != math.MaxInt64 {
		t.Errorf("%d, %v", sum, err)
	}
	if sum, err := Units(held, b); err != nil || sum != 7 {
		t.Errorf("%d, %v", sum, err)
	}
	for name, more := range map[string]int64{"one too many": 1, "less than nothing": -1} {
		if sum, err := Units(append(held[:3:3], Holding{a, more}), a); !errors.Is(err, ErrUnits) || sum != 0 {
			t.Errorf("%s: %d, %v", name, sum, err)
		}
	}
}

func TestProtocols(t *testing.T) {
	for _, p := range Protocols {
		if back, err := ParseProtocol(p.String()); err != nil || back != p {
			t.Errorf("%s: %d, %v", p, back, err)
		}
		if _, err := NewID(p, make([]byte, rawLength[p]+1)); !errors.Is(err, ErrID) {
			t.Errorf("%s: an id that is too long: %v", p, err)
		}
	}
	for _, name := range []string{"", "omni", "protocol-1"} {
		if p, err := ParseProtocol(name); !errors.Is(err, ErrProtocol) {
			t.Errorf("%q: %d, %v", name, p, err)
		}
	}
	if _, err := NewID(9, nil); !errors.Is(err, ErrProtocol) {
		t.Error(err)
	}
}
