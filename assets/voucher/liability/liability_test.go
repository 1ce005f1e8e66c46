package liability

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// fakeServer signs with a key that everybody knows.
type fakeServer byte

func (s fakeServer) key() *btcec.PrivateKey {
	k, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{byte(s)}, 32))
	return k
}

func (s fakeServer) Key() [32]byte { return [32]byte(schnorr.SerializePubKey(s.key().PubKey())) }

func (s fakeServer) Sign(digest [32]byte) ([64]byte, error) {
	signature, err := schnorr.Sign(s.key(), digest[:])
	if err != nil {
		return [64]byte{}, err
	}
	return [64]byte(signature.Serialize()), nil
}

func sample() Statement {
	return Statement{
		Cairn: "liability", Version: 1, Network: "devnet", Server: "https://cairn.example", Shop: Shop{"books", "Books & <More>"},
		MadeAt: "2026-11-22T00:00:04Z", Block: Block{812, strings.Repeat("0a", 32)},
		Assets: []Owed{{
			Asset: "AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH", Protocol: "open-assets", Supply: 20, Returned: 3, Outstanding: 17, Booked: 1,
			Ledger: strings.Repeat("0b", 32), Series: []string{"aaaaaaaaaaaaaaaa"},
		}},
		Series: []Series{{ID: "aaaaaaaaaaaaaaaa", Name: "MasterBTC", Vouchers: 20, Issued: 20, Redeemed: 3, Booked: 1, Outstanding: 14, Claimed: 2}},
	}
}

func TestSealed(t *testing.T) {
	raw, err := sample().Seal(fakeServer(7))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got.Key != fakeServer(7).Key() || got.Digest != sha256.Sum256(raw) || got.Shop.Name != "Books & <More>" || got.Assets[0].Outstanding != 17 || got.At().Unix() != 1_795_305_604 {
		t.Errorf("%+v at %d", got, got.At().Unix())
	}
	if !bytes.Contains(raw, []byte("Books & <More>")) {
		t.Errorf("%s", raw)
	}
}

// Every byte counts, and every change is named.
func TestSpoilt(t *testing.T) {
	raw, err := sample().Seal(fakeServer(7))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for _, bit := range []byte{1, 32} {
			bad := bytes.Clone(raw)
			bad[i] ^= bit
			if _, err := Read(bad); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrSignature) {
				t.Fatalf("byte %d, %q: %v", i, bad[i], err)
			}
		}
		if _, err := Read(raw[:i]); !errors.Is(err, ErrFormat) {
			t.Fatalf("%d bytes: %v", i, err)
		}
	}
	lines := strings.SplitAfter(string(raw), "\n")
	other, err := sample().Seal(fakeServer(8))
	if err != nil {
		t.Fatal(err)
	}
	stranger := strings.SplitAfter(string(other), "\n")[1]
	mine, theirs := fakeServer(7).Key(), fakeServer(8).Key()
	for name, x := range map[string]struct {
		text string
		want error
	}{
		"nothing":             {"", ErrFormat},
		"a line more":         {string(raw) + "\n", ErrFormat},
		"spaces":              {strings.Replace(string(raw), ":", ": ", 1), ErrFormat},
		"a field more":        {strings.Replace(string(raw), `{"cairn"`, `{"more":1,"cairn"`, 1), ErrFormat},
		"a field twice":       {strings.Replace(string(raw), `{"cairn"`, `{"cairn":"liability","cairn"`, 1), ErrFormat},
		"another's name":      {lines[0] + strings.Replace(stranger, hex.EncodeToString(theirs[:]), hex.EncodeToString(mine[:]), 1), ErrSignature},
		"a key that is none":  {lines[0] + strings.Replace(lines[1], hex.EncodeToString(mine[:]), strings.Repeat("f", 64), 1), ErrSignature},
		"too large":           {strings.Repeat("x", MaxSize+1), ErrFormat},
		"signed by nobody":    {lines[0] + strings.Replace(lines[1], `"server"`, `"nobody"`, 1), ErrFormat},
		"a line of somewhere": {lines[1] + lines[0], ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read([]byte(x.text)); !errors.Is(err, x.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A server whose numbers do not add up signs nothing.
func TestSums(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*Statement)
		want   error
	}{
		"another kind":          {func(s *Statement) { s.Cairn = "receipt" }, ErrFormat},
		"a version to come":     {func(s *Statement) { s.Version = 2 }, ErrFormat},
		"no shop":               {func(s *Statement) { s.Shop.Slug = "" }, ErrFormat},
		"another time zone":     {func(s *Statement) { s.MadeAt = "2026-11-22T00:00:04+08:00" }, ErrFormat},
		"no block":              {func(s *Statement) { s.Block.Hash = "0a" }, ErrFormat},
		"no list":               {func(s *Statement) { s.Series = nil }, ErrFormat},
		"a series twice":        {func(s *Statement) { s.Series = append(s.Series, s.Series[0]) }, ErrFormat},
		"an asset twice":        {func(s *Statement) { s.Assets = append(s.Assets, s.Assets[0]) }, ErrFormat},
		"a series of elsewhere": {func(s *Statement) { s.Assets[0].Series = []string{"b"} }, ErrFormat},
		"no ledger":             {func(s *Statement) { s.Assets[0].Ledger = "" }, ErrFormat},
		"too little owed":       {func(s *Statement) { s.Assets[0].Outstanding-- }, ErrSums},
		"less than nothing":     {func(s *Statement) { s.Assets[0].Returned, s.Assets[0].Outstanding = -1, 21 }, ErrSums},
		"over the numbers": {func(s *Statement) {
			s.Assets[0].Returned, s.Assets[0].Outstanding = math.MaxInt64, math.MaxInt64
		}, ErrSums},
		"booked less than nothing": {func(s *Statement) { s.Assets[0].Booked = -1 }, ErrSums},
		"books":                    {func(s *Statement) { s.Series[0].Issued++ }, ErrSums},
	} {
		t.Run(name, func(t *testing.T) {
			s := sample()
			x.change(&s)
			if _, err := s.Seal(fakeServer(7)); !errors.Is(err, x.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	raw, err := sample().Seal(fakeServer(7))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("{}\n{}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Read(raw)
		if err != nil {
			return
		}
		again, err := got.Seal(fakeServer(9))
		if err != nil {
			t.Fatal(err)
		}
		a, _, _ := bytes.Cut(raw, []byte("\n"))
		if b, _, _ := bytes.Cut(again, []byte("\n")); !bytes.Equal(a, b) {
			t.Errorf("%s is written %s", a, b)
		}
	})
}
