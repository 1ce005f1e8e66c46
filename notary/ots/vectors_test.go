package ots_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cairn/notary/ots"

	"github.com/google/go-cmp/cmp"
)

func read(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parseFile(t testing.TB, path ...string) *ots.File {
	t.Helper()
	f, err := ots.ParseFile(read(t, path...))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f
}

// display writes a hash as block explorers do.
func display(hash []byte) string {
	r := slices.Clone(hash)
	slices.Reverse(r)
	return hex.EncodeToString(r)
}

// headerRoot is the Merkle root, in display order, of the header that a file of
// "height hex" lines has for a height.
func headerRoot(t *testing.T, path string, height int) string {
	t.Helper()
	for line := range strings.Lines(string(read(t, path))) {
		if rest, ok := strings.CutPrefix(line, fmt.Sprintf("%d ", height)); ok {
			return display(unhex(t, rest)[36:68])
		}
	}
	t.Fatalf("%s has no height %d", path, height)
	return ""
}

// The cases that were run through python-opentimestamps.
func TestParserCases(t *testing.T) {
	var cases struct {
		Cases []struct {
			Name, Hex, Expect, Error, Message, Canonical string
			Attestations                                 [][2]string
		}
	}
	if err := json.Unmarshal(read(t, "parser-cases.json"), &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases.Cases) != 41 {
		t.Fatalf("%d cases, not 41", len(cases.Cases))
	}
	for _, c := range cases.Cases {
		t.Run(c.Name, func(t *testing.T) {
			raw := unhex(t, c.Hex)
			f, err := ots.ParseFile(raw)
			if c.Name == "height 2^64 (python bignum)" {
				// The one place where we differ: numbers end at 64 bits.
				if !errors.Is(err, ots.ErrNumber) {
					t.Fatalf("got %v, want %v", err, ots.ErrNumber)
				}
				return
			}
			if c.Expect == "error" {
				if want := kindOf(t, c.Error, c.Message); !errors.Is(err, want) {
					t.Fatalf("got %v, want kind %q (reference: %s %s)", err, want, c.Error, c.Message)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got [][2]string
			for at, a := range f.Timestamp.All() {
				got = append(got, [2]string{messageText(at.Message()), a.String()})
			}
			// The reference lists a message's attestations in no fixed order.
			order := func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) }
			slices.SortFunc(got, order)
			slices.SortFunc(c.Attestations, order)
			if diff := cmp.Diff(c.Attestations, got); diff != "" {
				t.Error(diff)
			}
			want := raw
			if c.Canonical != "same" {
				want = unhex(t, c.Canonical)
			}
			if wrote, err := f.MarshalBinary(); err != nil || !bytes.Equal(wrote, want) {
				t.Errorf("wrote %x (%v), want %x", wrote, err, want)
			}
		})
	}
}

// messageText is how parser-cases.json names a message.
func messageText(msg []byte) string {
	if len(msg) > 128 {
		return fmt.Sprintf("len=%d sha256=%x", len(msg), sha256.Sum256(msg))
	}
	return hex.EncodeToString(msg)
}

// kindOf translates the reference's exception and its message.
func kindOf(t *testing.T, class, message string) ots.ErrorKind {
	switch class {
	case "BadMagicError":
		return ots.ErrBadMagic
	case "UnsupportedMajorVersion":
		return ots.ErrVersion
	case "TruncationError":
		return ots.ErrTruncated
	case "TrailingGarbageError":
		return ots.ErrTrailing
	case "RecursionLimitError":
		return ots.ErrTooDeep
	}
	for start, kind := range map[string]ots.ErrorKind{
		"varbytes max length exceeded":      ots.ErrTooLong,
		"varbytes min length not met":       ots.ErrEmptyArgument,
		"Unknown unary op tag":              ots.ErrNotHash,
		"Unknown operation tag":             ots.ErrUnknownOp,
		"Invalid timestamp; message invali": ots.ErrMessage,
		"Invalid URI":                       ots.ErrURI,
	} {
		if strings.HasPrefix(message, start) {
			return kind
		}
	}
	t.Fatalf("no kind for %s %q", class, message)
	return ""
}

// What the reference client says about each published example. Roots are in
// display order; an empty root means that no Bitcoin block attests it.
func TestExamples(t *testing.T) {
	const (
		alice   = "PendingAttestation('https://alice.btc.calendar.opentimestamps.org')"
		bob     = "PendingAttestation('https://bob.btc.calendar.opentimestamps.org')"
		finney  = "PendingAttestation('https://finney.calendar.eternitywall.com')"
		otsd    = "PendingAttestation('http://127.0.0.1:14788')"
		unknown = `UnknownAttestation(b'\x01\x02\x03\x04\x05\x06\x07\x08', b'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')`
	)
	for _, c := range []struct {
		proof        string
		hash         ots.OpCode
		digest       string // its beginning
		file         string // hashed and compared when not empty
		attestations []string
		root, txid   string
	}{
		{"client/hello-world.txt.ots", ots.OpSHA256, "03ba204e", "client/hello-world.txt",
			[]string{"BitcoinBlockHeaderAttestation(358391)"},
			"8a1b66ecb7cbd07d8139a7e7d7f2c41aab1f5009b8364aaf61d03ad245e47e00",
			"7e9f0f7d9daa2d9e51b2e22f4abe814c3f90539afa778a9bef88dc64627cb2ec"},
		{"client/bad-stamp.txt.ots", ots.OpSHA256, "7e3717bb", "client/bad-stamp.txt",
			[]string{"BitcoinBlockHeaderAttestation(358391)"},
			"1bb49db87782170860c2e467994762f7f00c815d80d712e7eb9a7c14b9811f92", ""},
		{"client/empty.ots", ots.OpSHA256, "e3b0c442", "client/empty",
			[]string{"BitcoinBlockHeaderAttestation(129405)"},
			"db29fdc2c27a1531ae08a9dff2d9e4dfedd9c902d16de542d8666a27367e5b71",
			"9399db17384092592431f2fe850d9e3baa3372dcbfb2c00dd4180900db2eaab4"},
		{"client/bitcoin.pdf.ots", ots.OpSHA1, "8de2fdb0", "",
			[]string{"BitcoinBlockHeaderAttestation(465751)"},
			"98989f8d2e522d52356cf14ade63bdab44687dd0c4c8e3722c3f39bf726b0876", ""},
		{"client/sha1/a-or-b.ots", ots.OpSHA1, "f92d74e3", "client/sha1/a",
			[]string{"BitcoinBlockHeaderAttestation(466906)", alice, bob, finney},
			"40c9303a5cb0a8c4b2676f4c6b101d37f83e9413f3856f356849bfb9438a7c26", ""},
		{"client/sha1/a-or-b.ots", ots.OpSHA1, "f92d74e3", "client/sha1/b",
			[]string{"BitcoinBlockHeaderAttestation(466906)", alice, bob, finney},
			"40c9303a5cb0a8c4b2676f4c6b101d37f83e9413f3856f356849bfb9438a7c26", ""},
		{"client/different-blockchains.txt.ots", ots.OpSHA256, "62c8b090", "client/different-blockchains.txt",
			[]string{
				"PendingAttestation('https://eth.ots.eternitywall.com')",
				"EthereumBlockHeaderAttestation(3283713)",
				"PendingAttestation('https://ots.eternitywall.it')",
				"BitcoinBlockHeaderAttestation(455605)",
			},
			"2a19192cf00fb1baeea516b69b3a62195849589b4caafeb6ad6ebba58b9ae69a",
			"30cd1a0cf6aa2b6735a235fe4cd495f678e62b323ca4df0263439c27cce3329a"},
		{"client/gdp2q25-2nd.pdf.ots", ots.OpSHA256, "c70972a1", "",
			[]string{"BitcoinBlockHeaderAttestation(912095)"},
			"936131994129988e1932d8c1c6a9780fd42ae4c87204cfb0ac852be1250039ae",
			"fcf172401ca9d89013f13f5bbf0fc7577cb8a3588bf5cbc3b458ff36635fec00"},
		{"client/incomplete.txt.ots", ots.OpSHA256, "05c4f616", "client/incomplete.txt", []string{alice}, "", ""},
		{"client/two-calendars.txt.ots", ots.OpSHA256, "", "client/two-calendars.txt", []string{alice, bob}, "", ""},
		{"client/merkle1.txt.ots", ots.OpSHA256, "", "client/merkle1.txt", []string{alice, bob}, "", ""},
		{"client/merkle2.txt.ots", ots.OpSHA256, "8bd5a5f0", "client/merkle2.txt", []string{alice, bob}, "", ""},
		{"client/merkle3.txt.ots", ots.OpSHA256, "", "client/merkle3.txt", []string{alice, bob}, "", ""},
		{"client/known-and-unknown-notary.txt.ots", ots.OpSHA256, "", "client/known-and-unknown-notary.txt", []string{bob, unknown}, "", ""},
		{"client/unknown-notary.txt.ots", ots.OpSHA256, "", "client/unknown-notary.txt", []string{unknown}, "", ""},
		{"js/osdsp.txt.ots", ots.OpSHA256, "", "js/osdsp.txt",
			[]string{"BitcoinBlockHeaderAttestation(523364)", alice, bob, finney, "PendingAttestation('https://btc.calendar.catallaxy.com')"},
			"3c4fe7e01d8a73acbef3cbf6269d53f21eeffba8afab0fea5e78e7a053077839", ""},
		{"js/ripemd160/README.md.ots", ots.OpRIPEMD160, "", "js/ripemd160/README.md", []string{alice, bob, finney}, "", ""},
		{"js/a_or_b.ots", ots.OpSHA1, "f92d74e3", "client/sha1/a",
			[]string{"BitcoinBlockHeaderAttestation(466906)", alice, bob, finney},
			"40c9303a5cb0a8c4b2676f4c6b101d37f83e9413f3856f356849bfb9438a7c26", ""},
		{"java/hello-world.txt.eth.ots", ots.OpSHA256, "", "java/hello-world.txt.eth",
			[]string{"EthereumBlockHeaderAttestation(3283690)", "PendingAttestation('https://eth.ots.eternitywall.com')"}, "", ""},
		{"otsd/d1.txt.pending.ots", ots.OpSHA256, "", "otsd/d1.txt", []string{otsd}, "", ""},
		{"otsd/d1.txt.ots", ots.OpSHA256, "", "otsd/d1.txt", []string{otsd, "BitcoinBlockHeaderAttestation(110)"},
			headerRoot(t, "otsd/headers.txt", 110), ""},
		{"otsd/j.txt.pending.ots", ots.OpSHA256, "", "otsd/j.txt", []string{otsd}, "", ""},
		{"otsd/j.txt.ots", ots.OpSHA256, "", "otsd/j.txt", []string{otsd, "BitcoinBlockHeaderAttestation(126)"},
			headerRoot(t, "otsd/headers.txt", 126), ""},
	} {
		t.Run(c.proof, func(t *testing.T) {
			raw := read(t, c.proof)
			f, err := ots.ParseFile(raw)
			if err != nil {
				t.Fatal(err)
			}
			wrote, err := f.MarshalBinary()
			// The JavaScript client writes forks in no fixed order.
			if sorted := c.proof != "js/ripemd160/README.md.ots"; err != nil || bytes.Equal(wrote, raw) != sorted {
				t.Errorf("written back as %x (%v), want %x", wrote, err, raw)
			}
			if f.Hash != c.hash || !strings.HasPrefix(hex.EncodeToString(f.Digest()), c.digest) {
				t.Errorf("%s %x, want %s %s…", f.Hash, f.Digest(), c.hash, c.digest)
			}
			if c.file != "" {
				h, err := f.Hash.NewHash()
				if err != nil {
					t.Fatal(err)
				}
				h.Write(read(t, c.file))
				if !bytes.Equal(h.Sum(nil), f.Digest()) {
					t.Errorf("%s has %s %x, the proof %x", c.file, f.Hash, h.Sum(nil), f.Digest())
				}
			}
			var got []string
			root, txid := "", ""
			f.Timestamp.Walk(func(way []ots.Branch, at *ots.Timestamp, a ots.Attestation) bool {
				got = append(got, a.String())
				if a.Tag != ots.TagBitcoin {
					return true
				}
				root = display(at.Message())
				for _, b := range way {
					if id, ok := b.Result.TransactionID(); ok {
						txid = id.String()
					}
				}
				return true
			})
			slices.Sort(got)
			if diff := cmp.Diff(slices.Sorted(slices.Values(c.attestations)), got); diff != "" {
				t.Error(diff)
			}
			if root != c.root || c.txid != "" && txid != c.txid {
				t.Errorf("root %s, transaction %s; want %s, %s", root, txid, c.root, c.txid)
			}
			if f.Timestamp.Complete() != (c.root != "") {
				t.Errorf("complete = %v", f.Timestamp.Complete())
			}
		})
	}
}

func TestInvalidExamples(t *testing.T) {
	for name, want := range map[string]ots.ErrorKind{
		"bad-major-version.ots":        ots.ErrVersion,
		"exceeds-max-msg-length.ots":   ots.ErrMessage,
		"invalid-file-digest-type.ots": ots.ErrNotHash,
	} {
		if _, err := ots.ParseFile(read(t, "client", "invalid", name)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
}

func TestInfoIsTheReferences(t *testing.T) {
	for proof, info := range map[string]string{
		"client/different-blockchains.txt.ots": "java/different-blockchains.txt.ots.info",
		"client/incomplete.txt.ots":            "js/incomplete.txt.ots.info",
		"client/merkle2.txt.ots":               "js/merkle2.txt.ots.info",
	} {
		want := strings.TrimRight(string(read(t, info)), "\n") + "\n"
		if diff := cmp.Diff(want, parseFile(t, proof).Info()); diff != "" {
			t.Errorf("%s: %s", proof, diff)
		}
	}
}

// The paths that python-opentimestamps makes for the leaves of small trees: leaf
// i is the hash of byte i, and the tip is promised.
func TestMerklePaths(t *testing.T) {
	var vectors struct {
		Trees []struct {
			N              int
			Tip            string
			LeafTimestamps []string `json:"leaf_timestamps"`
		}
	}
	raw, err := os.ReadFile("../merkle/testdata/merkle-and-calendar.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	paths := 0
	for _, tree := range vectors.Trees {
		for i, text := range tree.LeafTimestamps {
			paths++
			leaf, serialized := sha256.Sum256([]byte{byte(i)}), unhex(t, text)
			ts, err := ots.Parse(leaf[:], serialized)
			if err != nil {
				t.Fatalf("leaf %d of %d: %v", i, tree.N, err)
			}
			for at, a := range ts.All() {
				if got := hex.EncodeToString(at.Message()); got != tree.Tip || a != ots.Pending("https://a.example") {
					t.Errorf("leaf %d of %d leads to %s, %s; want %s", i, tree.N, got, a, tree.Tip)
				}
			}
			if wrote, err := ts.AppendBinary(nil); err != nil || !bytes.Equal(wrote, serialized) {
				t.Errorf("leaf %d of %d: wrote %x, want %s (%v)", i, tree.N, wrote, text, err)
			}
		}
	}
	if paths != 45 {
		t.Errorf("%d paths, want 1 + 2 + … + 9", paths)
	}
}

// A hostile proof cannot make a text that is out of all proportion.
func TestInfoIsBounded(t *testing.T) {
	var deep []byte
	for i := range 250 {
		deep = ots.AppendAttestation(append(ots.AppendFork(deep), 0x08), ots.Bitcoin(1))
		deep = ots.AppendOp(deep, ots.Append([]byte{byte(i)}))
	}
	for i := range 60000 {
		deep = ots.AppendAttestation(ots.AppendFork(deep), ots.Bitcoin(uint64(i)))
	}
	deep = ots.AppendAttestation(deep, ots.Bitcoin(1))
	ts, err := ots.Parse([]byte("m"), deep)
	if err != nil {
		t.Fatal(err)
	}
	if text := ts.Info(); len(text) > 12*len(deep) {
		t.Errorf("%d bytes make a text of %d", len(deep), len(text))
	}
}

// The calendar's answer, put where the pending proof waits for it, makes the
// complete proof that the reference client wrote.
func TestUpgradeFromCalendarAnswer(t *testing.T) {
	f := parseFile(t, "otsd/d1.txt.pending.ots")
	commitment := unhex(t, string(read(t, "otsd/d1.commitment.hex")))
	answer, err := ots.Parse(commitment, read(t, "otsd/d1.calendar-answer.bin"))
	if err != nil {
		t.Fatal(err)
	}
	var waiting *ots.Timestamp
	for at, a := range f.Timestamp.All() {
		if a.Tag == ots.TagPending {
			waiting = at
		}
	}
	if err := waiting.Merge(answer); err != nil {
		t.Fatal(err)
	}
	wrote, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if want := read(t, "otsd/d1.txt.ots"); !bytes.Equal(wrote, want) {
		t.Errorf("merged\n%s\nwant\n%s", f.Info(), parseFile(t, "otsd/d1.txt.ots").Info())
	}
}
