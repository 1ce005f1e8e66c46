package invoice

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// The preimage and hash of BOLT 11's examples: 0001…0102 is their payment hash.
func TestHashText(t *testing.T) {
	const text = "0001020304050607080900010203040506070809000102030405060708090102"
	h, err := ParseHash(text)
	if err != nil || h.String() != text {
		t.Fatalf("%v, %v", h, err)
	}
	p, err := ParsePreimage(strings.Repeat("00", 32))
	if err != nil {
		t.Fatal(err)
	}
	// SHA-256 of 32 zero bytes.
	if got := p.Hash().String(); got != "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925" {
		t.Errorf("hash of zeros: %s", got)
	}
	if p.Text() != strings.Repeat("00", 32) {
		t.Errorf("text: %s", p.Text())
	}
	if said := fmt.Sprintf("%v %s", p, p); strings.Contains(said, p.Text()) {
		t.Errorf("printing a preimage shows it: %s", said)
	}
	for _, bad := range []string{"", "00", text[:63], text + "00", "zz" + text[2:]} {
		if _, err := ParseHash(bad); !errors.Is(err, ErrHash) {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := ParsePreimage(bad); !errors.Is(err, ErrHash) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
