package ln

import (
	"errors"
	"strings"
	"testing"
)

const key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" // the curve's generator

func TestParsePeer(t *testing.T) {
	for text, want := range map[string]string{
		key:                                  key,
		"  " + strings.ToUpper(key) + "\n":   key,
		key + "@example.org":                 key + "@example.org:9735",
		key + "@example.org:19735":           key + "@example.org:19735",
		key + "@203.0.113.7":                 key + "@203.0.113.7:9735",
		key + "@2001:db8::7":                 key + "@[2001:db8::7]:9735",
		key + "@[2001:db8::7]":               key + "@[2001:db8::7]:9735",
		key + "@[2001:db8::7]:1":             key + "@[2001:db8::7]:1",
		key + "@abcdefghij234567.onion:9735": key + "@abcdefghij234567.onion:9735",
	} {
		got, err := ParsePeer(text)
		if err != nil || got.String() != want {
			t.Errorf("ParsePeer(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "hello", key[:64], key + "00", "05" + key[2:], "02" + strings.Repeat("f", 64), // not on the curve
		key + "@", key + "@:9735", key + "@host:", key + "@host:0", key + "@host:65536", key + "@host:09", key + "@host:x",
		key + "@a b", key + "@a@b", key + "@[host]:1", key + "@[2001:db8::7", key + "@a:b:1", key + "@" + strings.Repeat("a", 301),
	} {
		if got, err := ParsePeer(text); !errors.Is(err, ErrPeerAddress) {
			t.Errorf("ParsePeer(%.80q) = %v, %v", text, got, err)
		}
	}
}

func TestParseTower(t *testing.T) {
	if got, err := ParseTower(key + "@example.org"); err != nil || got.Host != "example.org:9911" {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", key, "example.org", key + "@"} {
		if _, err := ParseTower(text); !errors.Is(err, ErrTowerAddress) {
			t.Errorf("ParseTower(%q): %v", text, err)
		}
	}
}

func TestOpeningCheck(t *testing.T) {
	good := Opening{Amount: 100_000, Push: 50_000, FeeRate: 1}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for kind, spoil := range map[ErrorKind]func(*Opening){
		ErrTooSmall: func(o *Opening) { o.Amount = 19_999 },
		ErrTooLarge: func(o *Opening) { o.Amount = 1 << 24 },
		ErrAmount:   func(o *Opening) { o.Push = 50_001 },
		ErrFeeRate:  func(o *Opening) { o.FeeRate = 1001 },
	} {
		o := good
		spoil(&o)
		if err := o.Check(); !errors.Is(err, kind) {
			t.Errorf("%+v: %v, want %q", o, err, kind)
		}
	}
	if err := (Opening{Amount: 100_000, Push: -1, FeeRate: 1}).Check(); !errors.Is(err, ErrAmount) {
		t.Error(err)
	}
}

// What is read is written so that it reads the same again.
func FuzzParsePeer(f *testing.F) {
	for _, seed := range []string{key, key + "@example.org", key + "@[2001:db8::7]:1", key + "@:1", "@", key + "@[]:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePeer(text)
		if err != nil {
			if !errors.Is(err, ErrPeerAddress) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if again, err := ParsePeer(p.String()); err != nil || again != p {
			t.Fatalf("%q: %v and %v, %v", text, p, again, err)
		}
	})
}
